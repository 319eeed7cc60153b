/* SPDX-License-Identifier: MIT */
#include "buffer/device_access.h"

#include <errno.h>
#include <string.h>

#include "sys/error.h"
#include "sys/sys.h"
#include "sys/text.h"

void device_access_explain(const char *node, const char *subsystem, int code,
			   char *text, size_t size)
{
	struct sys_stat st;
	char owner[64];
	size_t n;

	if (code != -EACCES || sys_stat_path(node, &st) < 0) {
		text_format(text, size, "cannot open %s: %s", node,
			    error_text(code));
		return;
	}

	sys_group_name(st.gid, owner, sizeof(owner));
	n = text_format(text, size,
			"cannot open %s: permission denied (owner uid %u, "
			"group %s, mode %04o); ",
			node, (unsigned)st.uid, owner, (unsigned)st.mode & 07777);
	if (st.gid != 0 && (st.mode & 0040))
		text_format(text + n, size - n,
			    "add yourself to group %s, or run as root", owner);
	else
		text_format(text + n, size - n,
			    "run as root, or give the node to a group by the "
			    "udev rule SUBSYSTEM==\"%s\", KERNEL==\"%s\", "
			    "GROUP=\"%s\", MODE=\"0660\"; libdmaload's "
			    "49-dmaload.rules do so for the kernel's heaps and "
			    "for udmabuf", subsystem,
			    strrchr(node, '/') + 1, UDEV_GROUP);
}

/* SPDX-License-Identifier: MIT */
/* The struct of statx(2) is the kernel's: older C libraries do not have it, and
 * newer ones have another definition, in <sys/stat.h>. */
#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.8. */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

int place_check(const struct place *place, bool in_place, bool newer,
		struct dmaload_error *err)
{
	struct statx st;

	/* If it cannot be queried, open(2) or rename(2) finds out. */
	if (!newer || place->old < 0 ||
	    syscall(SYS_statx, place->old, "", AT_EMPTY_PATH, STATX_BASIC_STATS,
		    &st) < 0)
		return 0;
	if (st.stx_attributes & STATX_ATTR_IMMUTABLE)
		return explain(err, -EPERM, "%s is immutable: see chattr(1), -i",
			       place->name);
	if (st.stx_attributes & STATX_ATTR_APPEND)
		return explain(err, -EPERM, "%s can only be appended to: see "
			       "chattr(1), -a", place->name);
	if (!in_place && (st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return explain(err, -EBUSY, "%s is a mount point, and no other "
			       "file can replace it%s", place->name,
			       place_hint(place, -EBUSY));
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "destination.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without its owner or group the new file must not run as these. */
static int take_over_access(int fd, int old)
{
	struct stat st;
	mode_t mode;

	if (fstat(old, &st) < 0)
		return -1;
	mode = st.st_mode & 07777;
	if (fchown(fd, (uid_t)-1, st.st_gid) < 0)
		mode &= ~(mode_t)S_ISGID;
	if (fchown(fd, st.st_uid, (gid_t)-1) < 0)
		mode &= ~(mode_t)S_ISUID;
	return fchmod(fd, mode);
}

int inherit(int fd, int old, struct dmaload_error *err)
{
	if (take_over_access(fd, old) < 0)
		return explain(err, -errno, "the mode of the new file: %s",
			       strerror(errno));
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The struct of statx(2) is the kernel's: older C libraries do not have it, and
 * newer ones have another definition, in <sys/stat.h>. */
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int sys_stat_direct(int fd, struct sys_stat *st)
{
	struct statx sx;

	memset(&sx, 0, sizeof(sx));
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &sx) < 0)
		return -errno;
	st->dio_known = sx.stx_mask & STATX_DIOALIGN;
	st->dio_mem_align = sx.stx_dio_mem_align;
	st->dio_offset_align = sx.stx_dio_offset_align;
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "memfd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "error.h"
#include "sys.h"

int memfd_make(uint64_t size, unsigned flags, struct dmaload_error *err)
{
	int fd, r;

	fd = sys_memfd("dmaload", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
	if (fd < 0)
		return fail(err, fd, "memfd_create: %s", error_text(fd));
	r = sys_truncate(fd, size);
	if (r == 0)
		r = sys_seal(fd, F_SEAL_SHRINK | F_SEAL_GROW);
	if (r < 0) {
		sys_close(fd);
		return fail(err, r, "a memfd of %" PRIu64 " bytes: %s", size,
			    error_text(r));
	}
	return fd;
}

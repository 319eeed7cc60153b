/* SPDX-License-Identifier: MIT */
#include "buffer/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "sys/error.h"
#include "sys/sys.h"

static int set_size(int fd, uint64_t size, struct dmaload_error *err)
{
	struct sys_hold hold;
	int r;

	sys_hold_xfsz(&hold);
	r = sys_truncate(fd, size);
	sys_release_xfsz(&hold);
	if (r == 0)
		r = sys_seal(fd, F_SEAL_SHRINK | F_SEAL_GROW);
	/* Report it like the limit of udmabuf: several smaller buffers might
	 * do. */
	if (r == -EFBIG && size > sys_file_size_max())
		return fail(err, -E2BIG, "cannot create a memfd of %" PRIu64
			    " bytes: RLIMIT_FSIZE is %" PRIu64 "; raise it "
			    "(ulimit -f), or use several buffers "
			    "(dmaload_spread_create(), dmaload load --spread)",
			    size, sys_file_size_max());
	if (r < 0)
		return fail(err, r, "cannot create a memfd of %" PRIu64
			    " bytes: %s", size,
			    error_text(r));
	return 0;
}

int memfd_make(uint64_t size, unsigned flags, struct dmaload_error *err)
{
	int fd, r;

	fd = sys_memfd("dmaload", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
	/* The kernel itself never returns these codes. */
	if (fd == -EPERM || fd == -ENOSYS)
		return fail(err, fd, "cannot create a memfd: %s; a seccomp "
			    "filter forbids memfd_create(2): use a heap",
			    error_text(fd));
	if (fd < 0)
		return fail(err, fd, "cannot create a memfd: %s",
			    error_text(fd));
	r = set_size(fd, size, err);
	if (r < 0) {
		sys_close(fd);
		return r;
	}
	return fd;
}

/* SPDX-License-Identifier: MIT */
/* Reads and writes, and the page cache that they go through. */
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sys/result.h"
#include "sys/timespec.h"
#include "sys/uapi.h"

/* Before version 1.2.5, musl has no preadv2(). The kernel takes the offset in
 * two halves, of which a 64-bit one ignores the upper. */
static ssize_t read_flagged(int fd, void *data, size_t length, uint64_t offset,
			    int flags)
{
	struct iovec iov = { .iov_base = data, .iov_len = length };

	return syscall(SYS_preadv2, fd, &iov, 1L, (long)offset,
		       (long)(offset >> 32), flags);
}

ssize_t sys_read_at(int fd, void *data, size_t length, uint64_t offset,
		    int flags)
{
	ssize_t n;

	if (flags == 0)
		n = pread(fd, data, length, (off_t)offset);
	else
		n = read_flagged(fd, data, length, offset, flags);
	return n < 0 ? -errno : n;
}

ssize_t sys_write_at(int fd, const void *data, size_t length, uint64_t offset)
{
	ssize_t n = pwrite(fd, data, length, (off_t)offset);

	return n < 0 ? -errno : n;
}

ssize_t sys_read(int fd, void *data, size_t length)
{
	ssize_t n = read(fd, data, length);

	return n < 0 ? -errno : n;
}

int sys_wait_readable(int fd, int other, uint64_t ns)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = other, .events = POLLIN },
	};
	const uint64_t now = sys_now();
	const uint64_t left = ns > now ? ns - now : 0;
	const struct timespec time = timespec_of(left);

	if (ppoll(fds, 2, ns ? &time : NULL, NULL) < 0)
		return -errno;
	return fds[1].revents ? 0 : fds[0].revents != 0;
}

int sys_allocate(int fd, uint64_t offset, uint64_t length)
{
	return result(fallocate(fd, 0, (off_t)offset, (off_t)length));
}

int sys_write_back(int fd, uint64_t offset, uint64_t length, bool wait)
{
	const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE |
			     SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	return result(sync_file_range(fd, (off_t)offset, (off_t)length,
				      wait ? all : SYNC_FILE_RANGE_WRITE));
}

int sys_fsync(int fd)
{
	return result(fsync(fd));
}

int sys_fadvise(int fd, uint64_t offset, uint64_t length, int advice)
{
	return -posix_fadvise(fd, (off_t)offset, (off_t)length, advice);
}

int sys_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *pages)
{
	struct cachestat_range range = { .off = offset, .len = length };
	struct cachestat stat;

	if (syscall(SYS_cachestat, fd, &range, &stat, 0u) < 0)
		return -errno;
	*pages = stat.nr_cache;
	return 0;
}

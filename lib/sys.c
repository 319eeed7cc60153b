/* SPDX-License-Identifier: MIT */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "uapi.h"

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int sys_open(const char *path, int flags)
{
	return result(open(path, flags | O_CLOEXEC));
}

int sys_create(const char *path, int flags)
{
	return result(open(path, flags | O_CREAT | O_CLOEXEC, 0666));
}

void sys_close(int fd)
{
	/* Linux frees the descriptor whatever close(2) returns. */
	close(fd);
}

uint64_t sys_fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	/* Not "." and "..", nor the one that was read. */
	return count > 3 ? count - 3 : 0;
}

uint64_t sys_fds_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

int sys_dup(int fd)
{
	return result(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

int sys_get_flags(int fd)
{
	return result(fcntl(fd, F_GETFL));
}

int sys_set_flags(int fd, int flags)
{
	return result(fcntl(fd, F_SETFL, flags));
}

static int stat_at(int fd, const char *path, int flags, struct sys_stat *st)
{
	struct statx sx;

	memset(&sx, 0, sizeof(sx));
	if (statx(fd, path, flags, STATX_BASIC_STATS | STATX_DIOALIGN, &sx) < 0)
		return -errno;

	*st = (struct sys_stat){
		.mode = sx.stx_mode,
		.uid = sx.stx_uid,
		.gid = sx.stx_gid,
		.dev = makedev(sx.stx_dev_major, sx.stx_dev_minor),
		.ino = sx.stx_ino,
		.size = sx.stx_size,
		.dio_known = sx.stx_mask & STATX_DIOALIGN,
		.dio_mem_align = sx.stx_dio_mem_align,
		.dio_offset_align = sx.stx_dio_offset_align,
	};
	return 0;
}

int sys_stat_path(const char *path, struct sys_stat *st)
{
	return stat_at(AT_FDCWD, path, 0, st);
}

int sys_stat_fd(int fd, struct sys_stat *st)
{
	return stat_at(fd, "", AT_EMPTY_PATH, st);
}

int sys_may_write(int fd)
{
	/* By syscall: glibc before 2.33 emulates AT_EMPTY_PATH and fails. */
	return result(syscall(SYS_faccessat2, fd, "", W_OK,
			      AT_EMPTY_PATH | AT_EACCESS));
}

int sys_size(int fd, uint64_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return -errno;
	*size = (uint64_t)end;
	return 0;
}

int sys_block_device_size(int fd, uint64_t *size)
{
	return result(ioctl(fd, BLKGETSIZE64, size));
}

int sys_fs_magic(int fd, uint64_t *magic)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	*magic = (uint64_t)fs.f_type;
	return 0;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int sys_list(const char *dir, char ***names, size_t *count)
{
	struct dirent **entries;
	char **list;
	int n, i;

	n = scandir(dir, &entries, not_hidden, alphasort);
	if (n < 0)
		return -errno;

	list = calloc((size_t)n + 1, sizeof(*list));
	for (i = 0; i < n; i++) {
		if (list && !(list[i] = strdup(entries[i]->d_name))) {
			while (i-- > 0)
				free(list[i]);
			free(list);
			list = NULL;
			i = -1;
			break;
		}
	}
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	if (!list)
		return -ENOMEM;

	*names = list;
	*count = (size_t)n;
	return 0;
}

int sys_read_text(const char *path, char *text, size_t size)
{
	ssize_t n;
	int fd;

	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	sys_close(fd);
	return (int)n;
}

uid_t sys_user(void)
{
	return geteuid();
}

/*
 * From /etc/group. Not getgrgid_r(): it loads NSS modules, which a static
 * program cannot, and a device node's group is a local one.
 */
void sys_group_name(gid_t gid, char *name, size_t size)
{
	struct group group, *found;
	char line[4096];
	FILE *file;

	snprintf(name, size, "%u", (unsigned)gid);
	file = fopen("/etc/group", "re");
	if (!file)
		return;
	while (fgetgrent_r(file, &group, line, sizeof(line), &found) == 0) {
		if (group.gr_gid == gid) {
			snprintf(name, size, "%s", group.gr_name);
			break;
		}
	}
	fclose(file);
}

ssize_t sys_read_at(int fd, void *data, size_t length, uint64_t offset,
		    int flags)
{
	struct iovec iov = { .iov_base = data, .iov_len = length };
	ssize_t n;

	n = preadv2(fd, &iov, 1, (off_t)offset, flags);
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
	const struct timespec time = {
		.tv_sec = (time_t)(left / 1000000000u),
		.tv_nsec = (long)(left % 1000000000u),
	};

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

int sys_map(void **out, size_t length, int prot, int flags, int fd,
	    uint64_t offset)
{
	void *map = mmap(NULL, length, prot, flags, fd, (off_t)offset);

	if (map == MAP_FAILED)
		return -errno;
	*out = map;
	return 0;
}

void sys_unmap(void *map, size_t length)
{
	munmap(map, length);
}

int sys_madvise(void *map, size_t length, int advice)
{
	return result(madvise(map, length, advice));
}

int sys_pagemap(void *map, size_t length, struct sys_pagemap *seen)
{
	struct page_region regions[64];
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)map,
		.end = (uintptr_t)map + length,
		.vec = (uintptr_t)regions,
		.vec_len = 64,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_HUGE,
	};
	int fd, i, n;

	fd = sys_open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0)
		return fd;
	n = result(ioctl(fd, PAGEMAP_SCAN, &scan));
	sys_close(fd);
	if (n < 0)
		return n;

	*seen = (struct sys_pagemap){ .walked = scan.walk_end - scan.start };
	for (i = 0; i < n; i++) {
		const uint64_t bytes = regions[i].end - regions[i].start;

		seen->present += bytes;
		if (regions[i].categories & PAGE_IS_HUGE)
			seen->huge += bytes;
	}
	return 0;
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

int sys_mincore(void *map, size_t length, unsigned char *vec)
{
	return result(mincore(map, length, vec));
}

int sys_memfd(const char *name, unsigned flags)
{
	return result(memfd_create(name, flags));
}

int sys_truncate(int fd, uint64_t size)
{
	return result(ftruncate(fd, (off_t)size));
}

int sys_seal(int fd, int seals)
{
	return result(fcntl(fd, F_ADD_SEALS, seals));
}

int sys_heap_alloc(int heap_fd, uint64_t size)
{
	/* Without O_RDWR the dma-buf is read-only and mmap gives EACCES. */
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (ioctl(heap_fd, DMA_HEAP_IOCTL_ALLOC, &data) < 0)
		return -errno;
	return (int)data.fd;
}

int sys_udmabuf(int device, int memfd, uint64_t size)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};

	return result(ioctl(device, UDMABUF_CREATE, &create));
}

int sys_dmabuf_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return result(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync));
}

int sys_event(void)
{
	return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void sys_event_raise(int fd)
{
	eventfd_write(fd, 1);
}

void sys_event_lower(int fd)
{
	eventfd_t value;

	eventfd_read(fd, &value);
}

/* Signals are for the threads of the program. */
int sys_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

void sys_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

int sys_pid(void)
{
	return getpid();
}

uint64_t sys_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sys_nap(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

size_t sys_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

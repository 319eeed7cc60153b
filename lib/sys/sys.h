/* SPDX-License-Identifier: MIT */
/*
 * Receives: what the rest of the library needs from the kernel.
 * Hands on: a result, or -errno. Only lib/sys reads errno.
 * Always:   one system call a function, no policy, no retry, no message.
 */
#ifndef SYS_H
#define SYS_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The results of stat and STATX_DIOALIGN for a file. */
struct sys_stat {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t dev;
	uint64_t ino;
	/* The number of a device node. */
	uint64_t rdev;
	/* The size of a regular file. */
	uint64_t size;
	/* The request size that the file system prefers, in bytes. */
	uint32_t block_size;
	/* From sys_stat_direct(), Linux 6.1. offset_align 0 with known set: no
	 * direct I/O. */
	bool dio_known;
	uint32_t dio_mem_align;
	uint32_t dio_offset_align;
};

/* The result of PAGEMAP_SCAN for a part of a mapping, in bytes. */
struct sys_pagemap {
	uint64_t walked;
	uint64_t present;
	uint64_t huge;
};

int sys_open(const char *path, int flags);
/* Open or create a file, with the mode 0666 less the umask. */
int sys_create(const char *path, int flags);
void sys_close(int fd);
/* Return how many fds are open, 0 if unknown; and how many may be open. */
uint64_t sys_fds_open(void);
uint64_t sys_fds_max(void);
int sys_dup(int fd);
int sys_get_flags(int fd);
int sys_set_flags(int fd, int flags);
int sys_stat_path(const char *path, struct sys_stat *st);
int sys_stat_fd(int fd, struct sys_stat *st);
/* Fill in the last three members, by statx(2). */
int sys_stat_direct(int fd, struct sys_stat *st);
/* Query the size of a dma-buf, by lseek(). */
int sys_size(int fd, uint64_t *size);
int sys_block_device_size(int fd, uint64_t *size);
int sys_fs_magic(int fd, uint64_t *magic);
int sys_list(const char *dir, char ***names, size_t *count);
int sys_read_text(const char *path, char *text, size_t size);
/* Read all of a text, which may be long. The caller frees it. Return 0 or
 * -errno. */
int sys_read_all(const char *path, char **text);
/* Return the number as text if there is no name. */
void sys_group_name(gid_t gid, char *name, size_t size);

/* Read at an offset. flags: 0, or those of preadv2(2). Return the bytes read or
 * -errno. */
ssize_t sys_read_at(int fd, void *data, size_t length, uint64_t offset,
		    int flags);
ssize_t sys_write_at(int fd, const void *data, size_t length, uint64_t offset);
/* Read at the position of a stream. */
ssize_t sys_read(int fd, void *data, size_t length);
/*
 * Wait for an fd until ns (0: without a limit). Return 1 if it is readable, at
 * its end or broken; 0 if the other fd is readable first or the time is over;
 * or -errno.
 */
int sys_wait_readable(int fd, int other, uint64_t ns);

/* Return RLIMIT_MEMLOCK, in bytes, or UINT64_MAX. */
uint64_t sys_memlock_max(void);
/* Return RLIMIT_FSIZE, in bytes, or UINT64_MAX. */
uint64_t sys_file_size_max(void);
/*
 * Block SIGXFSZ. A write beyond RLIMIT_FSIZE then just fails with -EFBIG
 * between these two calls. Otherwise the kernel also sends SIGXFSZ to the
 * thread, which ends the process.
 */
struct sys_hold {
	sigset_t before;
	bool pending;
};
void sys_hold_xfsz(struct sys_hold *hold);
void sys_release_xfsz(const struct sys_hold *hold);

/* Allocate space for a file, and extend it if needed. */
int sys_allocate(int fd, uint64_t offset, uint64_t length);
/* Write dirty pages back, and optionally wait. */
int sys_write_back(int fd, uint64_t offset, uint64_t length, bool wait);
int sys_fsync(int fd);

int sys_map(void **out, size_t length, int prot, int flags, int fd,
	    uint64_t offset);
void sys_unmap(void *map, size_t length);

/* A part of a file, mapped for reading. */
struct sys_view {
	void *at;
	size_t length;
	/* The mapping itself. */
	void *base;
	size_t base_length;
};

/*
 * Map a part of a file. Unless all of it is resident, no huge page fits the
 * mapping: khugepaged (Linux 7.3) makes huge pages of mapped files, and reads
 * missing pages into the page cache for that. Return 0 or -errno.
 */
int sys_map_file(struct sys_view *view, size_t length, int fd, uint64_t offset,
		 bool resident);
void sys_unmap_file(const struct sys_view *view);

int sys_madvise(void *map, size_t length, int advice);
/* Query which part of a mapping is present and in huge pages, up to where one
 * call came. */
int sys_pagemap(void *map, size_t length, struct sys_pagemap *seen);

int sys_fadvise(int fd, uint64_t offset, uint64_t length, int advice);
int sys_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *pages);
/* Query the extents of a part of a file (FIEMAP), at most SYS_EXTENTS. Return
 * their number or -errno. marked: O_DIRECT cannot read it, since the disk has
 * no plain data there. */
#define SYS_EXTENTS 32
struct sys_extent {
	uint64_t start;
	uint64_t end;
	bool marked;
};
int sys_extents(int fd, uint64_t offset, uint64_t length,
		struct sys_extent extents[SYS_EXTENTS]);
/* Copy from a mapping that may be truncated. Return the bytes copied or
 * -errno. */
ssize_t sys_copy_mapped(void *to, const void *from, size_t length);
int sys_mincore(void *map, size_t length, unsigned char *vec);
/* Check that mincore(2) reports residency to this process. Return 0, -EPERM, or
 * -errno. */
int sys_may_mincore(int fd);

/* Create a memfd. flags: MFD_CLOEXEC and the like. */
int sys_memfd(const char *name, unsigned flags);
int sys_truncate(int fd, uint64_t size);
int sys_seal(int fd, int seals);
int sys_heap_alloc(int heap_fd, uint64_t size);
/* Make a dma-buf of a whole sealed memfd, by an fd of /dev/udmabuf. */
int sys_udmabuf(int device, int memfd, uint64_t size);
int sys_dmabuf_sync(int fd, uint64_t flags);
/* Return true if poll(2) reports no pending fence. */
bool sys_dmabuf_is_idle(int fd);

/* Create an eventfd that is not readable; make it readable; make it not
 * readable. */
int sys_event(void);
void sys_event_raise(int fd);
void sys_event_lower(int fd);

/* Start a thread that takes no signals; and wait for its end. */
int sys_thread(pthread_t *thread, void *(*run)(void *), void *arg);
void sys_join(pthread_t thread);

/* Return a number that differs from that of every other process that shares
 * this one's memory, or did. */
uint64_t sys_process(void);
uint64_t sys_now(void);
void sys_nap(void);
size_t sys_page_size(void);

#endif

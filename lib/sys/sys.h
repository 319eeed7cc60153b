/* SPDX-License-Identifier: MIT */
/*
 * Receives: what the rest of the library wants from the kernel.
 * Hands on: a result, or -errno. Nothing outside lib/sys looks at errno.
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

/** The answers of stat and STATX_DIOALIGN about a file. */
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
	/* The size of requests that the file system prefers, in bytes. */
	uint32_t block_size;
	/* By sys_stat_direct(), Linux 6.1; offset_align 0 with known set: no direct
	 * I/O here. */
	bool dio_known;
	uint32_t dio_mem_align;
	uint32_t dio_offset_align;
};

/** The answer of PAGEMAP_SCAN about a part of a mapping, in bytes. */
struct sys_pagemap {
	uint64_t walked;
	uint64_t present;
	uint64_t huge;
};

int sys_open(const char *path, int flags);
/* Open or make a file, with the mode 0666 less the umask. */
int sys_create(const char *path, int flags);
void sys_close(int fd);
/* Fds that are open, 0 where that is not told; and how many may be. */
uint64_t sys_fds_open(void);
uint64_t sys_fds_max(void);
int sys_dup(int fd);
int sys_get_flags(int fd);
int sys_set_flags(int fd, int flags);
int sys_stat_path(const char *path, struct sys_stat *st);
int sys_stat_fd(int fd, struct sys_stat *st);
/* The last three members, by statx(2). */
int sys_stat_direct(int fd, struct sys_stat *st);
/* The size of a dma-buf, by lseek(). */
int sys_size(int fd, uint64_t *size);
int sys_block_device_size(int fd, uint64_t *size);
int sys_fs_magic(int fd, uint64_t *magic);
int sys_list(const char *dir, char ***names, size_t *count);
int sys_read_text(const char *path, char *text, size_t size);
/* All of a text, which may be long; the caller frees it. 0 or -errno. */
int sys_read_all(const char *path, char **text);
/* The number where there is no name. */
void sys_group_name(gid_t gid, char *name, size_t size);

/* Read at an offset: the bytes read, or -errno. flags: 0, or of preadv2(2). */
ssize_t sys_read_at(int fd, void *data, size_t length, uint64_t offset,
		    int flags);
ssize_t sys_write_at(int fd, const void *data, size_t length, uint64_t offset);
/* Read where a stream stands. */
ssize_t sys_read(int fd, void *data, size_t length);
/*
 * Wait until an fd can be read, 1, or is at its end or broken, 1 too; 0 if the
 * other fd can be read before, or the time is ns (0: never); or -errno.
 */
int sys_wait_readable(int fd, int other, uint64_t ns);

/* RLIMIT_MEMLOCK, in bytes, or UINT64_MAX. */
uint64_t sys_memlock_max(void);
/* RLIMIT_FSIZE, in bytes, or UINT64_MAX. */
uint64_t sys_file_size_max(void);
/*
 * A write beyond it fails with -EFBIG, and between these two calls nothing else
 * happens. Otherwise the kernel sends SIGXFSZ to the thread as well, which ends
 * the process.
 */
struct sys_hold {
	sigset_t before;
	bool pending;
};
void sys_hold_xfsz(struct sys_hold *hold);
void sys_release_xfsz(const struct sys_hold *hold);

/* Allocate space for a file, and make it longer if need be. */
int sys_allocate(int fd, uint64_t offset, uint64_t length);
/* Begin to write dirty pages back, and wait for it or not. */
int sys_write_back(int fd, uint64_t offset, uint64_t length, bool wait);
int sys_fsync(int fd);

int sys_map(void **out, size_t length, int prot, int flags, int fd,
	    uint64_t offset);
void sys_unmap(void *map, size_t length);

/* Part of a file, mapped for reading. */
struct sys_view {
	void *at;
	size_t length;
	/* The mapping itself. */
	void *base;
	size_t base_length;
};

/*
 * Map a part of a file. Unless all of it is resident, no huge page fits: khugepaged
 * (Linux 7.3) makes huge pages of files that are mapped, for which it reads the missing
 * pages into the page cache. The result is 0 or -errno.
 */
int sys_map_file(struct sys_view *view, size_t length, int fd, uint64_t offset,
		 bool resident);
void sys_unmap_file(const struct sys_view *view);

int sys_madvise(void *map, size_t length, int advice);
/* Query which part of a mapping is present, and in huge pages, up to where the
 * call came. */
int sys_pagemap(void *map, size_t length, struct sys_pagemap *seen);

int sys_fadvise(int fd, uint64_t offset, uint64_t length, int advice);
int sys_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *pages);
/* The extents of a part of a file (FIEMAP), at most SYS_EXTENTS: how many, or -errno.
 * marked: there is no plain data on the disk that O_DIRECT could read. */
#define SYS_EXTENTS 32
struct sys_extent {
	uint64_t start;
	uint64_t end;
	bool marked;
};
int sys_extents(int fd, uint64_t offset, uint64_t length,
		struct sys_extent extents[SYS_EXTENTS]);
/* Copy from a mapping that may be cut off: the bytes copied, or -errno. */
ssize_t sys_copy_mapped(void *to, const void *from, size_t length);
int sys_mincore(void *map, size_t length, unsigned char *vec);
/* Check that mincore(2) tells this process what is resident. 0, -EPERM, or
 * -errno. */
int sys_may_mincore(int fd);

/* flags: MFD_CLOEXEC and the like. */
int sys_memfd(const char *name, unsigned flags);
int sys_truncate(int fd, uint64_t size);
int sys_seal(int fd, int seals);
int sys_heap_alloc(int heap_fd, uint64_t size);
/* A dma-buf of all of a sealed memfd, by an fd of /dev/udmabuf. */
int sys_udmabuf(int device, int memfd, uint64_t size);
int sys_dmabuf_sync(int fd, uint64_t flags);
/* No fence of it is pending, as poll(2) says. */
bool sys_dmabuf_is_idle(int fd);

/* An eventfd that cannot be read yet; make it readable, and not. */
int sys_event(void);
void sys_event_raise(int fd);
void sys_event_lower(int fd);

/* A thread that takes no signals; and wait for its end. */
int sys_thread(pthread_t *thread, void *(*run)(void *), void *arg);
void sys_join(pthread_t thread);

/* A number that no other process has which has this one's memory, or had it. */
uint64_t sys_process(void);
uint64_t sys_now(void);
void sys_nap(void);
size_t sys_page_size(void);

#endif

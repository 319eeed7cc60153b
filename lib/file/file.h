/* SPDX-License-Identifier: MIT */
/*
 * Receives: a path or the caller's fd.
 * Hands on: an fd for buffered reads and writes, one for O_DIRECT if that is
 *           granted, and its alignment.
 * Always:   both fds are of the same file, the one that was checked.
 */
#ifndef FILE_H
#define FILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/file.h>

struct claim;
struct inode;
struct sys_stat;

struct dmaload_file {
	char *name;
	int fd;
	/* The caller shares the description: its flags and readahead are the
	 * caller's. */
	bool shared;
	/* Shared, and with O_DIRECT: nothing of it goes through the page
	 * cache. */
	bool direct_only;
	bool readable;
	bool writable;
	bool block_device;
	/* Its pages belong to a file of the file system below (overlayfs). So
	 * cachestat(2) finds none, and sync_file_range(2) writes nothing back:
	 * they use the fd's own inode. A mapping, fadvise(2) and fsync(2) reach
	 * the file below. */
	bool overlay;
	/* Can only be read forward, and position bytes have been read; by one
	 * load at a time, see claim.h. */
	bool stream;
	struct claim *claims;
	_Atomic uint64_t position;
	/* The size at open, or after the last store into it. */
	_Atomic uint64_t size;
	/* References: the caller, and each load that uses it. */
	atomic_uint refs;
	uint64_t dev;
	uint64_t ino;
	/* The record of all fds that this process has open of the same file.
	 * NULL for a stream. */
	struct inode *inode;
	/* The unit in which the page cache holds and drops the file, in bytes:
	 * a page or more. */
	uint64_t cache_unit;

	/* Protects file_open_direct(), which sets the members below: an fd, or
	 * why there is none. */
	pthread_mutex_t lock;
	int direct_fd;
	/* The alignment of offsets and lengths; a multiple of mem_align. */
	uint32_t block;
	/* The alignment of addresses. */
	uint32_t mem_align;
	/* The file system reports the alignment (STATX_DIOALIGN). */
	bool align_known;
	/* A load has found that O_DIRECT bypasses the page cache, and the file
	 * system would report if it did not. */
	_Atomic bool proven;
};

/* Create a record without an fd, or return NULL without memory. */
struct dmaload_file *file_new(const char *name);

/* Query a caller's fd. Return its flags, or -errno if it cannot be used, for
 * example if it is open only as a path. */
int file_query(int fd, const char *name, struct sys_stat *st,
	       struct dmaload_error *err);

void file_ref(struct dmaload_file *file);
void file_unref(struct dmaload_file *file);

/* Check that a range begins in a file with a size, and resolve DMALOAD_TO_END.
 * Then check that the range ends in the file. Return 0 or -ERANGE. */
int file_resolve(const struct dmaload_file *file, uint64_t offset,
		 uint64_t *length, struct dmaload_error *err);
int file_check_end(const struct dmaload_file *file, uint64_t offset,
		   uint64_t length, struct dmaload_error *err);

/* Query the size, given the result of fstat(). Return 0 or -errno. */
int file_query_size(const struct dmaload_file *file, const struct sys_stat *st,
		    uint64_t *size);
/* Query the size; return 0 if that fails. */
uint64_t file_size_now(const struct dmaload_file *file);
/* Return true if the file ends at an offset, or before it. */
bool file_ends_at(const struct dmaload_file *file, uint64_t offset);

/* Learn how the page cache holds the file. */
void file_learn_cache(struct dmaload_file *file, const struct sys_stat *st);

/* Return true if the page cache is the only place of the file's data, as on
 * tmpfs. */
bool file_is_memory(const struct dmaload_file *file);

/* Open the file of an fd again. Return an fd or -errno. */
int file_reopen(int fd, int flags);

/*
 * Open the file with O_DIRECT, unless that has been done, and learn its
 * alignment. Return 0, or -errno with the reason in why.
 */
int file_open_direct(struct dmaload_file *file, char *why, size_t size);

#endif

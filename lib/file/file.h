/* SPDX-License-Identifier: MIT */
/*
 * Receives: a path or somebody's fd.
 * Hands on: an fd for buffered reads and writes, one for O_DIRECT where it is
 *           granted, and the alignment that it asks for.
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
	/* The description is the caller's too: its flags and readahead are his. */
	bool shared;
	/* Shared, and with O_DIRECT: nothing of it goes through the page cache. */
	bool direct_only;
	bool readable;
	bool writable;
	bool block_device;
	/* Its pages are those of a file of the file system below (overlayfs).
	 * So cachestat(2) finds none, and sync_file_range(2) writes nothing
	 * back: they ask the fd's own inode. A mapping, fadvise(2) and fsync(2)
	 * reach the file below. */
	bool overlay;
	/* Read forward only, and position bytes have been: by one load at a time, see
	 * claim.h. */
	bool stream;
	struct claim *claims;
	_Atomic uint64_t position;
	/* When it was opened, or when it was last stored into. */
	_Atomic uint64_t size;
	/* The caller, and each load that uses it. */
	atomic_uint refs;
	uint64_t dev;
	uint64_t ino;
	/* All that this process has open of the same file. NULL of a stream. */
	struct inode *inode;
	/* The unit that the page cache holds and drops as a whole, in bytes: a
	 * page or more. */
	uint64_t cache_unit;

	/* Over file_open_direct(), which sets the rest: an fd, or why there is
	 * none. */
	pthread_mutex_t lock;
	int direct_fd;
	/* The alignment of offsets and lengths; a multiple of mem_align. */
	uint32_t block;
	/* The alignment of addresses. */
	uint32_t mem_align;
	/* The file system says so itself (STATX_DIOALIGN). */
	bool align_known;
	/* A load has seen that O_DIRECT passes by the page cache, and the file system
	 * knows when it would not. */
	_Atomic bool proven;
};

/* A record with no fd yet; NULL without memory. */
struct dmaload_file *file_new(const char *name);

/* Flags of a caller's fd that is open for more than its path, and what it is. */
int file_query(int fd, const char *name, struct sys_stat *st,
	       struct dmaload_error *err);

void file_ref(struct dmaload_file *file);
void file_unref(struct dmaload_file *file);

/* A part of a file that is no stream: it begins in the file, and DMALOAD_TO_END becomes
 * a length; and, since that was resolved, it ends in the file. 0 or -ERANGE. */
int file_resolve(const struct dmaload_file *file, uint64_t offset,
		 uint64_t *length, struct dmaload_error *err);
int file_check_end(const struct dmaload_file *file, uint64_t offset,
		   uint64_t length, struct dmaload_error *err);

/* Query the size, given what fstat() said of the fd. 0 or -errno. */
int file_query_size(const struct dmaload_file *file, const struct sys_stat *st,
		    uint64_t *size);
/* Query the size; 0 if that fails. */
uint64_t file_size_now(const struct dmaload_file *file);
/* True if the file ends at an offset, or before it. */
bool file_ends_at(const struct dmaload_file *file, uint64_t offset);

/* Learn how the page cache holds the file. */
void file_learn_cache(struct dmaload_file *file, const struct sys_stat *st);

/* Return true if the file has no other place than the page cache, as on
 * tmpfs. */
bool file_is_memory(const struct dmaload_file *file);

/* Open the file of an fd anew. An fd or -errno. */
int file_reopen(int fd, int flags);

/*
 * Open the file with O_DIRECT, unless that has been done, and learn its
 * alignment. 0, or -errno with the reason in why where it is refused.
 */
int file_open_direct(struct dmaload_file *file, char *why, size_t size);

#endif

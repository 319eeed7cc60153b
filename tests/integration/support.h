/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the integration tests. They use the library as its users do, and
 * look at what it did by their own means: an own mapping of the dma-buf's fd,
 * own SYNC ioctls, an own mincore().
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pagecache.h"

#include <dmaload.h>

/* The place that the tests run in, from the command line. */
struct place {
	/* A folder on the disk with the files of make-pattern. */
	const char *dir;
	/* A dmaload_buffer_create() source. */
	const char *source;
	/* Its mapping can be pinned: direct is what a load does by itself. */
	bool pinnable;
	/* The largest file of make-pattern, in bytes. */
	uint64_t large;
	/* The engine that contexts ask for, and the one that they are to
	 * get. */
	enum dmaload_engine engine;
	enum dmaload_engine granted;
	/* The calls that contexts may make, and why it is not io_uring. */
	enum dmaload_syscalls syscalls;
	const char *declined;
	/* A filter refuses newer calls: statx(2) does not tell the alignment of direct
	 * I/O, and cachestat(2) nothing. */
	bool filtered;
};

extern struct place place;

/*
 * Reads "DIR SOURCE pinnable|pfnmap LARGE [ENGINE]"; false if it is not that. ENGINE
 * is io_uring or threads, on request; or "refused" where the host refuses io_uring;
 * or "eperm" or "enosys" to have all newer calls refused by a seccomp filter, with that
 * errno, and tried nevertheless; or "trap" or "kill" to have a filter that does so, with
 * the library left to its own choice. Without it that choice is io_uring.
 */
bool place_from(int argc, char **argv);

/* The paths that a load may be allowed: 0, any path; or one of them. */
#define ALL_PATHS 4
extern const uint32_t all_paths[ALL_PATHS];

/* Return true if a load that is allowed this can be done here. */
bool works_here(uint32_t paths);

/* The path of a pattern file of this size; static memory. */
const char *pattern_path(uint64_t size);

/* Copy so many bytes of a file, a multiple of 64 KiB, to another, and to the
 * disk. */
void copy_file(const char *from, const char *to, uint64_t length);

/* A context, a file and a buffer, with failures reported by cmocka. */
struct kit {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_report report;
	struct dmaload_error err;
	int fds;
};

/*
 * Opens a pattern file and a buffer of buffer_size bytes, filled by GUARD. Others may
 * read the file at any time; alone, nobody can, and nothing of it is resident.
 */
#define GUARD 0xa5
void kit_open(struct kit *kit, uint64_t file_size, uint64_t buffer_size);
void kit_open_alone(struct kit *kit, uint64_t file_size, uint64_t buffer_size);
/* Closes all and checks that no fd was left. */
void kit_close(struct kit *kit);

/* Loads a range by the paths of the mask, 0 for all; the code of the load. Past what
 * is resident, it does not depend on what others read. */
/* Return true if direct or bounce was used, by a ring. */
bool kit_has_engine(const struct dmaload_report *report);

int kit_load(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	     uint64_t length, uint32_t paths);
int kit_load_past(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
		  uint64_t length, uint32_t paths);

/* Asserts that the buffer has the file's bytes in the range and GUARD around, and
 * that the last report names the engine that is granted here. */
void kit_check(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	       uint64_t length);

/* Fills the whole buffer by GUARD again. */
void kit_guard(struct kit *kit);

/* The buffer has what the large file has, so that a store changes nothing. */
void kit_fill(struct kit *kit);

/* The offset that the last failure tells of; it must tell one. */
uint64_t kit_offset_told(const struct kit *kit);

/* A dma-buf of the heap by its own ioctl, with these fd flags; -1 on failure. */
int raw_alloc(const char *heap, uint64_t size, int fd_flags);

/* SYNC on a dma-buf, flags as of the ioctl; nothing on a memfd. */
void sync_raw(int fd, uint64_t flags);

/* Without those of files without a name, which stay. */
int open_fds(void);

#endif

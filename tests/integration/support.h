/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the integration tests. The tests use the library as programs do,
 * and check the result by their own means: their own mapping of the dma-buf's
 * fd, SYNC ioctls and mincore().
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

/* Where the tests run, from the command line. */
struct place {
	/* A folder on the disk, with the files of make-pattern. */
	const char *dir;
	/* The source for dmaload_buffer_create(). */
	const char *source;
	/* The source's mapping can be pinned, so direct is the default path. */
	bool pinnable;
	/* The size of make-pattern's largest file, in bytes. */
	uint64_t large;
	/* The engine that contexts request, and the one that they must get. */
	enum dmaload_engine engine;
	enum dmaload_engine granted;
	/* The calls that contexts may make, and why io_uring is not used. */
	enum dmaload_syscalls syscalls;
	const char *declined;
	/* A filter refuses newer calls: statx(2) reports no alignment of direct
	 * I/O, and cachestat(2) nothing. */
	bool filtered;
};

extern struct place place;

/*
 * Read "DIR SOURCE pinnable|pfnmap LARGE [ENGINE]". Return false for anything
 * else.
 *
 * ENGINE is io_uring or threads: requested; "refused": the host refuses
 * io_uring; "eperm" or "enosys": a seccomp filter refuses all newer calls with
 * that errno, and the library tries them nevertheless; "trap" or "kill": a
 * filter does that, and the library chooses; or the name of a policy (policy.h).
 * Without ENGINE the library chooses, and must choose io_uring.
 */
bool place_from(int argc, char **argv);

/* Return the multiple that direct I/O needs here, as far as the library can
 * know: 512, or 4096 if statx(2) does not report it (before Linux 6.1). */
uint64_t place_alignment(void);

/* The masks of paths that tests try: 0, the default; and each path alone. */
#define ALL_PATHS 4
extern const uint32_t all_paths[ALL_PATHS];

/* Return true if a load by these paths is possible here. */
bool works_here(uint32_t paths);

/* Return the size of a page in bytes: 4096, or up to 65536 on ARM. */
uint64_t page_size(void);

/* Return the path of the pattern file of this size, in static memory. */
const char *pattern_path(uint64_t size);

/* Copy so many bytes of a file, a multiple of 64 KiB, to another, and to the
 * disk. */
void copy_file(const char *from, const char *to, uint64_t length);

/* A context, a file and a buffer. Failures are reported by cmocka. */
struct kit {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_report report;
	struct dmaload_error err;
	int fds;
};

/*
 * Open a pattern file and a buffer of buffer_size bytes, filled with GUARD.
 * Other processes may read the file at any time. With kit_open_alone() no other
 * process can, and no page of it is resident.
 */
#define GUARD 0xa5
void kit_open(struct kit *kit, uint64_t file_size, uint64_t buffer_size);
void kit_open_alone(struct kit *kit, uint64_t file_size, uint64_t buffer_size);
/* Close everything, and check that no fd is left. */
void kit_close(struct kit *kit);

/* Return true if the load used direct or bounce with a ring. */
bool kit_has_engine(const struct dmaload_report *report);

/* Load a range by the paths of the mask, 0 for all, and return the result. A
 * load past resident pages does not depend on other readers. */
int kit_load(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	     uint64_t length, uint32_t paths);
int kit_load_past(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
		  uint64_t length, uint32_t paths);

/* Check that the buffer has the file's bytes in the range and GUARD around it,
 * and that the last report names the engine of this place. */
void kit_check(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	       uint64_t length);

/* Fill the whole buffer with GUARD again. */
void kit_guard(struct kit *kit);

/* Fill the buffer with the bytes of the large file, so that a store changes
 * nothing. */
void kit_fill(struct kit *kit);

/* Return the offset that the last error message reports; it must report one. */
uint64_t kit_offset_told(const struct kit *kit);

/* Allocate a dma-buf by the heap's ioctl, with these fd flags; -1 on
 * failure. */
int raw_alloc(const char *heap, uint64_t size, int fd_flags);

/* Call SYNC on a dma-buf with the ioctl's flags. Do nothing on a memfd. */
void sync_raw(int fd, uint64_t flags);

/* Count the open fds, except those of files without a name, which stay open. */
int open_fds(void);

#endif

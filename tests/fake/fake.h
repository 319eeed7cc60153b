/* SPDX-License-Identifier: MIT */
/*
 * A kernel for the unit tests. It replaces the files of lib/ that call the
 * kernel.
 *
 * It is a model, not a set of stubs. Files have contents, a page cache and an
 * alignment for direct I/O. Dma-bufs have brackets and real memory, which
 * cannot be accessed outside of them. Reads write their data when they
 * complete. The test ends as soon as the library breaks one of the kernel's
 * rules, or its own.
 */
#ifndef FAKE_H
#define FAKE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

#include "fake_calls.h"
#include "sys/sys.h"

#define FAKE_PAGE 4096u
#define FAKE_HUGE (2u << 20)
#define FAKE_FOREVER UINT_MAX
/* The largest file; writes beyond it fail with EFBIG. */
#define FAKE_FILE_MAX (UINT64_C(1) << 30)

/* The objects that have an fd. */
enum fake_kind {
	FAKE_FILE,
	FAKE_BLOCK,
	FAKE_DIR,
	FAKE_PIPE,
	FAKE_SOCKET,
	FAKE_CHAR,
	FAKE_HEAP,
	FAKE_DMABUF,
	FAKE_MEMFD,
	FAKE_EVENTFD,
};

/* An inode. A test may change all members, except those kept by the model. */
struct fake_node {
	enum fake_kind kind;
	char path[192];
	struct sys_stat st;
	uint64_t size;
	/* The contents. For a dma-buf or memfd this is a device's view, which
	 * needs no bracket. */
	unsigned char *bytes;

	/* Errors of open, of open with O_DIRECT, and of every direct read. */
	int open_error;
	int direct_error;
	int direct_read_error;
	/* The alignment that direct reads need, whatever st says. */
	uint32_t block;
	uint32_t mem_align;
	/* O_DIRECT is accepted, but reads go through the page cache (btrfs). */
	bool silently_buffered;
	/* Before this offset, reads are direct all the same. */
	uint64_t buffered_from;
	/* The extents do not show silent buffering (ext4 with data=journal
	 * before Linux 6.1), or cannot be queried. */
	bool unmarked;
	bool no_extents;
	/* overlay: the pages belong to a file of the lower file system, so
	 * queries by this inode do not find them. memory: pages cannot be
	 * dropped (tmpfs). */
	bool overlay;
	bool memory;
	bool may_write;
	/* The size becomes shrunk_size at the read of this number; 0: never. */
	uint64_t shrink_after;
	uint64_t shrunk_size;

	/* These bytes leave the page cache before the read by preadv2(), or the
	 * copy from a mapping, of this number; 0: never. */
	uint64_t evict_after;
	uint64_t evict_offset;
	uint64_t evict_length;

	/* At each direct read, another process reads the next other_step bytes
	 * from other_at on. At the end of the file it starts again. */
	uint64_t other_at;
	uint64_t other_step;

	/* Direct writes that collide with readers: the next writeback fails
	 * with EIO. A page keeps its old bytes until it has been dropped this
	 * often. */
	unsigned collisions;
	uint64_t stale_at;
	unsigned stale;

	/* The maximum size of a file, 0: none; and no space can be allocated
	 * ahead. */
	uint64_t room;
	bool no_allocate;
	/* A stream: the maximum that one read returns, 0: any; and the
	 * number of waits before it has bytes. FAKE_FOREVER: until a test
	 * changes it. */
	size_t comes_most;
	unsigned stalls;
	/* After this number of bytes, 0: never, it stalls until a test changes
	 * it. */
	uint64_t stalls_after;

	/* A heap: the error of an allocation, and the number of allocations. */
	int alloc_error;
	unsigned allocations;
	/* The buffers of a heap, or this buffer: mapped as VM_PFNMAP, or not
	 * mappable. */
	bool pfnmap;
	bool no_mmap;
	/* A device uses the buffer: START waits until fake_set(). */
	bool fenced;
	/* No read, direct or buffered, completes until fake_set(). It begins
	 * after this number of buffered reads, 0: never by itself. */
	bool stuck;
	unsigned stuck_after;
	/* close() does not return until fake_set(). */
	bool close_stuck;

	/* Kept by the model: the page cache; open brackets, and the number of
	 * all. */
	bool *resident;
	bool *dirty;
	uint64_t cached_pages;
	unsigned reading;
	unsigned writing;
	unsigned brackets;
	unsigned fsyncs;
	/* The bytes of a stream that have been read; true if an eventfd is
	 * readable. Another thread may change the latter while a load goes
	 * on. */
	uint64_t came;
	_Atomic bool raised;
	int seals;
	/* A memfd in huge pages. */
	bool huge;
	int host_fd;
	struct fake_node *next;
};

enum fake_order { FAKE_FIFO, FAKE_LIFO, FAKE_RANDOM };

/* The state of the machine. fake_reset() zeroes it: nothing is missing. */
struct fake_world {
	/* The process ID; 0: the real one. */
	int pid;
	bool no_proc;
	/* NULL: /proc/meminfo cannot be read. */
	const char *meminfo;
	/* The text of /proc about the thread and its cgroup; NULL:
	 * unreadable. */
	const char *status;
	const char *cgroup;
	/* Old systems have only /proc/self. */
	bool no_thread_self;
	/* A filter ends the process at calls beyond these; AUTO: no filter. */
	enum dmaload_syscalls knows;
	/* The error of preadv2() with flags, as under a filter. */
	int flags_error;
	bool no_cachestat;
	bool no_dontcache;
	bool no_copy_mapped;
	bool no_populate;
	bool hugetlb;
	bool huge_pages;
	/* One of this number of huge pages of shared memory cannot be
	 * allocated, 0: none; and the maximum range of one query of the page
	 * table, 0: any. */
	unsigned huge_gap;
	size_t look_most;
	/* The maximum length of anonymous memory that can be mapped, and that
	 * can be populated; 0: any. */
	size_t map_most;
	size_t populate_most;
	/* The texts of files in sysfs; NULL: no such file. */
	const char *udmabuf_limit;
	const char *huge_free;
	const char *shmem_enabled;
	const char *huge_size;
	/* A thread runs only when another joins it or fake_run_threads() is
	 * called. */
	bool threads_late;
	/* Trap a direct write to a file that has dirty pages. */
	bool in_order;
	/* Buffered reads pin their memory, as FUSE and 9p do. */
	bool reads_pin;
	/* The maximum number of fds, enforced by EMFILE; 0: no limit. */
	uint64_t fds_max;
	/* RLIMIT_MEMLOCK; 0: no limit. */
	uint64_t memlock_max;
	/* RLIMIT_FSIZE; 0: no limit. */
	uint64_t file_size_max;
	/* The maximum length of a buffered read that is not short, 0: any. */
	size_t read_most;

	/* The order of completions, the number that complete together (0: one),
	 * and the number of requests that one submission takes (0: all). */
	enum fake_order order;
	uint64_t seed;
	unsigned batch;
	unsigned submit_most;
	/* By which factor reads into a buffer are slower than reads into the
	 * pool; 0: equally fast. */
	unsigned scattered;
	/* The latency of a request in ns, besides the time for its bytes.
	 * Requests in flight share it. */
	uint64_t latency;
	/* Why io_uring is not built in; NULL: it is. */
	const char *no_io_uring;
};

extern struct fake_world fake;

/* Make a machine that lacks nothing, with the heap "system" and nothing
 * else. */
void fake_reset(void);

/* Fixtures: fake_reset(); and fake_check_balanced(), then fake_reset(). */
int fake_setup(void **state);
int fake_teardown(void **state);

/* Nodes live until fake_reset(). Their contents are a pattern without a
 * period. */
struct fake_node *fake_add(enum fake_kind kind, const char *path,
			   uint64_t size);
struct fake_node *fake_add_heap(const char *name);
struct fake_node *fake_find(const char *path);
void fake_remove(struct fake_node *node);
/* Extend a file by zeroes, or shorten it. */
void fake_resize(struct fake_node *node, uint64_t size);
unsigned char fake_pattern(uint64_t offset);
/* Fill memory with the pattern from an offset on. Most of it is computed
 * once. */
void fake_fill(unsigned char *bytes, uint64_t offset, uint64_t length);

/* Change a member for which the library may be waiting in another thread. */
void fake_set(bool *what, bool value);

/* Add /dev/udmabuf, with its limit as the kernel sets it. */
struct fake_node *fake_add_udmabuf(void);
/* Run all threads that have been started but have not run. */
void fake_run_threads(void);

/* Set the text of a file of /proc, /sys or a cgroup, or the error of reading
 * it. The text must live until fake_reset(); NULL and 0 remove the file. */
void fake_say(const char *path, const char *text, int code);

/* Make a range of a file resident; query one byte. */
void fake_cache(struct fake_node *node, uint64_t offset, uint64_t length);
bool fake_cached(const struct fake_node *node, uint64_t offset);
/* Write other bytes as another process, and leave them dirty. */
void fake_dirty(struct fake_node *node, uint64_t offset, uint64_t length);

/* Open and close fds of the test, which the library must leave alone. */
int fake_open(struct fake_node *node, int flags);
void fake_close(int fd);
/* Open it as fd 0, until fake_reset(). */
void fake_open_stdin(struct fake_node *node);
uint64_t fake_position(int fd);
void fake_set_position(int fd, uint64_t position);
struct fake_node *fake_node_of(int fd);

/* Make a machine that lacks nothing, with the heap "system" and nothing
 * else. */
uint64_t fake_mapped_max(void);

/* Return the maximum number of requests that one ring had in flight since
 * fake_reset() or fake_count_anew(), and the maximum of their bytes. */
unsigned fake_in_flight_max(uint64_t *bytes);
/* Return the number of requests that are queued, but not submitted. */
unsigned fake_rings_queued(void);

/* Check that nothing is in progress: no bracket, no request queued or in
 * flight. */
void fake_check_quiet(void);
/* Check also that nothing is left: no ring, no mapping, no fd but the
 * test's. */
void fake_check_balanced(void);

#endif

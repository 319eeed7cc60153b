/* SPDX-License-Identifier: MIT */
/*
 * A kernel for the unit tests, linked in the place of the files of lib/ that
 * talk to the kernel.
 *
 * It is a model and not a set of stubs: files have contents, a page cache and
 * an alignment for direct I/O; dma-bufs have brackets and real memory, which
 * cannot be touched outside of them; reads write their data when they complete.
 * The test ends at the moment when the library does what it must never do.
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

/* The kinds of things that have an fd. */
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

/* An inode. A test may change all of it, but for what is marked. */
struct fake_node {
	enum fake_kind kind;
	char path[192];
	struct sys_stat st;
	uint64_t size;
	/* The contents. For a dma-buf and a memfd, the view of a device, which
	 * needs no bracket. */
	unsigned char *bytes;

	/* Errors of open, of open with O_DIRECT, of every direct read. */
	int open_error;
	int direct_error;
	int direct_read_error;
	/* The alignment that a direct read must have, whatever st says. */
	uint32_t block;
	uint32_t mem_align;
	/* O_DIRECT is accepted and goes through the page cache (btrfs). */
	bool silently_buffered;
	/* But before this offset it is as direct as it says. */
	uint64_t buffered_from;
	/* And the extents do not show it (ext4 with data=journal before Linux 6.1);
	 * or cannot be asked for at all. */
	bool unmarked;
	bool no_extents;
	/* The pages are those of a file of the file system below: what is asked of the
	 * fd's own inode does not find them. And tmpfs keeps what it has. */
	bool overlay;
	bool memory;
	bool may_write;
	/* After so many more reads the size becomes shrunk_size. */
	uint64_t shrink_after;
	uint64_t shrunk_size;

	/* Before so many more reads by preadv2(), or copies from a mapping, these
	 * bytes leave the page cache. */
	uint64_t evict_after;
	uint64_t evict_offset;
	uint64_t evict_length;

	/* At each direct read, somebody else reads so many bytes from here on, and goes
	 * on; and behind the end, from the beginning. */
	uint64_t other_at;
	uint64_t other_step;

	/* Direct writes collide with others who read: the next writeback says EIO.
	 * A page keeps old bytes, until it has been dropped so many times. */
	unsigned collisions;
	uint64_t stale_at;
	unsigned stale;

	/* A file cannot be longer; 0: it can. And nothing is allocated ahead. */
	uint64_t room;
	bool no_allocate;
	/* A stream: the most that one read brings, 0: any; and how often there is
	 * nothing to be read before there is; FAKE_FOREVER: until it is set. */
	size_t comes_most;
	unsigned stalls;
	/* And after so many bytes, 0: never, nothing more until it is set. */
	uint64_t stalls_after;

	/* A heap: the error of an allocation, and the number of them. */
	int alloc_error;
	unsigned allocations;
	/* A heap's buffers, or this one: VM_PFNMAP, or no mapping at all. */
	bool pfnmap;
	bool no_mmap;
	/* A device uses it: START waits. See fake_set(). */
	bool fenced;
	/* No read of it, direct or buffered, comes to its end. See fake_set(). It is so
	 * after so many buffered reads, 0: not by itself. */
	bool stuck;
	unsigned stuck_after;
	/* To close it does not come to its end. See fake_set(). */
	bool close_stuck;

	/* Kept by the model: page cache, brackets that are open and that were. */
	bool *resident;
	bool *dirty;
	uint64_t cached_pages;
	unsigned reading;
	unsigned writing;
	unsigned brackets;
	unsigned fsyncs;
	/* The bytes of a stream that have been read; true if an eventfd can be
	 * read: the one thing that another thread may change while a load goes
	 * on. */
	uint64_t came;
	_Atomic bool raised;
	int seals;
	/* A memfd of huge pages. */
	bool huge;
	int host_fd;
	struct fake_node *next;
};

enum fake_order { FAKE_FIFO, FAKE_LIFO, FAKE_RANDOM };

/* How the machine is. Zeroed by fake_reset(), which means a good one. */
struct fake_world {
	/* The number of this process; 0: the real one. */
	int pid;
	bool no_proc;
	/* NULL: /proc/meminfo cannot be read. */
	const char *meminfo;
	/* The text of /proc about the thread and its cgroup; NULL: it cannot be
	 * read. */
	const char *status;
	const char *cgroup;
	/* Old systems have /proc/self only. */
	bool no_thread_self;
	/* A filter that ends the process at calls beyond these; AUTO: there is none. */
	enum dmaload_syscalls knows;
	/* The error of preadv2() with flags, which a filter refuses. */
	int flags_error;
	bool no_cachestat;
	bool no_dontcache;
	bool no_copy_mapped;
	bool no_populate;
	bool hugetlb;
	bool huge_pages;
	/* But of so many huge pages of shared memory one is not to be had, 0: none;
	 * and how far one look at the page table goes, 0: all the way. */
	unsigned huge_gap;
	size_t look_most;
	/* The longest memory of no file that can be mapped, and that can be
	 * populated; 0: any. */
	size_t map_most;
	size_t populate_most;
	/* The text of files of sysfs; NULL: there are none. */
	const char *udmabuf_limit;
	const char *huge_free;
	const char *shmem_enabled;
	const char *huge_size;
	/* A thread runs when it is waited for, or let run, and not at once. */
	bool threads_late;
	/* Nothing of a file may be dirty when it is written directly. */
	bool in_order;
	/* Buffered reads pin their memory, as FUSE and 9p do. */
	bool reads_pin;
	/* The maximum number of fds, enforced by EMFILE; 0: no limit. */
	uint64_t fds_max;
	/* RLIMIT_MEMLOCK, as far as it is asked for; 0: none. */
	uint64_t memlock_max;
	/* RLIMIT_FSIZE; 0: none. */
	uint64_t file_size_max;
	/* The longest buffered read that is not short, 0: any. */
	size_t read_most;

	/* The order of completions, how many come at once, and how many reads
	 * one submission takes; 0: one, and all. */
	enum fake_order order;
	uint64_t seed;
	unsigned batch;
	unsigned submit_most;
	/* How many times as long a read into a buffer takes as one into the pool; 0: as
	 * long. */
	unsigned scattered;
	/* The time of a request, in ns, beside the time for its bytes; together
	 * with all others that are in flight. */
	uint64_t latency;
};

extern struct fake_world fake;

/* A good machine with a heap "system", and nothing else. */
void fake_reset(void);

/* Fixtures: fake_reset(), and fake_reset() after fake_check_balanced(). */
int fake_setup(void **state);
int fake_teardown(void **state);

/* Nodes live until fake_reset(). Contents are a pattern without a period. */
struct fake_node *fake_add(enum fake_kind kind, const char *path,
			   uint64_t size);
struct fake_node *fake_add_heap(const char *name);
struct fake_node *fake_find(const char *path);
void fake_remove(struct fake_node *node);
/* Longer, by zeroes, or shorter. */
void fake_resize(struct fake_node *node, uint64_t size);
unsigned char fake_pattern(uint64_t offset);
/* So many bytes of it from an offset on; most are computed once. */
void fake_fill(unsigned char *bytes, uint64_t offset, uint64_t length);

/* Change what the library may be waiting for in another thread. */
void fake_set(bool *what, bool value);

/* A machine with /dev/udmabuf, and its limit as the kernel sets it. */
struct fake_node *fake_add_udmabuf(void);
/* Let all threads run that have been started and have not. */
void fake_run_threads(void);

/* Set the text of a file of /proc, /sys or a cgroup, or the error of reading
 * it. The text stays the test's; NULL and 0: there is no such file any more. */
void fake_say(const char *path, const char *text, int code);

/* The page cache of a file. */
void fake_cache(struct fake_node *node, uint64_t offset, uint64_t length);
bool fake_cached(const struct fake_node *node, uint64_t offset);
/* Somebody has written other bytes, which are not on the disk yet. */
void fake_dirty(struct fake_node *node, uint64_t offset, uint64_t length);

/* Fds of the test, which the library must leave alone. */
int fake_open(struct fake_node *node, int flags);
void fake_close(int fd);
/* Open it as fd 0, until fake_reset(). */
void fake_open_stdin(struct fake_node *node);
uint64_t fake_position(int fd);
void fake_set_position(int fd, uint64_t position);
struct fake_node *fake_node_of(int fd);

/* The most bytes of buffers that have been mapped at one time. */
uint64_t fake_mapped_max(void);

/* The most reads and writes that have been in flight by one ring at a time, and their
 * bytes; since fake_reset() or fake_count_anew(). */
unsigned fake_in_flight_max(uint64_t *bytes);

/* Nothing is going on: no bracket, no read queued or in flight. */
void fake_check_quiet(void);
/* Nor is anything left: no ring, no mapping, no fd but the test's. */
void fake_check_balanced(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's ranges and options.
 * Hands on: what every stage needs to know of the load that is under way.
 * Always:   moved on by one thread at a time; what others may look at while it
 *           goes on is atomic.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/job.h>

#include "file/inode.h"
#include "file/residency.h"
#include "io/pool.h"
#include "io/seat.h"
#include "load/claim.h"
#include "plan/plan.h"
#include "report/stats.h"
#include "sys/sys.h"

struct owner;
struct path_ops;

/* The knowledge about reads by O_DIRECT; see path/fallback.h. */
enum directness { DIRECTNESS_UNKNOWN, DIRECTNESS_PROVEN };

/* A file of the load. */
struct load_file {
	struct dmaload_file *file;
	/* The claim on it. */
	struct claim claim;
	/* The first file of the load that is the same, opened more than once. */
	uint32_t same;
	/* A store, under the first: how it is written at the moment, and what of it
	 * has been written directly since that began. */
	enum inode_use use;
	struct intervals written;
	/* From the first to the last byte that is wanted of it. */
	struct interval bounds;
	/* The page cache, where the load comes to it. */
	struct residency residency;
	/* Chunks have been read by O_DIRECT, and whether that passed by the page
	 * cache is not known, or known. */
	enum directness directness;
	/* Up to here the pages to be read have been announced. */
	uint64_t announced;
	/* How much one call of read(2) is for; 0: not known yet. */
	uint32_t piece;
	/* Reads are to drop themselves what they bring in. */
	bool drop;
};

/* A buffer of the load. */
struct load_buffer {
	struct dmaload_buffer *buffer;
	struct claim claim;
	/* It has ranges of this level, and of none that is higher. */
	uint32_t last_level;
	bool begun;
	/* It has ranges of the level that is being published. */
	bool ending;
	/* There was no dma-buf yet to begin with. */
	bool early;
};

/* A file and a buffer, and the path that moves the bytes of the one to the other. */
struct route {
	uint32_t file;
	uint32_t buffer;
	/* Its extents lie in the plan from first up to last. */
	size_t first;
	size_t last;
	/* The path that was chosen, NULL: none yet; and the next to be tried. */
	const struct path_ops *path;
	size_t next;
	struct geometry geometry;
	/* It goes the way that is the faster one for the buffer, and helps to find that
	 * out; see path/path_benchmark.h. */
	bool follows;
	bool benchmarking;
	/* Chunks of this path after which the page cache could have been looked at,
	 * and the part of the file that they lie in. */
	uint64_t checked_chunks;
	struct interval moved;
	/* The file system was found to read through the page cache. */
	bool fell_back;
};

/* Ranges of one priority. */
struct level {
	/* The first of them among the wants. */
	size_t first;
	uint64_t left;
};

/* The state of a store: ends of ranges that wait until all else of their
 * priority is written. */
struct store {
	struct chunk *edges;
	size_t n_edges;
	size_t room;
	/* Their wanted bytes. */
	uint64_t bytes;
};

/* The request, checked; not changed any more. */
struct request {
	enum dmaload_operation operation;
	/* It only finds out the path. */
	bool probes;
	/* Somebody is going to look at the report. */
	bool reports;
	struct dmaload_options options;
	/* Sorted, as they are to be read. */
	struct request_range *ranges;
	size_t n_ranges;
};

struct load {
	struct request request;
	/* Its place at the engine, and its figures. */
	struct seat seat;
	struct stats stats;
	/* The context that it is of; see job/claims.h. */
	struct owner *owner;
	/* Where a failure is explained. */
	struct dmaload_error *err;

	struct level *levels;
	struct load_file *files;
	uint32_t n_files;
	struct load_buffer *buffers;
	uint32_t n_buffers;
	struct route *routes;
	uint32_t n_routes;
	/* The length of a stream is not known, and has not shown yet. */
	bool open_ended;

	struct plan plan;
	/* Atomic, since the length of a stream shows only at its end. */
	_Atomic uint64_t total;
	struct store store;

	/* Others are not to wait for what it does next: it needs a thread of its own. */
	bool slow;
	/* 0 while all is well, or -errno. */
	int outcome;
	/* A chunk's worth of memory, for what is read neither in place nor by the
	 * ring. */
	struct pool stage;

	/* For other threads: bytes in their place, before the first gap, and levels
	 * that are complete. */
	_Atomic uint64_t done;
	_Atomic uint64_t prefix;
	_Atomic uint32_t published;
	/* An earlier load that has to end before this one may begin; for any thread. And
	 * the next one that waits; see job/claims.c. */
	_Atomic(struct load *) blocker;
	struct load *next_waiting;

	/* From other threads: 0, or the code to stop with; and what wakes a wait
	 * for a stream, an eventfd or -1. */
	_Atomic int stop;
	int wake_fd;

	/* For a store that has begun, SIGXFSZ is not delivered to its
	 * thread. */
	struct sys_hold signal;
	bool signal_held;
};

static inline struct load_file *load_file_of(struct load *load, uint32_t route)
{
	return &load->files[load->routes[route].file];
}

static inline struct dmaload_buffer *load_buffer_of(struct load *load,
						    uint32_t route)
{
	return load->buffers[load->routes[route].buffer].buffer;
}

/* Ranges that are complete; for any thread. */
static inline size_t load_complete(const struct load *load)
{
	/* Not in the brackets: there gcc 12 reads it like any other object. */
	const uint32_t published = load->published;

	return load->levels[published].first;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's ranges and options.
 * Hands on: the state of a load in progress, for every stage.
 * Always:   one thread at a time moves a load on. Members that other threads
 *           read meanwhile are atomic.
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

/* Direct reads are known to bypass the page cache, or not; see
 * path/fallback.h. */
enum directness { DIRECTNESS_UNKNOWN, DIRECTNESS_PROVEN };

/* A file of the load. */
struct load_file {
	struct dmaload_file *file;
	struct claim claim;
	/* The first file of the load with the same inode. */
	uint32_t same;
	/* For stores, in the first file of an inode: how it is being written,
	 * and what was written directly since then. */
	enum inode_use use;
	struct intervals written;
	/* From the first to the last requested byte. */
	struct interval bounds;
	/* The residency of the parts that the load has reached. */
	struct residency residency;
	enum directness directness;
	/* The end of the pages that were announced to the kernel. */
	uint64_t announced;
	/* The length of one read(2) or write(2); 0: not known yet. */
	uint32_t piece;
	/* Reads must drop the pages that they read in. */
	bool drop;
};

/* A buffer of the load. */
struct load_buffer {
	struct dmaload_buffer *buffer;
	struct claim claim;
	/* The last level with ranges in the buffer. */
	uint32_t last_level;
	bool begun;
	/* The buffer has ranges of the level that is being published. */
	bool ending;
	/* The load began before there was a dma-buf. */
	bool early;
};

/* A pair of a file and a buffer, and the path that moves the bytes between
 * them. */
struct route {
	uint32_t file;
	uint32_t buffer;
	/* The route's extents lie in the plan from first up to last. */
	size_t first;
	size_t last;
	/* The chosen path, or NULL; and the index of the next path to try. */
	const struct path_ops *path;
	size_t next;
	/* The path that it took last, or NULL. */
	const struct path_ops *taken;
	struct geometry geometry;
	/* The route takes the path that is faster for its buffer; and takes
	 * part in the benchmark: see path/path_benchmark.h. */
	bool follows;
	bool benchmarking;
	/* How many chunks fallback.c may have checked, and the bounds of the
	 * bytes that were moved. */
	uint64_t checked_chunks;
	struct interval moved;
	/* The file system was found to read through the page cache. */
	bool fell_back;
};

/* The ranges of one priority. */
struct level {
	/* Its first range in request.ranges. */
	size_t first;
	uint64_t left;
};

/* The state of a store: the edges, which wait until everything else of their
 * priority is written. */
struct store {
	struct chunk *edges;
	size_t n_edges;
	size_t room;
	/* The requested bytes of the edges. */
	uint64_t bytes;
};

/* The checked request; it does not change any more. */
struct request {
	enum dmaload_operation operation;
	/* Only choose the path. */
	bool probes;
	/* The caller requests a report. */
	bool reports;
	struct dmaload_options options;
	/* Without a function, and with unit 0, there is none. */
	struct dmaload_transform transform;
	/* Sorted in the order of reading. */
	struct request_range *ranges;
	size_t n_ranges;
};

struct load {
	struct request request;
	/* Its seat at the engine, and its statistics. */
	struct seat seat;
	struct stats stats;
	/* The context of the load; see job/claims.h. */
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
	/* The length of a stream is still unknown. */
	bool open_ended;

	struct plan plan;
	/* Atomic, since the length of a stream shows only at its end. */
	_Atomic uint64_t total;
	struct store store;

	/* The next step would make other loads wait, so the load needs its own
	 * thread. */
	bool slow;
	/* 0, or the -errno of the first failure. */
	int outcome;
	/* Memory for one chunk that is read neither in place nor by the
	 * ring. */
	struct pool stage;
	/* Bytes of a stream, at the beginning of the stage, that do not make up
	 * a unit yet. */
	uint32_t carried;

	/* For other threads: the bytes that have arrived, those before the
	 * first gap, and the complete levels. */
	_Atomic uint64_t done;
	_Atomic uint64_t prefix;
	/* The path of the bytes that have arrived last. */
	_Atomic uint32_t path;
	_Atomic uint32_t published;
	/* The earlier load that must end before this one may begin, for any
	 * thread; and the next load in the list of waiting loads: see
	 * job/waiting.c. */
	_Atomic(struct load *) blocker;
	struct load *next_waiting;

	/* Other threads set these: 0, or the code to stop with; and an eventfd
	 * that ends a wait for a stream, or -1. */
	_Atomic int stop;
	int wake_fd;

	/* While a store runs, its thread does not get SIGXFSZ. */
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

/* Return true if the bytes are compared, or given to the caller: then none is
 * read into a buffer. */
static inline bool load_inspects(const struct load *load)
{
	return load->request.operation == DMALOAD_VERIFY ||
	       load->request.transform.function;
}

/* Return true if the bytes go to the caller alone. */
static inline bool load_redirects(const struct load *load)
{
	return load->request.transform.function &&
	       !(load->request.transform.flags & DMALOAD_PIECES_COPIED);
}

/* Return true if the caller gets the bytes beside the buffer. */
static inline bool load_shows(const struct load *load)
{
	return load->request.transform.flags & DMALOAD_PIECES_COPIED;
}

/* Return true if several threads may give bytes to the caller. */
static inline bool load_works_at_once(const struct load *load)
{
	return load->request.transform.flags & DMALOAD_PIECES_AT_ONCE;
}

/* Return true if another thread may be in the function, and no second one may be:
 * the library copies meanwhile. */
static inline bool load_is_serial_elsewhere(const struct load *load)
{
	return load->seat.given > 0 && !load_works_at_once(load);
}

/* Return the number of complete ranges, for any thread. */
static inline size_t load_complete(const struct load *load)
{
	/* A local variable, since gcc 12 reads it without atomicity inside the
	 * brackets. */
	const uint32_t published = load->published;

	return load->levels[published].first;
}

#endif

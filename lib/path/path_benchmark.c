/* SPDX-License-Identifier: MIT */
/*
 * Which is faster, direct or bounce?
 *
 * Copying less is not always faster. A disk accepts a limited number of
 * segments a request, and each page of a buffer may be one. Reads into
 * scattered pages can run at a third of the disk's speed, and reads into the
 * pool at all of it. Base pages that happen to be neighbors lie in between, and
 * an NVMe disk may show no difference.
 *
 * A process cannot see how a buffer's pages lie. So both ways are measured on
 * the first bytes of a long load, or of many short ones. Everything after that
 * goes the faster way.
 *
 * The buffer remembers the result, since it depends on its pages; for one disk
 * at a time. Only time with something in flight counts, so pauses between loads
 * do not matter.
 *
 * Huge pages need no measurement. Direct does the least work there, and where
 * bounce was as fast at best, it took five times the CPU (doc/performance.md).
 */
#include "path/path_benchmark.h"

#include <pthread.h>

#include "buffer/buffer.h"
#include "buffer/pages.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/path.h"

/* How much of the read bytes is inspected to know the kind of the pages. */
#define INSPECT_BYTES ((uint64_t)32 << 20)

/* A read shorter than this fraction of a chunk takes as long into any pages. */
#define SHORT(chunk) ((chunk) / 4)

/* Protects the benchmarks of all buffers. It is held for arithmetic only. */
static pthread_mutex_t benchmarks_lock = PTHREAD_MUTEX_INITIALIZER;

static void lock(void)
{
	pthread_mutex_lock(&benchmarks_lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&benchmarks_lock);
}

/* A child of fork() may use the buffers, so it must not inherit a locked
 * lock. */
static void handle_forks(void)
{
	pthread_atfork(lock, unlock, unlock);
}

static struct dmaload_buffer *buffer_of(const struct load *load,
					const struct route *route)
{
	return load->buffers[route->buffer].buffer;
}

static uint64_t disk_of(const struct load *load, const struct route *route)
{
	return load->files[route->file].file->dev;
}

static uint64_t pool_bytes(const struct load *load)
{
	const struct engine *engine = load->seat.engine;

	return (uint64_t)engine->chunk_bytes * engine->queue_depth;
}

/* Return the bytes of a route in extents long enough to be slow in scattered
 * pages. */
static uint64_t long_bytes(const struct load *load, const struct route *route)
{
	const struct extent *extents = load->plan.extents;
	uint64_t bytes = 0;
	size_t i;

	for (i = route->first; i < route->last; i++)
		if (&load->routes[extents[i].route] == route &&
		    extents[i].length >= SHORT(load->seat.engine->chunk_bytes))
			bytes += extents[i].length;
	return bytes;
}

/* The pages of a chunk that was read are populated, even if the buffer is still
 * being populated. */
static bool in_huge_pages(struct load *load, const struct chunk *chunk)
{
	const uint64_t end = chunk->buffer_offset + chunk->length;
	const uint64_t start = end > INSPECT_BYTES ? end - INSPECT_BYTES : 0;
	struct pages pages;

	return pages_inspect((char *)load_buffer_of(load, chunk->route)->map + start,
			     end - start, &pages) == 0 &&
	       pages_kind(&pages) == DMALOAD_PAGES_TRANSPARENT;
}

static struct benchmark query(struct load *load, const struct route *route)
{
	struct benchmark benchmark;

	lock();
	benchmark = buffer_of(load, route)->benchmark;
	unlock();
	return benchmark;
}

static void give_up(struct load *load, struct route *route)
{
	route->benchmarking = false;
	lock();
	benchmark_decide(&buffer_of(load, route)->benchmark, WAY_DIRECT);
	unlock();
}

static void report(struct load *load, const struct route *route,
		   const struct benchmark *benchmark)
{
	const uint64_t direct = benchmark->laps[WAY_DIRECT].rate;
	const uint64_t bounced = benchmark->laps[WAY_BOUNCE].rate;

	if (direct == 0 || bounced == 0)
		return;
	stats_rates(&load->stats, direct, bounced);
	if (benchmark->way == WAY_BOUNCE)
		path_decline(load, DMALOAD_PATH_DIRECT, "bounce is faster "
			     "here, measured on the first bytes: %.2f GB/s, "
			     "and %.2f directly into the %s buffer",
			     (double)bounced / 1e9, (double)direct / 1e9,
			     buffer_of(load, route)->label);
}

/* Use the way that the buffer's loads use now. */
static int follow(struct load *load, struct route *route)
{
	const struct benchmark benchmark = query(load, route);
	const struct path_ops *path = benchmark.way == WAY_BOUNCE ? &path_bounce :
								  &path_direct;
	int r = 0;

	if (route->path != path)
		r = path_switch(load, route, path, benchmark.state == BENCHMARK_RUNNING ?
				"its speed is measured" : "chosen by the measured speeds");
	/* Without memory for a pool, the route stays direct and the report says
	 * why. */
	if (r != 0)
		give_up(load, route);
	else if (benchmark.state == BENCHMARK_DONE)
		report(load, route, &benchmark);
	route->benchmarking &= benchmark.state == BENCHMARK_RUNNING;
	return r < 0 ? r : 0;
}

int path_benchmark_begin(struct load *load, struct route *route)
{
	struct benchmark *benchmark = &buffer_of(load, route)->benchmark;
	const uint64_t bytes = long_bytes(load, route);
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (load->request.operation != DMALOAD_LOAD || load->request.probes ||
	    !(load->request.options.paths & DMALOAD_ALLOW_BOUNCE) || route->follows ||
	    bytes == 0)
		return 0;
	route->follows = true;
	pthread_once(&once, handle_forks);
	lock();
	benchmark_enter(benchmark, disk_of(load, route), bytes,
			pool_bytes(load));
	route->benchmarking = benchmark->state == BENCHMARK_RUNNING;
	unlock();
	return follow(load, route);
}

static bool count(struct load *load, const struct route *route,
		  const struct chunk *chunk)
{
	const uint64_t now = engine_busy_ns(load->seat.engine);
	bool ended;

	lock();
	ended = benchmark_count(&buffer_of(load, route)->benchmark,
				disk_of(load, route),
				chunk->in_place ? WAY_DIRECT : WAY_BOUNCE,
				chunk->wanted, now, pool_bytes(load));
	unlock();
	return ended;
}

int path_benchmark_note(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct route *route = &load->routes[chunk->route];
	struct benchmark *benchmark = &buffer_of(load, route)->benchmark;

	if (!route->follows || chunk->cached ||
	    (!chunk->in_place && slot->path != DMALOAD_PATH_BOUNCE))
		return 0;
	/* A path declined, and the route uses another one. */
	if (route->path != &path_direct && route->path != &path_bounce) {
		route->follows = route->benchmarking = false;
		return 0;
	}
	if (count(load, route, chunk)) {
		if (chunk->in_place && in_huge_pages(load, chunk)) {
			give_up(load, route);
			return 0;
		}
		lock();
		benchmark_next(benchmark);
		unlock();
	}
	return route->benchmarking ? follow(load, route) : 0;
}

/* The pool may be refused even if the buffer can be used. */
bool path_benchmark_end(struct load *load, const struct slot *slot)
{
	struct route *route = &load->routes[slot->chunk.route];

	if (!route->benchmarking)
		return false;
	give_up(load, route);
	return slot->path == DMALOAD_PATH_BOUNCE &&
	       path_switch(load, route, &path_direct,
			   stats_reason(&load->stats, DMALOAD_PATH_BOUNCE)) == 0;
}

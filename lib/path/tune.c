/* SPDX-License-Identifier: MIT */
/*
 * Large loads are measured as they go, to find the read length and depth that
 * suit the disk (io/tuning.c). Smaller ones use what is known by then.
 *
 * Small loads are left alone: they gain nothing, and a load of one chunk must
 * stay one. So are loads of many small ranges, where the ranges determine the
 * length of a read.
 */
#include "path/tune.h"

#include "buffer/buffer.h"
#include "file/file.h"
#include "file/inode.h"
#include "io/disk.h"
#include "io/engine.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/path.h"
#include "sys/filter.h"

/* In units of the bytes that may be in flight: the size of a load that is
 * measured, 384 MiB by default, and of a load that uses the result. */
#define LONG 64u
#define SHORT 4u

/* The longest unit of a transform for which reads may get shorter. */
#define UNIT_MAX 32768u

/* The average extent of such a load, in chunks. */
#define EXTENT_CHUNKS 4u

static uint64_t pool_bytes(const struct engine *engine)
{
	return (uint64_t)engine->chunk_bytes * engine->queue_depth;
}

static bool may_tune(const struct load *load, const struct route *route)
{
	const struct engine *engine = load->seat.engine;
	const struct plan *plan = &load->plan;

	/* A unit and a block must fit into the shortest read. */
	return (engine->any_chunk || engine->any_depth) &&
	       load->request.operation == DMALOAD_LOAD &&
	       load->request.transform.unit <= UNIT_MAX &&
	       (route->path == &path_direct || route->path == &path_bounce) &&
	       plan->total >= SHORT * pool_bytes(engine) &&
	       plan->total / plan->count >=
			EXTENT_CHUNKS * (uint64_t)engine->chunk_bytes;
}

static bool is_long(const struct load *load)
{
	return load->plan.total >= LONG * pool_bytes(load->seat.engine);
}

static bool is_scattered(const struct load *load, const struct route *route)
{
	const struct dmaload_buffer *buffer = load->buffers[route->buffer].buffer;

	if (route->path == &path_bounce)
		return load->stats.report.pool_pages ==
		       DMALOAD_PAGES_BASE;
	return buffer_is_made(buffer) && buffer->pages_code == 0 &&
	       !buffer->reserved && pages_kind(&buffer->pages) == DMALOAD_PAGES_BASE;
}

static struct tuner_key key_of(const struct load *load, const struct route *route)
{
	return (struct tuner_key){
		.disk = load->files[route->file].file->inode->dev,
		.in_place = route->path == &path_direct,
		.scattered = is_scattered(load, route),
	};
}

/* Query the disk's limits only when a load is worth it. There are none without
 * sysfs, nor under a filter, where opening a file might be forbidden. */
static bool find_point(const struct load *load, const struct tuner_key *key,
		       struct tuning_point *point)
{
	struct disk_limits limits = { 0 };

	if (engine_point(&load->seat, key, point))
		return true;
	if (!is_long(load))
		return false;
	if (filter_permits(DMALOAD_SYSCALLS_ALL))
		limits = disk_limits(key->disk);
	engine_learn(&load->seat, key, &limits);
	return engine_point(&load->seat, key, point);
}

void tune_route(struct load *load, struct route *route)
{
	const struct engine *engine = load->seat.engine;
	struct tuning_point point = {
		engine->chunk_bytes, engine->queue_depth, 0
	};
	struct tuner_key key;
	bool known = false;

	if (may_tune(load, route)) {
		key = key_of(load, route);
		known = find_point(load, &key, &point) &&
			point.chunk_bytes >= route->geometry.block;
	}
	load->seat.bytes_max = known ? point_bytes(&point) : 0;
	if (known)
		route->geometry.chunk = point.chunk_bytes;
	stats_point(&load->stats, route->geometry.chunk, point.depth);
}

void tune_note(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct route *route = &load->routes[chunk->route];
	struct tuner_key key;

	/* First find out whether direct or bounce is faster. */
	if (chunk->cached || !may_tune(load, route) || !is_long(load) ||
	    route->benchmarking || route->path->id != slot->path)
		return;
	key = key_of(load, route);
	engine_note(&load->seat, &key, chunk->wanted, load->total - load->done);
}

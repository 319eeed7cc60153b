/* SPDX-License-Identifier: MIT */
/*
 * Loads that are large are measured as they go, and find out how the disk is read best
 * (io/tuning.c). Smaller ones are read in the same way, if that is known by then.
 *
 * Not small ones: nothing is gained, and a load of one chunk is to stay one. Nor those of
 * many small ranges, where it is the ranges that decide how long a read is.
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

/* In what may be in flight: loads that are large enough to learn from, 384 MiB, and to be
 * read as others were found to be read best. */
#define LONG 64u
#define SHORT 4u

/* An extent on average, in chunks. */
#define EXTENT_CHUNKS 4u

static uint64_t pool_bytes(const struct engine *engine)
{
	return (uint64_t)engine->chunk_bytes * engine->queue_depth;
}

static bool may_tune(const struct load *load, const struct route *route)
{
	const struct engine *engine = load->seat.engine;
	const struct plan *plan = &load->plan;

	return (engine->any_chunk || engine->any_depth) &&
	       load->request.operation == DMALOAD_LOAD &&
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

/* A disk's limits are asked for when a load is worth it. Without the files of sysfs, and
 * under a filter, where nobody knows what may be opened, it has none. */
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

	/* The two ways are compared with each other first. */
	if (chunk->cached || !may_tune(load, route) || !is_long(load) ||
	    route->benchmarking || route->path->id != slot->path)
		return;
	key = key_of(load, route);
	engine_note(&load->seat, &key, chunk->wanted, load->total - load->done);
}

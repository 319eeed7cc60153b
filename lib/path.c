/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "buffer.h"
#include "engine.h"
#include "error.h"
#include "file.h"
#include "footprint.h"
#include "load.h"
#include "ring.h"
#include "sink.h"
#include "sys.h"
#include "text.h"

/* For a file, in the order in which they are tried. */
static const struct path_ops *const paths[] = {
	&path_direct,
	&path_bounce,
	&path_buffered,
};

#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

/* A stream has one way to be read, as has what is in the page cache. */
static const struct path_ops *const all[] = {
	&path_direct,
	&path_bounce,
	&path_buffered,
	&path_cached,
	&path_stream,
};

const char *dmaload_path_name(enum dmaload_path path)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->id == path)
			return all[i]->name;
	return NULL;
}

int path_decline(struct load *load, enum dmaload_path path, const char *format,
		 ...)
{
	va_list args;

	va_start(args, format);
	text_vformat(load->report.declined[path], DMALOAD_REASON_SIZE, format,
		     args);
	va_end(args);
	return PATH_DECLINED;
}

int path_switch(struct load *load, struct route *route,
		const struct path_ops *path)
{
	const struct geometry before = route->geometry;
	int r;

	r = path->open(load, route);
	if (r == 0)
		r = path->probe(load, route);
	if (r == 0) {
		route->path = path;
		route->judged = 0;
	} else {
		route->geometry = before;
	}
	return r;
}

static int all_declined(struct load *load, const struct route *route,
			const struct path_ops *last)
{
	return fail(load->err, -EOPNOTSUPP, "%s cannot be %s by any path that "
		    "was allowed; %s: %s", load->files[route->file].file->name,
		    load->operation == DMALOAD_STORE ? "stored" : "loaded",
		    last->name, load->report.declined[last->id]);
}

void path_leave_direct_io(struct load *load, struct route *route)
{
	size_t i;

	for (i = 0; i < N_PATHS; i++) {
		if (!(load->options.paths & DMALOAD_PATH_BIT(paths[i]->id)))
			continue;
		if (paths[i] != &path_buffered) {
			path_decline(load, paths[i]->id, "the file system took "
				     "O_DIRECT and read %s through the page cache",
				     load->files[route->file].file->name);
			continue;
		}
		route->next = i;
		route->path = NULL;
	}
}

int path_choose(struct load *load, struct route *route)
{
	const struct path_ops *last = NULL;
	size_t i;
	int r = PATH_DECLINED;

	if (load->files[route->file].file->stream)
		return path_switch(load, route, &path_stream);
	while (r == PATH_DECLINED && route->next < N_PATHS) {
		const struct path_ops *path = paths[route->next++];

		if (!(load->options.paths & DMALOAD_PATH_BIT(path->id)))
			continue;
		last = path;
		r = path_switch(load, route, path);
	}
	/* The last one declined while it was at work. */
	for (i = N_PATHS; !last && i-- > 0;)
		if (load->options.paths & DMALOAD_PATH_BIT(paths[i]->id))
			last = paths[i];
	if (r == 0 && route->path == &path_direct)
		trial_begin(load, route);
	return r == PATH_DECLINED ? all_declined(load, route, last) : r;
}

int path_take(struct load *load, struct chunk *chunk,
	      const struct path_ops **path)
{
	const struct geometry from_cache = {
		.block = 1,
		.mem_align = 1,
		.chunk = load->bounce->chunk_bytes,
	};
	struct route *route;
	struct place place;
	bool cached;
	int r = 0;

	footprint_look(load);
	plan_peek(&load->plan, 0, &place);
	cached = plan_is_cached(&load->plan);
	route = &load->routes[place.route];
	if (!cached && !route->path)
		r = path_choose(load, route);
	if (r < 0)
		return r;
	plan_take(&load->plan, cached ? &from_cache : &route->geometry, chunk);
	*path = cached ? &path_cached : route->path;
	/* What is not whole cannot be written directly. */
	if (load->operation == DMALOAD_STORE && chunk->edge)
		*path = &path_buffered;
	return 0;
}

/*
 * A store writes its edges through the page cache, which reads and writes whole units:
 * pages, or blocks of the file system that are larger. What is written directly and
 * what is not never share one, as far as the chunks are long enough.
 */
uint32_t path_block(const struct load *load, const struct dmaload_file *file)
{
	const uint32_t page = (uint32_t)sys_page_size();
	uint32_t unit = (uint32_t)file->cache_unit;

	if (unit > load->bounce->chunk_bytes)
		unit = page;
	if (load->operation == DMALOAD_STORE && file->block < unit)
		return unit;
	return file->block;
}

int path_open_ring(struct load *load, struct route *route,
		   enum dmaload_path path)
{
	struct dmaload_file *file = load->files[route->file].file;
	char why[DMALOAD_REASON_SIZE];
	int r;

	r = engine_open(load, why, sizeof(why));
	if (r == 0)
		r = file_open_direct(file, why, sizeof(why));
	if (error_is_shortage(r))
		return fail(load->err, r, "%s", why);
	if (r < 0)
		return path_decline(load, path, "%s", why);
	if (path_block(load, file) > load->bounce->chunk_bytes)
		return path_decline(load, path, "direct I/O on %s wants blocks "
				    "of %u bytes, more than the chunks' %u",
				    file->name, path_block(load, file),
				    load->bounce->chunk_bytes);
	return 0;
}

static const char *why_unregistered(int code)
{
	switch (code) {
	case -ENOMEM: return ": RLIMIT_MEMLOCK is too low";
	case -EOPNOTSUPP: return ": threads pin at each read";
	default: return "";
	}
}

/*
 * Registering pins the pool once and not again at each read. It is charged to
 * RLIMIT_MEMLOCK, and may be refused: then each read pins for itself, which is
 * slower by little.
 */
static void offer_pool(struct load *load)
{
	struct dmaload_report *report = &load->report;
	const struct pool *pool = &load->bounce->pool;
	int r;

	r = ring_register(load->ring, pool->memory, pool->bytes);
	load->pool_offered = true;
	report->pool_registered = r == 0;
	if (r < 0)
		snprintf(report->unregistered, sizeof(report->unregistered),
			 "%s (%s)%s", error_name(r), error_text(r),
			 why_unregistered(r));
}

static bool any_direct(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_routes; i++)
		if (load->routes[i].path == &path_direct)
			return true;
	return false;
}

/*
 * The context's pool. One that is smaller than was wanted is made anew, since memory
 * may have become free; before this load has read anything into it.
 */
static int settle_pool(struct load *load, enum dmaload_path path)
{
	const struct bounce *bounce = load->bounce;
	struct pool *pool = &load->bounce->pool;
	char refused[DMALOAD_REASON_SIZE - 48] = "";
	int r = 0;

	if (load->pool_settled)
		return 0;
	if (pool->memory && pool->slots < bounce->queue_depth)
		pool_finish(pool);
	if (!pool->memory)
		r = pool_init_most(pool, bounce->queue_depth, bounce->chunk_bytes,
				   refused, sizeof(refused));
	if (r < 0)
		return path_decline(load, path, "no memory for the bounce pool: "
				    "%s", refused);
	load->pool_settled = true;
	load->pump.limit = pool->slots;
	if (refused[0])
		snprintf(load->report.pool_reduced,
			 sizeof(load->report.pool_reduced),
			 "to %zu bytes: %s", pool->bytes, refused);
	return 0;
}

int path_need_pool(struct load *load, enum dmaload_path path)
{
	const struct pool *pool = &load->bounce->pool;
	int r;

	r = settle_pool(load, path);
	if (r != 0)
		return r;
	/* Beside reads in place it is not registered, which would keep it pinned: so
	 * no more is pinned at a time than the queue is deep. */
	if (!load->pool_offered && path == DMALOAD_PATH_BOUNCE &&
	    !any_direct(load))
		offer_pool(load);
	load->report.pool_pages = pool->pages;
	return 0;
}

/* What is to be stored is copied before; what is loaded, when it has arrived. */
int path_move_by_ring(struct load *load, struct transfer *transfer)
{
	if (load->operation == DMALOAD_STORE && !transfer->chunk.in_place)
		sink_get(load, &transfer->chunk,
			 transfer_memory(load, transfer));
	if (transfer->chunk.in_place)
		buffer_follow(load_buffer_of(load, transfer->chunk.route),
			      transfer->chunk.buffer_offset +
			      transfer->chunk.length);
	transfer_queue(load, transfer);
	return PATH_QUEUED;
}

int path_need_stage(struct load *load, const struct dmaload_file *file)
{
	int r;

	if (load->stage.memory)
		return 0;
	r = pool_init(&load->stage, 1, load->bounce->chunk_bytes);
	if (r < 0)
		return fail(load->err, r, "no memory to stage %s: %s",
			    file->name, error_text(r));
	return 0;
}

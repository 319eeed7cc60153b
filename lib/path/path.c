/* SPDX-License-Identifier: MIT */
#include "path/path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/ring.h"
#include "load/load.h"
#include "path/cache_cleanup.h"
#include "path/sink.h"
#include "path/path_benchmark.h"
#include "path/tune.h"
#include "report/trace.h"
#include "sys/error.h"
#include "sys/sys.h"

/* The paths of a file, in the order in which they are tried. */
static const struct path_ops *const paths[] = {
	&path_direct,
	&path_bounce,
	&path_buffered,
};

#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

/* All paths; streams and resident pages have only one each. */
static const struct path_ops *const all[] = {
	&path_direct,
	&path_bounce,
	&path_buffered,
	&path_cached,
	&path_stream,
};

const char *dmaload_path_name(uint32_t path)
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
	stats_decline(&load->stats, path, format, args);
	va_end(args);
	trace_decline(load, path, stats_reason(&load->stats, path));
	return PATH_DECLINED;
}

static void note_taken(const struct load *load, struct route *route,
		       const char *reason)
{
	if (route->taken != route->path)
		trace_path(load, load->files[route->file].file->name,
			   route->taken ? route->taken->name : "",
			   route->path->name, reason);
	route->taken = route->path;
}

int path_switch(struct load *load, struct route *route,
		const struct path_ops *path, const char *reason)
{
	const struct geometry before = route->geometry;
	int r = 0;

	if (path->open)
		r = path->open(load, route);
	if (r == 0)
		r = path->probe(load, route);
	if (r == 0) {
		route->path = path;
		route->checked_chunks = 0;
		note_taken(load, route, reason);
	} else {
		route->geometry = before;
	}
	return r;
}

static int all_declined(struct load *load, const struct route *route,
			const struct path_ops *last)
{
	return fail(load->err, -EOPNOTSUPP, "%s cannot be %s by any permitted "
		    "path; %s: %s", load->files[route->file].file->name,
		    load->request.operation == DMALOAD_STORE ? "stored" : "loaded",
		    last->name, stats_reason(&load->stats, last->id));
}

/* The flags DMALOAD_ALLOW_* are in the order of enum dmaload_path. */
static bool is_allowed(const struct load *load, const struct path_ops *path)
{
	return load->request.options.paths & 1u << path->id;
}

void path_leave_direct_io(struct load *load, struct route *route)
{
	size_t i;

	for (i = 0; i < N_PATHS; i++) {
		if (!is_allowed(load, paths[i]))
			continue;
		if (paths[i] != &path_buffered) {
			path_decline(load, paths[i]->id, "the file system "
				     "accepted O_DIRECT and read %s through "
				     "the page cache",
				     load->files[route->file].file->name);
			continue;
		}
		route->next = i;
		route->path = NULL;
	}
}

bool path_is_ringless(const struct load *load)
{
	uint32_t i;

	if (load->request.options.paths == DMALOAD_ALLOW_BUFFERED)
		return true;
	for (i = 0; i < load->n_files; i++)
		if (!load->files[i].file->stream)
			return false;
	return true;
}

int path_choose(struct load *load, struct route *route)
{
	const char *reason = route->taken ?
		stats_reason(&load->stats, route->taken->id) : "";
	const struct path_ops *last = NULL;
	size_t i;
	int r = PATH_DECLINED;

	if (load->files[route->file].file->stream)
		return path_switch(load, route, &path_stream, reason);
	while (r == PATH_DECLINED && route->next < N_PATHS) {
		const struct path_ops *path = paths[route->next++];

		if (!is_allowed(load, path))
			continue;
		last = path;
		r = path_switch(load, route, path, reason);
	}
	/* The last path declined in the middle of the load. */
	for (i = N_PATHS; !last && i-- > 0;)
		if (is_allowed(load, paths[i]))
			last = paths[i];
	if (r == 0 && route->path == &path_direct)
		r = path_benchmark_begin(load, route);
	return r == PATH_DECLINED ? all_declined(load, route, last) : r;
}

int path_get(struct load *load, struct chunk *chunk,
	     const struct path_ops **path)
{
	const struct geometry from_cache = {
		.block = 1,
		.mem_align = 1,
		.chunk = load->seat.engine->chunk_bytes,
	};
	struct route *route;
	struct place place;
	bool cached;
	int r = 0;

	cache_cleanup_query(load);
	plan_peek(&load->plan, 0, &place);
	cached = plan_is_cached(&load->plan);
	route = &load->routes[place.route];
	if (!cached && !route->path) {
		engine_yield(&load->seat);
		r = path_choose(load, route);
	}
	if (r < 0)
		return r;
	if (!cached && (route->path == &path_direct || route->path == &path_bounce))
		tune_route(load, route);
	plan_get(&load->plan, cached ? &from_cache : &route->geometry, chunk);
	*path = cached ? &path_cached : route->path;
	/* A partial block cannot be written with O_DIRECT. */
	if (load->request.operation == DMALOAD_STORE && chunk->edge)
		*path = &path_buffered;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The story, in the order of the data: plan the reads, begin the CPU's access,
 * move the bytes, publish each complete priority, end the access, clean up the
 * page cache, report.
 *
 * A load moves on step by step, so that its thread can check for other work in
 * between; see run.c.
 */
#include "io/engine.h"
#include "load/load.h"

#include <errno.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/pump.h"
#include "job/brackets.h"
#include "job/order.h"
#include "job/pages_note.h"
#include "job/pipeline.h"
#include "job/progress.h"
#include "job/publish.h"
#include "job/store.h"
#include "job/story.h"
#include "load/outcome.h"
#include "path/cache_cleanup.h"
#include "path/path.h"
#include "report/trace.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Copy from the page cache what is at least this long; less is not worth a
 * chunk of its own. */
#define CACHED_MIN(chunk) ((chunk) / 4)

/* Reads with O_DIRECT do not come from the page cache. */
static const struct intervals *to_copy(const struct load_file *load_file)
{
	static const struct intervals nothing;

	return load_file->file->direct_only || load_file->file->stream ?
	       &nothing : &load_file->residency.before;
}

static int make_plan(struct load *load, bool from_cache)
{
	const struct intervals **resident = NULL;
	struct route *route;
	uint32_t i;
	size_t e;
	int r;

	if (from_cache) {
		resident = calloc(load->n_files, sizeof(*resident));
		for (i = 0; resident && i < load->n_files; i++)
			resident[i] = to_copy(&load->files[i]);
	}
	r = from_cache && !resident ? -ENOMEM :
	    plan_create(&load->plan, load->request.ranges, load->request.n_ranges,
			load->request.transform.unit, resident,
			CACHED_MIN(load->seat.engine->chunk_bytes));
	if (r < 0)
		return fail(load->err, r, "no memory to plan %zu ranges",
			    load->request.n_ranges);

	for (e = load->plan.count; e-- > 0;)
		load->routes[load->plan.extents[e].route].first = e;
	for (e = 0; e < load->plan.count; e++) {
		route = &load->routes[load->plan.extents[e].route];
		route->last = e + 1;
	}
	stats_extents(&load->stats, load->plan.count);
	return 0;
}

static int enter(struct load *load)
{
	int r;

	load->seat.ringless = path_is_ringless(load);
	r = engine_enter(&load->seat);
	return r < 0 ? fail(load->err, r, "no memory for the slots of a load") : 0;
}

static void note_begin(const struct load *load)
{
	static const char *const operations[] = {
		[DMALOAD_LOAD] = "load",
		[DMALOAD_STORE] = "store",
		[DMALOAD_VERIFY] = "verify",
	};
	const struct request *request = &load->request;

	trace_begin(load, request->probes ? "probe" : operations[request->operation],
		    load->files[0].file->name, request->n_ranges, load->total,
		    request->options.user_data);
}

int load_probe(struct load *load, enum dmaload_path *path)
{
	int r;

	load->request.probes = true;
	note_begin(load);
	r = make_plan(load, false);
	if (r == 0)
		r = enter(load);
	if (r == 0)
		r = path_choose(load, &load->routes[0]);
	if (r < 0)
		return r;
	*path = load->routes[0].path->id;
	if (*path == DMALOAD_PATH_DIRECT || *path == DMALOAD_PATH_BOUNCE)
		stats_engine(&load->stats, load->seat.pump->kind);
	return 0;
}

int load_begin(struct load *load)
{
	uint32_t i;
	int r;

	stats_leave_queue(&load->stats);
	note_begin(load);
	r = load_check_stop(load);
	if (r < 0)
		return r;
	r = make_plan(load, load->request.operation != DMALOAD_STORE &&
			    load->request.options.cache == DMALOAD_CACHE_AUTO);
	if (r == 0)
		r = enter(load);
	if (r == 0 && load->request.operation == DMALOAD_STORE)
		r = store_begin(load);
	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = bracket_begin(load, &load->buffers[i]);
	return r;
}

int load_step(struct load *load, bool *idle)
{
	int r;

	r = pipeline_step(load, idle);
	if (r >= 0 && load->request.operation == DMALOAD_STORE) {
		const size_t set_aside = load->store.n_edges;
		const int failed = store_edges(load);

		*idle &= load->store.n_edges == set_aside;
		r = failed < 0 ? pipeline_stop(load, failed) : r;
	}
	if (r == 0 && load->open_ended) {
		r = path_stream_end(load);
		*idle = false;
	}
	/* A failed chunk is not in flight any more, but its bytes are not
	 * there. */
	if (r >= 0)
		load->prefix = order_position(load);
	/* load_end() publishes the last one. */
	while (r > 0 && load->published + 1 < load->plan.levels &&
	       load->levels[load->published].left == 0) {
		const int failed = publish_next(load);

		/* Publishing may have waited for everything in flight. */
		*idle &= failed > 0;
		if (failed < 0)
			r = pipeline_stop(load, failed);
		if (failed > 0)
			break;
	}
	return r;
}

/* Stores, and loads that are about to publish ranges, wait for more than the
 * ring. */
bool load_is_idle(const struct load *load)
{
	const struct seat *seat = &load->seat;

	return seat->in_flight > 0 && !seat->arrived && !seat->blocked &&
	       seat->ring_failure == 0 && load->outcome == 0 && load->stop == 0 &&
	       load->request.operation != DMALOAD_STORE && !load->open_ended &&
	       load->request.options.deadline_ns == 0 &&
	       plan_is_empty(&load->plan) &&
	       (load->published + 1 >= load->plan.levels ||
		load->levels[load->published].left > 0);
}

int load_check_wakeups(struct load *load)
{
	int r;

	r = load->request.options.progress ? pipeline_pause(load) : 0;
	if (r == 0)
		r = progress_notify(load);
	engine_resume(&load->seat);
	return r < 0 ? pipeline_stop(load, r) : 0;
}

/* A load that succeeds returns with all its dma-bufs made. */
static int wait_until_made(struct load *load, struct load_buffer *load_buffer)
{
	const uint64_t read = sys_now();
	int r;

	r = dmaload_buffer_wait(load_buffer->buffer, load->err);
	stats_overlap(&load->stats, buffer_made_ns(load_buffer->buffer,
		      load->stats.started, read), sys_now() - read);
	return r;
}

int load_end(struct load *load, int result)
{
	struct load_buffer *load_buffer;
	uint32_t i;
	int r;

	/* It may compare what is on the disk with the buffers. */
	if (load->request.operation == DMALOAD_STORE && result == 0)
		result = store_settle(load);
	for (i = 0; i < load->n_buffers; i++) {
		load_buffer = &load->buffers[i];
		r = 0;
		if ((result == 0 || result == -ENODATA) && load_buffer->early)
			r = wait_until_made(load, load_buffer);
		result = r < 0 ? r : result;
		result = bracket_end(load, load_buffer, result);
		stats_make(&load->stats, buffer_made_ns(load_buffer->buffer, 0,
							UINT64_MAX));
	}
	pages_note(load);
	if (load->request.operation == DMALOAD_STORE)
		result = store_end(load, result);
	stats_end(&load->stats);
	if (load->plan.count > 0)
		cache_cleanup_finish(load, result);
	if (result == 0)
		load->published = load->plan.levels;
	trace_end(load, result, load->done, load->stats.report.total_ns,
		  result < 0 ? load->err->message : "");

	engine_leave(&load->seat);
	pool_finish(&load->stage);
	for (i = 0; i < load->n_files; i++)
		residency_finish(&load->files[i].residency);
	free(load->store.edges);
	load->store = (struct store){ .n_edges = 0 };
	plan_destroy(&load->plan);
	return result;
}

/* SPDX-License-Identifier: MIT */
#include "job/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "job/ranges.h"
#include "job/claims.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

#define PATHS_ALL \
	(DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED)

#define ORDERS (DMALOAD_PIECES_IN_ORDER | DMALOAD_PIECES_AT_ONCE)
#define FLAGS_ALL (ORDERS | DMALOAD_PIECES_COPIED)

static int check_transform(struct load *load,
			   const struct dmaload_transform *from)
{
	struct dmaload_transform *transform = &load->request.transform;
	const uint32_t unit_max = load->seat.engine->chunk_bytes / 2;

	if (load->request.operation != DMALOAD_LOAD)
		return fail(load->err, -EINVAL, "a transform is for a load only");
	if (!versioned_get(transform, sizeof(*transform), from) ||
	    (transform->flags & ~FLAGS_ALL) != 0)
		return fail(load->err, -EINVAL, "struct dmaload_transform has a "
			    "size, or values, that this version does not know");
	if ((transform->flags & ORDERS) == ORDERS)
		return fail(load->err, -EINVAL, "a transform gets its pieces in "
			    "order, or several at once, but not both");
	if (!transform->function)
		return fail(load->err, -EINVAL, "a transform needs a function");
	if (transform->unit == 0)
		transform->unit = 1;
	if (transform->unit > unit_max)
		return fail(load->err, -EINVAL, "a unit of %u bytes is longer "
			    "than half of a chunk: use a context with a "
			    "chunk_bytes of at least twice as much",
			    transform->unit);
	return 0;
}

static int take_options(struct load *load,
			const struct dmaload_options *options)
{
	struct dmaload_options *checked = &load->request.options;
	const struct dmaload_transform *transform;

	checked->size = sizeof(*checked);
	if (options && !versioned_get(checked, sizeof(*checked), options))
		return fail(load->err, -EINVAL, "struct dmaload_options has a "
			    "size, or members, that this version does not know");
	transform = checked->transform;
	checked->transform = NULL;
	return transform ? check_transform(load, transform) : 0;
}

static int check_options(struct load *load)
{
	/* Bytes that are compared, or given to the caller, are not read in place. */
	const uint32_t usable = load_inspects(load) ?
		PATHS_ALL & ~DMALOAD_ALLOW_DIRECT : PATHS_ALL;
	struct dmaload_options *checked = &load->request.options;

	if (checked->paths & ~PATHS_ALL)
		return fail(load->err, -EINVAL, "paths %#x has bits that name "
			    "no path to choose", checked->paths);
	if (checked->cache > DMALOAD_CACHE_KEEP || checked->reserved != 0 ||
	    (checked->flags & ~(DMALOAD_DURABLE | DMALOAD_URGENT |
				DMALOAD_RANGE_EVENTS)))
		return fail(load->err, -EINVAL, "cache %u, flags %#x or "
			    "reserved %u has a value that this version does not "
			    "know", checked->cache, checked->flags,
			    checked->reserved);
	if ((checked->flags & DMALOAD_RANGE_EVENTS) && !checked->events)
		return fail(load->err, -EINVAL, "DMALOAD_RANGE_EVENTS needs events "
			    "to report to");
	load->seat.ticket.urgent = checked->flags & DMALOAD_URGENT;
	checked->paths &= usable;
	if (checked->paths == 0)
		checked->paths = usable;
	if (checked->cache != DMALOAD_CACHE_KEEP || load->request.operation == DMALOAD_STORE)
		return 0;
	if (!(checked->paths & DMALOAD_ALLOW_BUFFERED))
		return fail(load->err, -EINVAL, "DMALOAD_CACHE_KEEP needs the "
			    "path buffered, which paths %#x excludes",
			    checked->paths);
	checked->paths = DMALOAD_ALLOW_BUFFERED;
	return 0;
}

static int check_ranges(struct load *load, const struct dmaload_range *ranges,
			size_t count)
{
	size_t i;
	int r = 0;

	load->request.ranges = calloc(count, sizeof(*load->request.ranges));
	load->request.n_ranges = count;
	if (!load->request.ranges)
		return fail(load->err, -ENOMEM, "no memory for %zu ranges",
			    count);
	for (i = 0; r == 0 && i < count; i++) {
		r = range_check(load, &ranges[i], &load->request.ranges[i]);
		load->request.ranges[i].index = i;
	}
	return r;
}

int request_check(struct load *load, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options)
{
	int r;

	load->wake_fd = -1;
	load->seat.stats = &load->stats;
	stats_begin(&load->stats, load->request.operation == DMALOAD_STORE);
	if (!ranges || count == 0)
		return fail(load->err, -EINVAL, "no range: a call needs at least one");
	r = take_options(load, options);
	if (r == 0)
		r = check_options(load);
	if (r == 0)
		r = check_ranges(load, ranges, count);
	if (r == 0)
		r = ranges_prepare(load, ranges);
	stats_requested(&load->stats, load->total, load->request.n_ranges);
	return r;
}

static bool has_stream(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_files; i++)
		if (load->files[i].file->stream)
			return true;
	return false;
}

int request_ref_all(struct load *load)
{
	uint32_t i;
	int r;

	if (has_stream(load)) {
		r = load->wake_fd = sys_event();
		if (r < 0)
			return fail(load->err, r, "cannot create an eventfd to "
				    "wait for a stream: %s", error_text(r));
	}
	r = claims_register(load, load->err);
	if (r < 0)
		return r;
	for (i = 0; i < load->n_buffers; i++)
		buffer_ref(load->buffers[i].buffer);
	for (i = 0; i < load->n_files; i++)
		file_ref(load->files[i].file);
	return 0;
}

void request_drop(struct load *load)
{
	uint32_t i;

	claims_drop(load);
	for (i = 0; i < load->n_buffers; i++)
		buffer_unref(load->buffers[i].buffer);
	for (i = 0; i < load->n_files; i++)
		file_unref(load->files[i].file);
	if (load->wake_fd >= 0)
		sys_close(load->wake_fd);
	load->wake_fd = -1;
}

void request_withdraw(struct load *load)
{
	request_drop(load);
	claims_wake();
}

void request_free(struct load *load)
{
	uint32_t i;

	if (load->wake_fd >= 0)
		sys_close(load->wake_fd);
	for (i = 0; i < load->n_buffers; i++)
		free(load->buffers[i].claim.intervals);
	for (i = 0; i < load->n_files; i++)
		free(load->files[i].claim.intervals);
	free(load->buffers);
	free(load->files);
	free(load->routes);
	free(load->levels);
	free(load->request.ranges);
}

/* SPDX-License-Identifier: MIT */
#include "job/ranges.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "job/id_map.h"
#include "load/load.h"
#include "sys/error.h"

/* Make room for one more element, by doubling the array. */
static int room_for(void **array, uint32_t count, size_t size)
{
	const size_t room = count ? 2 * (size_t)count : 1;
	void *more;

	if ((count & (count - 1)) != 0)
		return 0;
	more = room > SIZE_MAX / size ? NULL : realloc(*array, room * size);
	if (!more)
		return -ENOMEM;
	*array = more;
	return 0;
}

static int add_file(struct load *load, struct dmaload_file *file)
{
	if (room_for((void **)&load->files, load->n_files,
		     sizeof(*load->files)) < 0)
		return -ENOMEM;
	load->files[load->n_files++] = (struct load_file){
		.file = file,
		.bounds = { .start = UINT64_MAX },
		.claim.writes = load->request.operation == DMALOAD_STORE,
		.use = INODE_UNUSED,
	};
	return 0;
}

static int add_buffer(struct load *load, struct dmaload_buffer *buffer)
{
	if (room_for((void **)&load->buffers, load->n_buffers,
		     sizeof(*load->buffers)) < 0)
		return -ENOMEM;
	load->buffers[load->n_buffers++] = (struct load_buffer){
		.buffer = buffer,
		.claim.writes = load->request.operation == DMALOAD_LOAD &&
				buffer != &buffer_none,
	};
	stats_allocate(&load->stats, buffer->alloc_ns);
	return 0;
}

static int add_route(struct load *load, uint32_t file, uint32_t buffer)
{
	if (room_for((void **)&load->routes, load->n_routes,
		     sizeof(*load->routes)) < 0)
		return -ENOMEM;
	load->routes[load->n_routes++] = (struct route){
		.file = file,
		.buffer = buffer,
	};
	return 0;
}

/* Number files and buffers in the order of their first appearance. */
static int number(struct load *load, struct id_map *files,
		  struct id_map *buffers, struct id_map *routes,
		  const struct dmaload_range *range,
		  struct request_range *request_range)
{
	struct dmaload_buffer *used = range->buffer ? range->buffer : &buffer_none;
	uint32_t buffer;
	int r;

	r = id_map_find(files, range->file, NULL, &request_range->file);
	if (r > 0)
		r = add_file(load, range->file);
	if (r == 0)
		r = id_map_find(buffers, used, NULL, &buffer);
	if (r > 0)
		r = add_buffer(load, used);
	if (r == 0)
		r = id_map_find(routes, range->file, used,
				&request_range->route);
	if (r > 0)
		r = add_route(load, request_range->file, buffer);
	return r;
}

static int number_all(struct load *load, const struct dmaload_range *ranges)
{
	struct id_map files = { 0 }, buffers = { 0 }, routes = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->request.n_ranges; i++)
		r = number(load, &files, &buffers, &routes, &ranges[i],
			   &load->request.ranges[i]);
	id_map_finish(&files);
	id_map_finish(&buffers);
	id_map_finish(&routes);
	if (r < 0)
		return fail(load->err, r, "no memory for %zu ranges",
			    load->request.n_ranges);
	return 0;
}

static bool same_level(const struct request_range *a,
		       const struct request_range *b)
{
	return a->priority == b->priority;
}

static int make_levels(struct load *load)
{
	const struct request_range *ranges = load->request.ranges;
	struct load_buffer *buffer;
	struct load_file *file;
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < load->request.n_ranges; i++)
		n += i == 0 || !same_level(&ranges[i], &ranges[i - 1]);
	load->levels = calloc(n + (size_t)1, sizeof(*load->levels));
	if (!load->levels)
		return fail(load->err, -ENOMEM, "no memory for %u priorities", n);

	for (i = 0, n = 0; i < load->request.n_ranges; i++) {
		if (i > 0 && !same_level(&ranges[i], &ranges[i - 1]))
			load->levels[++n].first = i;
		if (ranges[i].length > UINT64_MAX - load->total)
			return fail(load->err, -EOVERFLOW, "the lengths of %zu "
				    "ranges together exceed 64 bits",
				    load->request.n_ranges);
		load->levels[n].left += ranges[i].length;
		load->total += ranges[i].length;
		buffer = &load->buffers[load->routes[ranges[i].route].buffer];
		buffer->last_level = n;
		buffer->claim.count++;
		file = &load->files[ranges[i].file];
		file->claim.count++;
		if (ranges[i].file_offset < file->bounds.start)
			file->bounds.start = ranges[i].file_offset;
		if (ranges[i].file_offset + ranges[i].length > file->bounds.end)
			file->bounds.end = ranges[i].file_offset + ranges[i].length;
	}
	load->levels[n + 1].first = load->request.n_ranges;
	return 0;
}

/* Check that a stream is only read forward; at becomes its position after the
 * range. */
static int check_stream(struct load *load, const struct request_range *range,
			uint64_t *at)
{
	const struct dmaload_file *file = load->files[range->file].file;

	if (range->file_offset < *at || range->priority != load->request.ranges[0].priority)
		return fail(load->err, -EINVAL, "%s is a stream at position %"
			    PRIu64 ": it cannot be read from %" PRIu64 ", nor "
			    "with several priorities", file->name, *at,
			    range->file_offset);
	*at = range->file_offset + range->length;
	return 0;
}

/* All ranges of a stream have the same priority, so they lie side by side. */
static int check_streams(struct load *load)
{
	const struct request_range *range;
	uint64_t at = 0;
	size_t i;
	int r = 0;

	if (load->open_ended && load->request.n_ranges > 1)
		return fail(load->err, -EINVAL, "a stream of unknown length "
			    "must be the only range");
	for (i = 0; r == 0 && i < load->request.n_ranges; i++) {
		range = &load->request.ranges[i];
		if (!load->files[range->file].file->stream)
			continue;
		if (i == 0 || range[-1].file != range->file)
			at = load->files[range->file].file->position;
		r = check_stream(load, range, &at);
	}
	return r;
}

int ranges_prepare(struct load *load, const struct dmaload_range *ranges)
{
	int r;

	r = number_all(load, ranges);
	if (r < 0)
		return r;
	qsort(load->request.ranges, load->request.n_ranges,
	      sizeof(*load->request.ranges), plan_compare);
	r = make_levels(load);
	if (r == 0)
		r = ranges_make_claims(load);
	if (r == 0)
		r = check_streams(load);
	return r;
}

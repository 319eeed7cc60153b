/* SPDX-License-Identifier: MIT */
#include "arrange.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "numbering.h"

/* Make room for one more; arrays grow by doubling. */
static int room_for(void **array, uint32_t count, size_t size)
{
	void *more = *array;

	if ((count & (count - 1)) != 0)
		return 0;
	more = realloc(more, (count ? 2 * (size_t)count : 1) * size);
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
		.hull = { .start = UINT64_MAX },
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
		.claim.writes = load->operation == DMALOAD_LOAD,
	};
	load->report.alloc_ns += buffer->alloc_ns;
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

/* Files and buffers are numbered as they are first named. */
static int number(struct load *load, struct numbering *files,
		  struct numbering *buffers, struct numbering *routes,
		  const struct dmaload_range *range, struct want *want)
{
	uint32_t buffer;
	int r;

	r = numbering_find(files, range->file, NULL, &want->file);
	if (r > 0)
		r = add_file(load, range->file);
	if (r == 0)
		r = numbering_find(buffers, range->buffer, NULL, &buffer);
	if (r > 0)
		r = add_buffer(load, range->buffer);
	if (r == 0)
		r = numbering_find(routes, range->file, range->buffer,
				   &want->route);
	if (r > 0)
		r = add_route(load, want->file, buffer);
	return r;
}

static int number_all(struct load *load, const struct dmaload_range *ranges)
{
	struct numbering files = { 0 }, buffers = { 0 }, routes = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_wants; i++)
		r = number(load, &files, &buffers, &routes, &ranges[i],
			   &load->wants[i]);
	numbering_finish(&files);
	numbering_finish(&buffers);
	numbering_finish(&routes);
	if (r < 0)
		return fail(load->err, r, "no memory for %zu ranges",
			    load->n_wants);
	return 0;
}

static bool same_level(const struct want *a, const struct want *b)
{
	return a->priority == b->priority;
}

static int make_levels(struct load *load)
{
	const struct want *wants = load->wants;
	struct load_buffer *buffer;
	struct load_file *file;
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < load->n_wants; i++)
		n += i == 0 || !same_level(&wants[i], &wants[i - 1]);
	load->levels = calloc(n + (size_t)1, sizeof(*load->levels));
	if (!load->levels)
		return fail(load->err, -ENOMEM, "no memory for %u priorities", n);

	for (i = 0, n = 0; i < load->n_wants; i++) {
		if (i > 0 && !same_level(&wants[i], &wants[i - 1]))
			load->levels[++n].first = i;
		load->levels[n].left += wants[i].length;
		load->total += wants[i].length;
		buffer = &load->buffers[load->routes[wants[i].route].buffer];
		buffer->last_level = n;
		buffer->claim.count++;
		file = &load->files[wants[i].file];
		if (wants[i].file_offset < file->hull.start)
			file->hull.start = wants[i].file_offset;
		if (wants[i].file_offset + wants[i].length > file->hull.end)
			file->hull.end = wants[i].file_offset + wants[i].length;
	}
	load->levels[n + 1].first = load->n_wants;
	return 0;
}

/* What is wanted of each buffer; and no two may be loaded to the same place. */
static int make_claims(struct load *load)
{
	const struct want *want;
	struct load_buffer *own;
	bool overlaps = false;
	uint64_t where = 0;
	size_t i;
	uint32_t b;

	for (b = 0; b < load->n_buffers; b++) {
		own = &load->buffers[b];
		own->claim.intervals = calloc(own->claim.count,
					      sizeof(struct interval));
		if (!own->claim.intervals)
			return fail(load->err, -ENOMEM, "no memory for the "
				    "ranges' places");
		own->claim.count = 0;
	}
	for (i = 0; i < load->n_wants; i++) {
		want = &load->wants[i];
		own = &load->buffers[load->routes[want->route].buffer];
		own->claim.intervals[own->claim.count++] = (struct interval){
			want->buffer_offset, want->buffer_offset + want->length
		};
	}
	for (b = 0; b < load->n_buffers; b++) {
		own = &load->buffers[b];
		claim_merge(&own->claim, &overlaps, &where);
		if (overlaps && load->operation == DMALOAD_LOAD)
			return fail(load->err, -EINVAL, "two ranges overlap at "
				    "byte %" PRIu64 " of the %s buffer",
				    where - own->buffer->lead,
				    own->buffer->label);
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct want *const *one = a, *const *other = b;

	if ((*one)->file != (*other)->file)
		return (*one)->file < (*other)->file ? -1 : 1;
	if ((*one)->file_offset != (*other)->file_offset)
		return (*one)->file_offset < (*other)->file_offset ? -1 : 1;
	return 0;
}

/* Of a store, the places are in the files, whatever the priorities. */
static int check_places_in_files(struct load *load)
{
	const struct want **places, *last, *next = NULL;
	bool overlaps = false;
	size_t i;

	places = calloc(load->n_wants, sizeof(*places));
	if (!places)
		return fail(load->err, -ENOMEM, "no memory for the ranges' "
			    "places");
	for (i = 0; i < load->n_wants; i++)
		places[i] = &load->wants[i];
	qsort(places, load->n_wants, sizeof(*places), by_place);
	for (i = 1; !overlaps && i < load->n_wants; i++) {
		last = places[i - 1];
		next = places[i];
		overlaps = last->file == next->file &&
			   last->file_offset + last->length > next->file_offset;
	}
	free(places);
	if (!overlaps)
		return 0;
	return fail(load->err, -EINVAL, "two ranges overlap at byte %" PRIu64
		    " of %s", next->file_offset,
		    load->files[next->file].file->name);
}

/* A stream is read forward; at is where it will stand then. */
static int check_stream(struct load *load, const struct want *want,
			uint64_t *at)
{
	const struct dmaload_file *file = load->files[want->file].file;

	if (want->file_offset < *at || want->priority != load->wants[0].priority)
		return fail(load->err, -EINVAL, "%s is a stream and stands at %"
			    PRIu64 ": it cannot be read from %" PRIu64
			    ", nor by priorities", file->name, *at,
			    want->file_offset);
	*at = want->file_offset + want->length;
	return 0;
}

/* The wants of a stream lie side by side, since there is one priority. */
static int check_streams(struct load *load)
{
	const struct want *want;
	uint64_t at = 0;
	size_t i;
	int r = 0;

	if (load->open_ended && load->n_wants > 1)
		return fail(load->err, -EINVAL, "a stream whose length is not "
			    "known is loaded alone");
	for (i = 0; r == 0 && i < load->n_wants; i++) {
		want = &load->wants[i];
		if (!load->files[want->file].file->stream)
			continue;
		if (i == 0 || want[-1].file != want->file)
			at = load->files[want->file].file->position;
		r = check_stream(load, want, &at);
	}
	return r;
}

int arrange(struct load *load, const struct dmaload_range *ranges)
{
	int r;

	r = number_all(load, ranges);
	if (r < 0)
		return r;
	qsort(load->wants, load->n_wants, sizeof(*load->wants), plan_compare);
	r = make_levels(load);
	if (r == 0)
		r = make_claims(load);
	if (r == 0 && load->operation == DMALOAD_STORE)
		r = check_places_in_files(load);
	if (r == 0)
		r = check_streams(load);
	return r;
}

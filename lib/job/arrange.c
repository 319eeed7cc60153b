/* SPDX-License-Identifier: MIT */
#include "job/arrange.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "job/numbering.h"
#include "load/load.h"
#include "sys/error.h"

/* Make room for one more; arrays grow by doubling. */
static int room_for(void **array, uint32_t count, size_t size)
{
	void *more = *array;

	if ((count & (count - 1)) != 0)
		return 0;
	more = reallocarray(more, count ? 2 * (size_t)count : 1, size);
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
		.claim.writes = load->request.operation == DMALOAD_LOAD,
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

	for (i = 0; r == 0 && i < load->request.n_wants; i++)
		r = number(load, &files, &buffers, &routes, &ranges[i],
			   &load->request.wants[i]);
	numbering_finish(&files);
	numbering_finish(&buffers);
	numbering_finish(&routes);
	if (r < 0)
		return fail(load->err, r, "no memory for %zu ranges",
			    load->request.n_wants);
	return 0;
}

static bool same_level(const struct want *a, const struct want *b)
{
	return a->priority == b->priority;
}

static int make_levels(struct load *load)
{
	const struct want *wants = load->request.wants;
	struct load_buffer *buffer;
	struct load_file *file;
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < load->request.n_wants; i++)
		n += i == 0 || !same_level(&wants[i], &wants[i - 1]);
	load->levels = calloc(n + (size_t)1, sizeof(*load->levels));
	if (!load->levels)
		return fail(load->err, -ENOMEM, "no memory for %u priorities", n);

	for (i = 0, n = 0; i < load->request.n_wants; i++) {
		if (i > 0 && !same_level(&wants[i], &wants[i - 1]))
			load->levels[++n].first = i;
		if (wants[i].length > UINT64_MAX - load->total)
			return fail(load->err, -EOVERFLOW, "the lengths of %zu "
				    "ranges together exceed 64 bits",
				    load->request.n_wants);
		load->levels[n].left += wants[i].length;
		load->total += wants[i].length;
		buffer = &load->buffers[load->routes[wants[i].route].buffer];
		buffer->last_level = n;
		buffer->claim.count++;
		file = &load->files[wants[i].file];
		file->claim.count++;
		if (wants[i].file_offset < file->hull.start)
			file->hull.start = wants[i].file_offset;
		if (wants[i].file_offset + wants[i].length > file->hull.end)
			file->hull.end = wants[i].file_offset + wants[i].length;
	}
	load->levels[n + 1].first = load->request.n_wants;
	return 0;
}

static int make_room(struct load *load, struct claim *claim)
{
	claim->intervals = calloc(claim->count, sizeof(struct interval));
	if (!claim->intervals)
		return fail(load->err, -ENOMEM, "no memory for the ranges' places");
	claim->count = 0;
	return 0;
}

static void add_interval(struct claim *claim, uint64_t start, uint64_t length)
{
	claim->intervals[claim->count++] =
		(struct interval){ start, start + length };
}

static int check_buffers(struct load *load)
{
	struct load_buffer *own;
	bool overlaps = false;
	uint64_t where = 0;
	uint32_t b;

	for (b = 0; b < load->n_buffers; b++) {
		own = &load->buffers[b];
		claim_merge(&own->claim, &overlaps, &where);
		if (overlaps && load->request.operation == DMALOAD_LOAD)
			return fail(load->err, -EINVAL, "two ranges overlap at "
				    "byte %" PRIu64 " of the %s buffer",
				    where - own->buffer->lead,
				    own->buffer->label);
	}
	return 0;
}

static int overlap_in_file(struct load *load, const struct load_file *own,
			   uint64_t where)
{
	return fail(load->err, -EINVAL, "two ranges overlap at byte %" PRIu64
		    " of %s", where, own->file->name);
}

/* A file may have been opened twice, and be the same. */
static int find_same(struct load *load, struct load_file *own)
{
	const struct inode *inode = own->file->inode;
	struct load_file *other = load->files;
	uint64_t where;

	while (other->file->inode != inode)
		other++;
	own->same = (uint32_t)(other - load->files);
	for (; other < own; other++)
		if (other->file->inode == inode &&
		    claim_meet(&other->claim, &own->claim, &where))
			return overlap_in_file(load, own, where);
	return 0;
}

static int check_files(struct load *load)
{
	struct load_file *own;
	bool overlaps = false;
	uint64_t where = 0;
	uint32_t f;
	int r = 0;

	for (f = 0; r == 0 && f < load->n_files; f++) {
		own = &load->files[f];
		claim_merge(&own->claim, &overlaps, &where);
		if (load->request.operation != DMALOAD_STORE)
			continue;
		r = overlaps ? overlap_in_file(load, own, where) :
			       find_same(load, own);
	}
	return r;
}

/* Make the claims on each buffer and each file. No two ranges may be loaded to
 * the same place, nor stored to it. */
static int make_claims(struct load *load)
{
	const struct want *want;
	uint32_t i;
	size_t n;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = make_room(load, &load->buffers[i].claim);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = make_room(load, &load->files[i].claim);
	if (r < 0)
		return r;
	for (n = 0; n < load->request.n_wants; n++) {
		want = &load->request.wants[n];
		i = load->routes[want->route].buffer;
		add_interval(&load->buffers[i].claim, want->buffer_offset,
			     want->length);
		add_interval(&load->files[want->file].claim, want->file_offset,
			     want->length);
	}
	r = check_buffers(load);
	return r < 0 ? r : check_files(load);
}

/* A stream is read forward; at is where it will stand then. */
static int check_stream(struct load *load, const struct want *want,
			uint64_t *at)
{
	const struct dmaload_file *file = load->files[want->file].file;

	if (want->file_offset < *at || want->priority != load->request.wants[0].priority)
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

	if (load->open_ended && load->request.n_wants > 1)
		return fail(load->err, -EINVAL, "a stream whose length is not "
			    "known is loaded alone");
	for (i = 0; r == 0 && i < load->request.n_wants; i++) {
		want = &load->request.wants[i];
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
	qsort(load->request.wants, load->request.n_wants, sizeof(*load->request.wants), plan_compare);
	r = make_levels(load);
	if (r == 0)
		r = make_claims(load);
	if (r == 0)
		r = check_streams(load);
	return r;
}

/* SPDX-License-Identifier: MIT */
/* The claims of a load's ranges, and ranges that overlap. */
#include "job/ranges.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "load/load.h"
#include "sys/error.h"

static int make_room(struct load *load, struct claim *claim)
{
	claim->intervals = calloc(claim->count, sizeof(struct interval));
	if (!claim->intervals)
		return fail(load->err, -ENOMEM, "no memory for the intervals "
			    "of the ranges");
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
	struct load_buffer *load_buffer;
	bool overlaps = false;
	uint64_t where = 0;
	uint32_t b;

	for (b = 0; b < load->n_buffers; b++) {
		load_buffer = &load->buffers[b];
		claim_merge(&load_buffer->claim, &overlaps, &where);
		if (overlaps && load->request.operation == DMALOAD_LOAD &&
		    !load_redirects(load))
			return fail(load->err, -EINVAL, "two ranges overlap at "
				    "byte %" PRIu64 " of the %s buffer",
				    where - load_buffer->buffer->lead,
				    load_buffer->buffer->label);
	}
	return 0;
}

static int overlap_in_file(struct load *load, const struct load_file *load_file,
			   uint64_t where)
{
	return fail(load->err, -EINVAL, "two ranges overlap at byte %" PRIu64
		    " of %s", where, load_file->file->name);
}

/* Find an earlier file of the load with the same inode. */
static int find_same(struct load *load, struct load_file *load_file)
{
	const struct inode *inode = load_file->file->inode;
	struct load_file *other = load->files;
	uint64_t where;

	while (other->file->inode != inode)
		other++;
	load_file->same = (uint32_t)(other - load->files);
	for (; other < load_file; other++)
		if (other->file->inode == inode &&
		    claim_meet(&other->claim, &load_file->claim, &where))
			return overlap_in_file(load, load_file, where);
	return 0;
}

static int check_files(struct load *load)
{
	struct load_file *load_file;
	bool overlaps = false;
	uint64_t where = 0;
	uint32_t f;
	int r = 0;

	for (f = 0; r == 0 && f < load->n_files; f++) {
		load_file = &load->files[f];
		claim_merge(&load_file->claim, &overlaps, &where);
		if (load->request.operation != DMALOAD_STORE)
			continue;
		r = overlaps ? overlap_in_file(load, load_file, where) :
			       find_same(load, load_file);
	}
	return r;
}

int ranges_make_claims(struct load *load)
{
	const struct request_range *range;
	uint32_t i;
	size_t n;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = make_room(load, &load->buffers[i].claim);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = make_room(load, &load->files[i].claim);
	if (r < 0)
		return r;
	for (n = 0; n < load->request.n_ranges; n++) {
		range = &load->request.ranges[n];
		i = load->routes[range->route].buffer;
		if (load->buffers[i].buffer != &buffer_none)
			add_interval(&load->buffers[i].claim,
				     range->buffer_offset,
				     range->buffer_length);
		add_interval(&load->files[range->file].claim,
			     range->file_offset, range->length);
	}
	r = check_buffers(load);
	return r < 0 ? r : check_files(load);
}

/* SPDX-License-Identifier: MIT */
#include "path/sink.h"

#include <errno.h>
#include <inttypes.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/copy.h"
#include "load/callback.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/sys.h"

static int differs(struct load *load, const struct chunk *chunk,
		   const struct piece *piece, size_t i, unsigned char file,
		   unsigned char buffer)
{
	const struct dmaload_buffer *of = load_buffer_of(load, chunk->route);

	return fail(load->err, -EBADMSG, "%s and the %s buffer differ: byte %"
		    PRIu64 " of the file is %#04x, byte %" PRIu64
		    " of the buffer %#04x",
		    load_file_of(load, chunk->route)->file->name, of->label,
		    piece->file_offset + i, file,
		    piece->buffer_offset - of->lead + i, buffer);
}

static int compare_piece(struct load *load, const struct chunk *chunk,
			 const struct piece *piece, unsigned char *file)
{
	const unsigned char *map = load_buffer_of(load, chunk->route)->map;
	unsigned char byte;
	size_t same;

	same = copy_compare(map + piece->buffer_offset, file, piece->length,
			    &byte);
	copy_own(file, piece->length);
	return same == piece->length ? 0 :
	       differs(load, chunk, piece, same, file[same], byte);
}

static struct dmaload_piece piece_of(const struct load *load,
				     const struct piece *piece, void *bytes)
{
	const struct request_range *range = &load->request.ranges[piece->extent];

	return (struct dmaload_piece){
		.range = range->index,
		.offset = piece->file_offset - range->file_offset,
		.bytes = bytes,
		.length = piece->length,
	};
}

int sink_give(const struct load *load, const struct chunk *chunk, void *data,
	      uint64_t *stopped_at)
{
	struct walk walk = plan_walk(chunk);
	struct dmaload_piece given;
	struct piece piece;
	int r = 0;

	while (r == 0 && plan_piece(&load->plan, &walk, &piece)) {
		given = piece_of(load, &piece, (unsigned char *)data +
				 piece.file_offset - chunk->file_offset);
		*stopped_at = piece.file_offset;
		r = callback_transform(load, &given);
		if (!load_shows(load))
			copy_own(given.bytes, given.length);
	}
	return r == 0 ? 0 : -ECANCELED;
}

void sink_copy(struct load *load, const struct chunk *chunk, const void *data)
{
	unsigned char *map = load_buffer_of(load, chunk->route)->map;
	struct walk walk = plan_walk(chunk);
	struct piece piece;

	while (plan_piece(&load->plan, &walk, &piece))
		copy_out_shared(map + piece.buffer_offset,
				(const unsigned char *)data + piece.file_offset -
				chunk->file_offset, piece.length);
}

int sink_stopped(struct load *load, const struct chunk *chunk,
		 uint64_t stopped_at)
{
	return fail(load->err, -ECANCELED, "the transform stopped the load at "
		    "offset %" PRIu64 " of %s", stopped_at,
		    load_file_of(load, chunk->route)->file->name);
}

static int put_piece(struct load *load, const struct chunk *chunk,
		     const struct piece *piece, unsigned char *from)
{
	struct dmaload_buffer *buffer = load_buffer_of(load, chunk->route);
	unsigned char *to;
	int r;

	if (load->request.operation != DMALOAD_LOAD)
		return compare_piece(load, chunk, piece, from);
	to = (unsigned char *)buffer->map + piece->buffer_offset;
	r = buffer_populate_range(buffer, piece->buffer_offset, piece->length, load->err);
	if (r == 0)
		copy_out(to, from, piece->length);
	return r;
}

static int put_pieces(struct load *load, const struct chunk *chunk, void *data)
{
	struct walk walk = plan_walk(chunk);
	struct piece piece;
	int r = 0;

	while (r == 0 && plan_piece(&load->plan, &walk, &piece))
		r = put_piece(load, chunk, &piece, (unsigned char *)data +
			      piece.file_offset - chunk->file_offset);
	return r;
}

int sink_put(struct load *load, const struct chunk *chunk, void *data)
{
	const uint64_t begin = sys_now();
	uint64_t at;
	int r;

	if (!load->request.transform.function)
		r = put_pieces(load, chunk, data);
	else if (sink_give(load, chunk, data, &at) < 0)
		r = sink_stopped(load, chunk, at);
	else
		r = load_shows(load) ? put_pieces(load, chunk, data) : 0;
	stats_copy(&load->stats, sys_now() - begin);
	return r;
}

void sink_get(struct load *load, const struct chunk *chunk, void *data)
{
	const unsigned char *map = load_buffer_of(load, chunk->route)->map;
	struct walk walk = plan_walk(chunk);
	const uint64_t begin = sys_now();
	struct piece piece;

	while (plan_piece(&load->plan, &walk, &piece))
		copy_in((unsigned char *)data + piece.file_offset -
			chunk->file_offset, map + piece.buffer_offset,
			piece.length);
	stats_copy(&load->stats, sys_now() - begin);
}

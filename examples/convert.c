/* SPDX-License-Identifier: MIT */
/*
 * Pieces of a tensor come in any order, each with whole units. So a unit has
 * what becomes one thing, and each piece goes to its place at once:
 *
 * - Q4_0 is repacked by groups of 8 rows. A group lies in the file as it does in
 *   the buffer, with its bytes in another order. So the unit is a group, and
 *   each piece is written from its beginning to its end.
 * - A unit may have half a chunk, 512 KiB by default, and a group of a model
 *   with rows of 4096 weights has 18 KiB. If a group is larger than that, the
 *   unit is a block: it knows its place by its number, but goes there in three
 *   parts, which costs time in memory that is not cached.
 * - F16 becomes F32. The unit is a number, and the offset in the buffer is
 *   twice the one in the file.
 *
 * No two units write the same bytes, so several threads may convert pieces.
 */
#include "convert.h"

#include <string.h>

#include "quants.h"

static int repack_groups(const struct dmaload_piece *piece, void *data)
{
	const struct conversion *conversion = data;

	quants_repack_groups(conversion->to + piece->offset, piece->bytes,
			     piece->length / conversion->unit,
			     (size_t)conversion->row_blocks);
	return 0;
}

static int repack_blocks(const struct dmaload_piece *piece, void *data)
{
	const struct conversion *conversion = data;

	quants_repack_blocks(conversion->to, piece->bytes,
			     piece->offset / Q4_0_BYTES,
			     piece->length / Q4_0_BYTES, conversion->row_blocks);
	return 0;
}

static int widen(const struct dmaload_piece *piece, void *data)
{
	const struct conversion *conversion = data;

	quants_widen(conversion->to + 2 * piece->offset, piece->bytes,
		     piece->length / 2);
	return 0;
}

/* A matrix has shape[1] rows, and the next matrix begins a new group. */
static bool plan_repack(struct conversion *conversion, uint32_t chunk_bytes)
{
	const struct dmaload_tensor *tensor = conversion->tensor;
	uint64_t group;

	if (tensor->rank < 2 || tensor->shape[1] % Q4_0X8_ROWS != 0)
		return false;
	conversion->type = "Q4_0x8";
	conversion->bytes = tensor->bytes;
	conversion->row_blocks = tensor->shape[0] / Q4_0_WEIGHTS;
	group = conversion->row_blocks * Q4_0X8_BYTES;
	conversion->unit = group <= chunk_bytes / 2 ? (uint32_t)group : Q4_0_BYTES;
	conversion->function = group <= chunk_bytes / 2 ? repack_groups :
		repack_blocks;
	return true;
}

bool convert_plan(struct conversion *conversion, const struct dmaload_tensor *tensor,
		  uint32_t chunk_bytes)
{
	*conversion = (struct conversion){ .tensor = tensor };
	if (tensor->bytes == 0)
		return false;
	if (strcmp(tensor->type, "Q4_0") == 0)
		return plan_repack(conversion, chunk_bytes);
	if (strcmp(tensor->type, "F16") != 0 || tensor->bytes > UINT64_MAX / 2)
		return false;
	conversion->type = "F32";
	conversion->bytes = 2 * tensor->bytes;
	conversion->unit = 2;
	conversion->function = widen;
	return true;
}

int convert_load(struct conversion *conversion, struct dmaload_ctx *ctx,
		 struct dmaload_file *file, struct dmaload_buffer *buffer,
		 uint64_t offset, const struct dmaload_options *options,
		 struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options all = DMALOAD_OPTIONS_INIT;
	const struct dmaload_range range = {
		.file = file,
		.file_offset = conversion->tensor->file_offset,
		.length = conversion->tensor->bytes,
		.buffer = buffer,
		.buffer_offset = offset,
		.buffer_length = conversion->bytes,
	};

	conversion->to = (unsigned char *)dmaload_buffer_map(buffer) + offset;
	transform.unit = conversion->unit;
	transform.flags = DMALOAD_PIECES_AT_ONCE;
	transform.function = conversion->function;
	transform.data = conversion;
	if (options)
		all = *options;
	all.transform = &transform;
	return dmaload_load(ctx, &range, 1, &all, report, err);
}

/* SPDX-License-Identifier: MIT */
#include "taker.h"

#include <string.h>

static void write_twice(const struct taker *taker,
			const struct dmaload_piece *piece)
{
	const struct dmaload_range *range = &taker->ranges[piece->range];
	const unsigned char *bytes = piece->bytes;
	unsigned char *to = dmaload_buffer_map(range->buffer);
	size_t i;

	to += range->buffer_offset + 2 * piece->offset;
	for (i = 0; i < piece->length; i++)
		to[2 * i] = to[2 * i + 1] = bytes[i];
}

int take(const struct dmaload_piece *piece, void *data)
{
	struct taker *taker = data;
	uint64_t *end = &taker->ends[piece->range];
	unsigned char *got = taker->got[piece->range] + piece->offset;

	if (++taker->pieces == taker->stop_at)
		return 1;
	assert_true(piece->range < SCENE_MAX && piece->length > 0);
	assert_true(piece->offset + piece->length <= TAKER_MAX);
	assert_int_equal(piece->offset % taker->unit, 0);
	assert_true(piece->length % taker->unit == 0 ||
		    taker->ranges[piece->range].length == DMALOAD_TO_END ||
		    piece->offset + piece->length ==
		    taker->ranges[piece->range].length);
	if (taker->flags & DMALOAD_PIECES_IN_ORDER)
		assert_int_equal(piece->offset, *end);
	/* Each byte is missing before. */
	assert_int_equal(got[0], 0xee);
	assert_memory_equal(got, got + 1, piece->length - 1);
	memcpy(got, piece->bytes, piece->length);
	if (piece->offset + piece->length > *end)
		*end = piece->offset + piece->length;
	if (taker->doubles)
		write_twice(taker, piece);
	/* The bytes are the caller's to change. */
	if (!(taker->flags & DMALOAD_PIECES_COPIED))
		memset(piece->bytes, 0x55, piece->length);
	return 0;
}

int taker_load(struct taker *taker, struct scene *scene, size_t count)
{
	const struct dmaload_transform transform = {
		.size = sizeof(transform),
		.unit = taker->unit == 1 ? 0 : taker->unit,
		.flags = taker->flags,
		.function = taker->function ? taker->function : take,
		.data = taker,
	};

	taker->scene = scene;
	memset(taker->got, 0xee, sizeof(taker->got));
	memset(taker->ends, 0, sizeof(taker->ends));
	taker->pieces = 0;
	scene_prepare(scene);
	scene->options.transform = &transform;
	return dmaload_load(scene->ctx, taker->ranges, count, &scene->options,
			    &scene->report, &scene->err);
}

static void check_got(const struct taker *taker, const struct scene *scene,
		      size_t count)
{
	const struct dmaload_range *range;
	const struct fake_node *node;
	uint64_t length;
	unsigned f;
	size_t i;

	for (i = 0; i < count; i++) {
		range = &taker->ranges[i];
		for (f = 0; scene->files[f] != range->file;)
			f++;
		node = scene->nodes[f];
		length = range->length == DMALOAD_TO_END ?
			 node->size - range->file_offset : range->length;
		assert_int_equal(taker->ends[i], length);
		assert_memory_equal(taker->got[i], node->bytes + range->file_offset,
				    length);
	}
}

void taker_expect(struct taker *taker, struct scene *scene, size_t count)
{
	if (taker_load(taker, scene, count) != 0)
		fail_msg("%s", scene->err.message);
	check_got(taker, scene, count);
	assert_int_equal(scene->report.bytes_direct, 0);
	fake_check_quiet();
}


/* SPDX-License-Identifier: MIT */
#include "demand.h"

#include <string.h>

#include "fuzz.h"
#include "input.h"
#include "transform.h"

/* The largest offset of a store, apart from those that must be refused. */
#define STORED_MAX (96u << 10)

/* The ends of the last ranges: the next ones begin there or later, mostly. */
struct cursors {
	uint64_t buffers[BUFFERS];
	uint64_t files[HANDLES];
};

static struct handle *draw_handle(void)
{
	const unsigned first = input_below(HANDLES);
	unsigned i;

	for (i = 0; i < HANDLES; i++)
		if (setting.handles[(first + i) % HANDLES].file)
			return &setting.handles[(first + i) % HANDLES];
	return NULL;
}

static struct memory *draw_memory(void)
{
	const unsigned first = input_below(BUFFERS);
	unsigned i;

	for (i = 0; i < BUFFERS; i++)
		if (setting.memories[(first + i) % BUFFERS].buffer)
			return &setting.memories[(first + i) % BUFFERS];
	return NULL;
}

/* Draw an offset, mostly below size; some must be refused. */
static uint64_t draw_offset(uint64_t size, uint64_t cursor)
{
	static const uint64_t wild[] = {
		UINT64_MAX, UINT64_MAX - 4095, INT64_MAX,
		(uint64_t)INT64_MAX + 1, INT64_MAX - 4096,
	};
	const uint32_t style = input_byte();

	if (style >= 252)
		return wild[input_below(5)];
	if (style >= 240)
		return size - input_below(3);
	if (style >= 200)
		return cursor + style % 20 * 100;
	if (size == 0 || style < 100)
		return cursor;
	return (style < 130 ? 4096 * (uint64_t)input_byte() :
		style < 160 ? 512 * (uint64_t)input_byte() : input_word()) % size;
}

static uint64_t draw_length(uint64_t most)
{
	const uint32_t style = input_byte();

	if (style >= 250)
		return style == 255 ? 0 : UINT64_MAX - style % 2 * 4096;
	if (style >= 230 || most == 0)
		return DMALOAD_TO_END;
	if (style >= 220)
		return most + style % 3;
	if (style >= 160)
		return 1 + (most - 1) % (style % 60 * 512 + 1);
	return 1 + input_word() % most;
}

static void draw_range(struct demand *demand, size_t i,
		       struct cursors *cursors)
{
	struct dmaload_range *range = &demand->ranges[i];
	struct handle *handle = demand->handles[i];
	const unsigned h = (unsigned)(handle - setting.handles);
	const unsigned m = (unsigned)(demand->memories[i] - setting.memories);
	const bool stores = demand->operation == DMALOAD_STORE;
	uint64_t size = handle->node->fake->size, most;

	if (stores)
		size = STORED_MAX;
	range->file = handle->file;
	range->buffer = demand->memories[i]->buffer;
	range->file_offset = draw_offset(size, cursors->files[h]);
	range->buffer_offset = draw_offset(demand->memories[i]->size,
					   cursors->buffers[m]);
	/* Limit the size of stored files, which are compared, and the wait for a
	 * stream. */
	if ((stores || handle->node->is_stream) &&
	    range->file_offset > STORED_MAX &&
	    (handle->node->is_stream || range->file_offset < INT64_MAX / 2))
		range->file_offset %= STORED_MAX;
	most = demand_left(demand->memories[i]->size, range->buffer_offset);
	if (demand_left(size, range->file_offset) < most)
		most = demand_left(size, range->file_offset);
	range->length = draw_length(most);
	range->priority = input_one_in(3) ? input_below(3) : 0;
	if (input_byte() == 255)
		*(input_below(3) ? (unsigned char *)&range->buffer_length :
		  (unsigned char *)&range->reserved) = 1;
	cursors->files[h] = range->file_offset + range->length;
	cursors->buffers[m] = range->buffer_offset + range->length;
}

static void draw_options(struct dmaload_options *options)
{
	const uint32_t style = input_byte();

	*options = (struct dmaload_options){ .size = sizeof(*options) };
	options->paths = style % 16 < 8 ? 0 : style % 8;
	options->cache = (style >> 4) % 3;
	options->flags = style >= 192 ? DMALOAD_DURABLE : 0;
	if (!input_one_in(32))
		return;
	options->paths = input_byte();
	options->cache = input_below(4);
	options->flags = input_below(4);
	options->reserved = input_below(8) == 7;
}

bool demand_draw(struct demand *demand)
{
	struct cursors cursors = { .buffers = { 0 } };
	size_t i;

	memset(demand, 0, sizeof(*demand));
	demand->operation = (enum dmaload_operation)input_below(3);
	demand->count = 1 + (input_one_in(2) ? input_below(RANGES_MAX) : 0);
	for (i = 0; i < demand->count; i++) {
		demand->handles[i] = draw_handle();
		demand->memories[i] = draw_memory();
		if (!demand->handles[i] || !demand->memories[i])
			return false;
		demand->nodes[i] = demand->handles[i]->node;
		demand->bases[i] = demand->handles[i]->base;
		draw_range(demand, i, &cursors);
	}
	draw_options(&demand->options);
	if (setting.transforms)
		transform_draw(demand);
	demand_judge(demand);
	return true;
}

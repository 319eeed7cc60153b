/* SPDX-License-Identifier: MIT */
/* Draw transforms, and decide by the public headers whether they must be refused. */
#include "transform.h"

#include <errno.h>

#include "fuzz.h"
#include "input.h"

static uint32_t draw_unit(void)
{
	static const uint32_t units[] = { 0, 1, 2, 18, 34, 144, 176, 256, 1000, 4096 };
	const uint32_t style = input_byte();

	if (style < 220)
		return units[style % 10];
	/* The longest one that a chunk may have, and longer ones. */
	if (style < 250)
		return setting.chunk_bytes / 2 - (style - 220) * 5;
	return style < 254 ? setting.chunk_bytes / 2 + 1 + (style & 1) * 4095 :
	       UINT32_MAX - (style & 1);
}

/* Spoil one member, rarely. */
static void draw_fault(struct dmaload_transform *given)
{
	switch (input_byte()) {
	case 255:
		given->flags |= 1u << input_below(32);
		break;
	case 254:
		given->function = NULL;
		break;
	case 253:
		given->size = input_below(sizeof(size_t));
		break;
	}
}

/* A range may have no buffer. Otherwise it may be longer than its part of the buffer. */
static void draw_part(struct demand *demand, size_t i)
{
	const uint32_t style = input_byte();
	struct dmaload_range *range = &demand->ranges[i];
	const uint64_t in_file = demand_left(demand->nodes[i]->fake->size, range->file_offset);
	uint64_t room;

	if (style & 1 && in_file > 0)
		range->length = 1 + input_word() % in_file;
	/* Seldom one that only a transform that writes may have. */
	if (!transform_redirects(demand) && style < 250)
		return;
	if (style >= 160) {
		range->buffer = NULL;
		demand->memories[i] = NULL;
		/* Otherwise an offset in no buffer is refused. */
		if (style < 250)
			range->buffer_offset = 0;
		if (style >= 254)
			range->buffer_length = 1 + style % 2;
		return;
	}
	demand->transform.maps[i] = dmaload_buffer_map(range->buffer);
	room = demand_left(demand->memories[i]->size, range->buffer_offset);
	if (style >= 154)
		range->buffer_length = room + style % 3;
	else if (style >= 96 && room > 0)
		range->buffer_length = 1 + input_word() % room;
	else if (style >= 32)
		range->buffer_length = demand->transform.factor * range->length;
}

void transform_draw(struct demand *demand)
{
	static const uint32_t flags[5] = {
		DMALOAD_PIECES_IN_ORDER, DMALOAD_PIECES_IN_ORDER, DMALOAD_PIECES_AT_ONCE,
	};
	struct transform *transform = &demand->transform;
	const uint32_t style = input_byte();
	size_t i;

	if (style < 96)
		return;
	transform->given = (struct dmaload_transform){
		.size = sizeof(transform->given),
		.unit = draw_unit(),
		.flags = flags[style % 5],
		.function = transform_take,
	};
	transform->factor = style % 3;
	if (style >= 216) {
		transform->given.flags |= DMALOAD_PIECES_COPIED;
		transform->factor = 0;
	}
	if (style % 4 == 3) {
		transform->acts_at = 1 + input_below(12);
		transform->interferes = input_below(2);
	}
	draw_fault(&transform->given);
	demand->options.transform = &transform->given;
	for (i = 0; i < demand->count; i++)
		draw_part(demand, i);
	/* Seldom a demand that does not allow it. */
	if (demand->operation != DMALOAD_LOAD && input_below(8) < 7)
		demand->operation = DMALOAD_LOAD;
}

bool transform_redirects(const struct demand *demand)
{
	return demand->options.transform &&
	       !(demand->options.transform->flags & DMALOAD_PIECES_COPIED);
}

void transform_judge(struct demand *demand)
{
	const uint32_t orders = DMALOAD_PIECES_IN_ORDER | DMALOAD_PIECES_AT_ONCE;
	const struct dmaload_transform *given = demand->options.transform;

	if (given && (demand->operation != DMALOAD_LOAD || given->size < sizeof(size_t) ||
		      (given->flags & ~(orders | DMALOAD_PIECES_COPIED)) ||
		      (given->flags & orders) == orders || !given->function ||
		      given->unit > setting.chunk_bytes / 2))
		demand_refuse(demand, -EINVAL);
}

void transform_judge_part(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const struct memory *memory = demand->memories[i];
	uint64_t room;

	demand->parts[i] = 0;
	if (!memory && (range->buffer_offset != 0 || range->buffer_length != 0))
		demand_refuse(demand, -EINVAL);
	if (!memory)
		return;
	room = demand_left(memory->size, range->buffer_offset);
	demand->parts[i] = range->buffer_length != 0 ? range->buffer_length : room;
	if (room == 0 || range->buffer_length > room)
		demand_refuse(demand, -ENOSPC);
	if (demand->operation == DMALOAD_LOAD && !memory->writable)
		demand_refuse(demand, -EROFS);
}

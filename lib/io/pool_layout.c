/* SPDX-License-Identifier: MIT */
#include "io/pool_layout.h"

#include <stdint.h>

#define UNIT_BYTES ((size_t)64 << 10)

static uintptr_t round_up(uintptr_t value, size_t to)
{
	return (value + to - 1) & ~(uintptr_t)(to - 1);
}

struct pool_layout pool_layout(unsigned slots, size_t slot_bytes, size_t page)
{
	struct pool_layout layout;

	layout.slot_bytes = round_up(slot_bytes, page);
	layout.bytes = slots * layout.slot_bytes;
	layout.unit = layout.slot_bytes < UNIT_BYTES ? layout.slot_bytes : UNIT_BYTES;
	layout.align = layout.bytes < POOL_ALIGN ? page : POOL_ALIGN;
	/* A mapping begins at a page. */
	layout.mapped = layout.bytes + layout.align - page;
	return layout;
}

void *pool_begin(void *map, const struct pool_layout *layout)
{
	return (void *)round_up((uintptr_t)map, layout->align);
}

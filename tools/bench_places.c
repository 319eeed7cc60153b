/* SPDX-License-Identifier: MIT */
#include "bench_pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "tool.h"

#define HUGE_PAGE ((size_t)2 << 20)

void *bench_own_memory(size_t bytes)
{
	void *memory = aligned_alloc(HUGE_PAGE, bytes);

	if (!memory)
		return NULL;
	madvise(memory, bytes, MADV_HUGEPAGE);
	memset(memory, 0, bytes);
	return memory;
}

int bench_places_init(struct bench_places *places, void *memory,
		      uint64_t memory_bytes, uint32_t bytes, uint64_t file_bytes)
{
	const uint64_t seed = now_ns();
	size_t i;

	/* No round has the offsets of another, since caches of the disk would
	 * have those. */
	*places = (struct bench_places){
		.memory = memory,
		.bytes = bytes,
		.blocks = file_bytes / bytes,
		.slots = (size_t)(memory_bytes / bytes),
		.random = {
			(unsigned short)seed, (unsigned short)(seed >> 16),
			(unsigned short)(seed >> 32),
		},
	};
	places->offsets = calloc(places->slots, sizeof(*places->offsets));
	places->held = calloc(places->slots, sizeof(*places->held));
	if (!places->offsets || !places->held)
		return -ENOMEM;
	for (i = 0; i < places->slots; i++)
		places->offsets[i] = DMALOAD_UNKNOWN;
	return 0;
}

void bench_places_finish(struct bench_places *places)
{
	free(places->offsets);
	free(places->held);
}

size_t bench_place_hold(struct bench_places *places)
{
	const uint64_t block = (uint64_t)nrand48(places->random) % places->blocks;
	size_t slot;

	while (places->held[places->next])
		places->next = (places->next + 1) % places->slots;
	slot = places->next;
	places->next = (slot + 1) % places->slots;
	places->held[slot] = true;
	places->offsets[slot] = block * places->bytes;
	return slot;
}

void bench_place_release(struct bench_places *places, size_t slot)
{
	places->held[slot] = false;
}

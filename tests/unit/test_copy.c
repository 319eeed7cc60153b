/* SPDX-License-Identifier: MIT */
/* Out of a slot: every byte arrives, none beside it is touched, and the slot is left as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/copy.h"
#include "scene.h"

#define ROOM ((size_t)1 << 17)
/* More than an alignment, to see what is written beside. */
#define MARGIN ((size_t)256)

struct memory {
	unsigned char *slot;
	unsigned char *before;
	unsigned char *to;
};

static unsigned char *take(size_t size)
{
	unsigned char *memory = aligned_alloc(4096, size);

	assert_non_null(memory);
	return memory;
}

static void set_up(struct memory *memory)
{
	memory->slot = take(ROOM);
	memory->before = take(ROOM);
	memory->to = take(ROOM);
	for (size_t i = 0; i < ROOM; i++)
		memory->slot[i] = (unsigned char)(i * 7 + i / 251);
	memcpy(memory->before, memory->slot, ROOM);
}

static void tear_down(struct memory *memory)
{
	free(memory->slot);
	free(memory->before);
	free(memory->to);
}

static void assert_untouched(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		assert_int_equal(bytes[i], 0xa5);
}

static void copy_and_compare(struct memory *memory, size_t to, size_t from, size_t length)
{
	memset(memory->to, 0xa5, ROOM);
	copy_out(memory->to + MARGIN + to, memory->slot + from, length);
	assert_memory_equal(memory->to + MARGIN + to, memory->before + from, length);
	assert_untouched(memory->to, MARGIN + to);
	assert_untouched(memory->to + MARGIN + to + length, MARGIN);
	assert_memory_equal(memory->slot, memory->before, ROOM);
}

/* On either side of what is too short for streaming stores, and of a cache line. */
static void every_alignment_and_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 15, 63, 64, 65, 4096, 16383, 16384, 16385,
					  16447, 65536, 100001 };
	static const size_t offsets[] = { 0, 1, 16, 33, 63, 64 };
	struct memory memory;

	(void)state;
	set_up(&memory);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (size_t to = 0; to < 6; to++)
			for (size_t from = 0; from < 6; from++)
				copy_and_compare(&memory, offsets[to], offsets[from], lengths[i]);
	tear_down(&memory);
}

/* One part of a file may be wanted in two places, and is copied twice. */
static void a_slot_can_be_copied_again(void **state)
{
	struct memory memory;

	(void)state;
	set_up(&memory);
	copy_and_compare(&memory, 0, 0, 65536);
	copy_and_compare(&memory, 5, 0, 65536);
	copy_own(memory.slot + 3, 70000);
	assert_memory_equal(memory.slot, memory.before, ROOM);
	copy_and_compare(&memory, 0, 3, 65536);
	tear_down(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_alignment_and_length),
		cmocka_unit_test(a_slot_can_be_copied_again),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Out of a slot: every byte arrives, none beside it is touched, and the slot is left as it was. Out
 * of the buffer: the same, and nothing beside the range is read, since that may not be mapped.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Memory between two pages that cannot be accessed. */
static unsigned char *fence(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *all = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

	assert_ptr_not_equal(all, MAP_FAILED);
	assert_int_equal(mprotect(all + page, size, PROT_READ | PROT_WRITE), 0);
	return all + page;
}

static void unfence(unsigned char *memory, size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(memory - page, size + 2 * page);
}

/* Its offsets from the beginning of the buffer, or its distances from the end. */
static const size_t edges[] = { 0, 1, 7, 8, 15, 16, 33, 63, 64, 65 };
static const size_t spans[] = { 0, 1, 7, 8, 9, 15, 63, 64, 65, 127, 128, 200, 4095, 4096, 4097,
				16384, 40000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void take_in_and_compare(struct memory *memory, const unsigned char *from, size_t length,
				size_t to)
{
	memset(memory->to, 0xa5, length + 2 * MARGIN);
	copy_in(memory->to + MARGIN + to, from, length);
	assert_memory_equal(memory->to + MARGIN + to, from, length);
	assert_untouched(memory->to, MARGIN + to);
	assert_untouched(memory->to + MARGIN + to + length, MARGIN - to);
}

static void in_every_alignment_and_length(void **state)
{
	unsigned char *buffer = fence(ROOM);
	struct memory memory;

	(void)state;
	set_up(&memory);
	memcpy(buffer, memory.slot, ROOM);
	for (size_t s = 0; s < COUNT(spans); s++)
		for (size_t e = 0; e < COUNT(edges); e++) {
			take_in_and_compare(&memory, buffer + edges[e], spans[s], e);
			take_in_and_compare(&memory, buffer + ROOM - edges[e] % 16 - spans[s],
					    spans[s], 0);
		}
	assert_memory_equal(buffer, memory.before, ROOM);
	unfence(buffer, ROOM);
	tear_down(&memory);
}

static void over_every_alignment_and_length(void **state)
{
	unsigned char *buffer = fence(ROOM), *larger = fence(ROOM);
	struct memory memory;

	(void)state;
	set_up(&memory);
	memcpy(buffer, memory.slot, ROOM);
	for (size_t s = 0; s < COUNT(spans); s++)
		for (size_t e = 0; e < COUNT(edges); e++) {
			memset(larger, 0xa5, ROOM);
			copy_between(larger + ROOM - spans[s], buffer + edges[e], spans[s]);
			assert_memory_equal(larger + ROOM - spans[s], buffer + edges[e], spans[s]);
			assert_untouched(larger, ROOM - spans[s]);
		}
	unfence(buffer, ROOM);
	unfence(larger, ROOM);
	tear_down(&memory);
}

/* One byte differs: its place and the byte of the buffer are returned. */
static void expect_difference(unsigned char *from, unsigned char *wanted, size_t length, size_t at)
{
	unsigned char differs = 0;

	from[at] ^= 0x5a;
	assert_int_equal(copy_compare(from, wanted, length, &differs), at);
	assert_int_equal(differs, from[at]);
	/* The first of two counts. */
	from[length - 1] ^= at == length - 1 ? 0 : 0x11;
	assert_int_equal(copy_compare(from, wanted, length, &differs), at);
	from[length - 1] ^= at == length - 1 ? 0 : 0x11;
	from[at] ^= 0x5a;
}

static void differences_are_found(void **state)
{
	unsigned char *buffer = fence(ROOM), differs;
	struct memory memory;

	(void)state;
	set_up(&memory);
	for (size_t s = 0; s < COUNT(spans); s++)
		for (size_t e = 0; e < COUNT(edges); e++) {
			const size_t length = spans[s], step = length / 67 + 1;
			unsigned char *from = buffer + edges[e], *last = buffer + ROOM - length;

			memcpy(from, memory.slot + 5, length);
			assert_int_equal(copy_compare(from, memory.slot + 5, length, &differs),
					 length);
			for (size_t at = 0; at < length; at += step)
				expect_difference(from, memory.slot + 5, length, at);
			memcpy(last, memory.slot + 5, length);
			if (length > 0)
				expect_difference(last, memory.slot + 5, length, length - 1);
		}
	assert_memory_equal(memory.slot, memory.before, ROOM);
	unfence(buffer, ROOM);
	tear_down(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_alignment_and_length),
		cmocka_unit_test(a_slot_can_be_copied_again),
		cmocka_unit_test(in_every_alignment_and_length),
		cmocka_unit_test(over_every_alignment_and_length),
		cmocka_unit_test(differences_are_found),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}

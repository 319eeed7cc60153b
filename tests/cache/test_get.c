/* SPDX-License-Identifier: MIT */
/* Gets and puts: which part a slot has, and what fails. */
#include "kit.h"

#include <errno.h>

#include "slots.h"

static void test_a_second_get_is_a_hit(void **state)
{
	struct kit kit;
	slot_ptr a, b;

	(void)state;
	fake_reset();
	kit_make(&kit, 2, 2);
	a = kit_get(&kit, 7);
	assert_int_equal(fake.options.cache, DMALOAD_CACHE_BYPASS);
	assert_int_equal(fake.options.flags, DMALOAD_URGENT);
	assert_ptr_equal(fake.last.file, &kit.file);
	assert_int_equal(fake.last.file_offset, 7 * PART);
	b = kit_get(&kit, 7);
	assert_ptr_equal(a, b);
	assert_int_equal(kit_stats(&kit).slots_pinned, 1);
	kit_put(&kit, a);
	kit_put(&kit, b);
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(kit_stats(&kit).hits, 1);
	assert_int_equal(kit_stats(&kit).misses, 1);
	assert_int_equal(kit_stats(&kit).bytes_loaded, PART);
	assert_int_equal(kit_stats(&kit).slots_pinned, 0);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_parts_differ_by_file_and_length(void **state)
{
	struct dmaload_file other = { .size = 1000 * PART, .number = 2 };
	slot_ptr a, b, c;
	struct kit kit;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 4);
	a = kit_get(&kit, 1);
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, PART, 100,
					   DMALOAD_FOREVER, &b, NULL), 0);
	assert_int_equal(dmaload_cache_get(kit.cache, &other, PART, PART,
					   DMALOAD_FOREVER, &c, NULL), 0);
	assert_int_equal(b->length, 100);
	assert_true(fake_holds(b, &kit.file, PART));
	assert_true(fake_holds(c, &other, PART));
	assert_true(a != b && a != c && b != c);
	assert_int_equal(fake.submitted, 3);
	kit_put(&kit, a);
	kit_put(&kit, b);
	kit_put(&kit, c);
	kit_drop(&kit);
}

/* A slot may get another part between the search and the pin. */
static void test_a_pin_of_a_reused_slot_fails(void **state)
{
	struct sc_key key;
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 1);
	slot = kit_get(&kit, 1);
	key = sc_slot_of(slot)->key;
	kit_put(&kit, slot);
	assert_true(sc_pin(kit.cache, sc_slot_of(slot), &key));
	sc_unpin(kit.cache, sc_slot_of(slot));
	key.offset += PART;
	assert_false(sc_pin(kit.cache, sc_slot_of(slot), &key));
	assert_int_equal(kit_stats(&kit).slots_pinned, 0);
	/* The slot can be evicted, so no pin is left. */
	kit_use(&kit, 2);
	key.offset -= PART;
	assert_false(sc_pin(kit.cache, sc_slot_of(slot), &key));
	kit_drop(&kit);
}

static void test_a_read_that_cannot_start(void **state)
{
	struct kit kit;
	slot_ptr slot = NULL;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 1);
	kit_use(&kit, 1);
	fake.submit_error = -EAGAIN;
	kit_check_failure(&kit, kit_try(&kit, 2, DMALOAD_FOREVER, &slot),
			  -EAGAIN, "no job");
	fake.submit_error = 0;
	fake.allocation_fails = 1;
	kit_check_failure(&kit, kit_try(&kit, 2, DMALOAD_FOREVER, &slot),
			  -ENOMEM, "no memory");
	assert_null(slot);
	assert_int_equal(kit_stats(&kit).slots_pinned, 0);
	kit_use(&kit, 2);
	assert_int_equal(kit_stats(&kit).failures, 2);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_bad_parts_are_refused(void **state)
{
	struct dmaload_file stream = { .size = UINT64_MAX };
	struct dmaload_file *file;
	slot_ptr slot = NULL;
	struct kit kit;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 1);
	file = &kit.file;
#define GET(file, offset, length) \
	dmaload_cache_get(kit.cache, file, offset, length, 0, &slot, &kit.err)
	kit_check_failure(&kit, GET(file, 0, 0), -EINVAL, "0 bytes");
	kit_check_failure(&kit, GET(file, 0, PART + 1), -E2BIG, "larger slots");
	kit_check_failure(&kit, GET(file, 0, DMALOAD_TO_END), -E2BIG, "slot");
	kit_check_failure(&kit, GET(file, 1000 * PART - 1, 2), -ERANGE,
			  "exceed the file");
	kit_check_failure(&kit, GET(file, UINT64_MAX, 2), -ERANGE, "exceed");
	kit_check_failure(&kit, GET(&stream, 0, 1), -ESPIPE, "stream");
#undef GET
	assert_null(slot);
	assert_int_equal(fake.submitted, 0);
	kit_drop(&kit);
}

static void test_bytes_keep_their_place_in_a_page(void **state)
{
	struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = 2 * PART,
		.slots_per_buffer = 2,
		.buffers = 1,
		.align = 32,
	};
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	kit_make_from(&kit, &config);
#define PLACE(offset, length, place) do {				\
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, offset, length,\
					   DMALOAD_FOREVER, &slot, NULL), 0);	\
	assert_int_equal(slot->buffer_offset % (2 * PART), place);	\
	assert_true(fake_holds(slot, &kit.file, offset));		\
	kit_put(&kit, slot);						\
} while (0)
	PLACE(3 * PART + 64, PART, 64);
	PLACE(3 * PART + 64, 2 * PART - 64, 64);
	PLACE(3 * PART + 64, 2 * PART - 63, 0);
	PLACE(3 * PART + 65, PART, 0);
	PLACE(PART, PART, 0);
	kit_drop(&kit);
	config.align = 0;
	kit_make_from(&kit, &config);
	PLACE(3 * PART + 64, PART, 0);
	kit_drop(&kit);
#undef PLACE
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_second_get_is_a_hit),
		cmocka_unit_test(test_parts_differ_by_file_and_length),
		cmocka_unit_test(test_a_pin_of_a_reused_slot_fails),
		cmocka_unit_test(test_a_read_that_cannot_start),
		cmocka_unit_test(test_bad_parts_are_refused),
		cmocka_unit_test(test_bytes_keep_their_place_in_a_page),
	};

	return cmocka_run_group_tests_name("cache_get", tests, NULL, NULL);
}

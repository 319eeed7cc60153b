/* SPDX-License-Identifier: MIT */
/* Which slots may be evicted while others are pinned, and what a get waits
 * for. */
#include "kit.h"

#include <errno.h>

static void test_pinned_slots_stay(void **state)
{
	slot_ptr slots[4], slot = NULL;
	struct getter getter;
	struct kit kit;
	uint64_t waits;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 2, 2);
	for (i = 0; i < 4; i++)
		slots[i] = kit_get(&kit, i);
	kit_check_failure(&kit, kit_try(&kit, 4, 0, &slot), -EBUSY, "all 4");
	kit_check_failure(&kit, kit_try(&kit, 4, 1000, &slot), -EBUSY, "all 4");
	kit_check_failure(&kit, dmaload_cache_begin(kit.cache, &kit.file,
						    4 * PART, PART, &slot,
						    &kit.err), -EBUSY, "put");
	assert_null(slot);
	kit_use(&kit, 2);
	waits = kit_stats(&kit).waits;
	getter_start(&getter, &kit, 5, DMALOAD_FOREVER);
	while (kit_stats(&kit).waits == waits)
		;
	kit_put(&kit, slots[1]);
	assert_int_equal(getter_join(&getter), 0);
	assert_ptr_equal(getter.slot, slots[1]);
	assert_true(fake_holds(getter.slot, &kit.file, 5 * PART));
	kit_put(&kit, getter.slot);
	for (i = 0; i < 4; i++)
		if (i != 1) {
			assert_true(fake_holds(slots[i], &kit.file, i * PART));
			kit_put(&kit, slots[i]);
		}
	assert_int_equal(kit_stats(&kit).refused, 3);
	assert_int_equal(kit_stats(&kit).evictions, 1);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_a_get_waits_for_a_slot_in_flight(void **state)
{
	struct getter getter;
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 1);
	kit_put(&kit, kit_begin(&kit, 1));
	kit_check_failure(&kit, kit_try(&kit, 2, 0, &slot), -EBUSY, "loaded");
	getter_start(&getter, &kit, 2, DMALOAD_FOREVER);
	while (kit_stats(&kit).waits < 1)
		;
	fake_end(0, "");
	while (fake.submitted < 2)
		;
	fake_end(0, "");
	assert_int_equal(getter_join(&getter), 0);
	assert_true(fake_holds(getter.slot, &kit.file, 2 * PART));
	kit_put(&kit, getter.slot);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static unsigned pins_in(const struct dmaload_buffer *buffer, slot_ptr *slots,
			unsigned count)
{
	unsigned n = 0, i;

	for (i = 0; i < count; i++)
		n += slots[i]->buffer == buffer;
	return n;
}

static void test_buffers_without_pins_are_used_first(void **state)
{
	enum { PINS = 7 };
	slot_ptr pinned[PINS], slot;
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 8, 4);
	for (i = 0; i < 32; i++)
		kit_use(&kit, i);
	assert_int_equal(kit_stats(&kit).slots_resident, 32);
	for (i = 0; i < PINS; i++)
		pinned[i] = kit_get(&kit, 100 + i);
	for (i = 0; i < PINS; i++)
		assert_int_equal(pins_in(pinned[i]->buffer, pinned, PINS), 1);
	for (i = 0; i < 200; i++) {
		slot = kit_get(&kit, 200 + i);
		assert_int_equal(pins_in(slot->buffer, pinned, PINS), 0);
		kit_put(&kit, slot);
	}
	for (i = 0; i < PINS; i++)
		kit_put(&kit, pinned[i]);
	kit_drop(&kit);
}

static void test_buffers_with_fewer_pins_come_next(void **state)
{
	const struct dmaload_buffer *emptier;
	slot_ptr pinned[8], slot;
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 4, 4);
	for (i = 0; i < 16; i++)
		kit_use(&kit, i);
	/* Two pins in each buffer, then one in one of them. */
	for (i = 0; i < 8; i++)
		pinned[i] = kit_get(&kit, 100 + i);
	for (i = 0; i < 8; i++)
		assert_int_equal(pins_in(pinned[i]->buffer, pinned, 8), 2);
	emptier = pinned[0]->buffer;
	kit_put(&kit, pinned[0]);
	for (i = 0; i < 50; i++) {
		slot = kit_get(&kit, 200 + i);
		assert_ptr_equal(slot->buffer, emptier);
		kit_put(&kit, slot);
	}
	for (i = 1; i < 8; i++)
		kit_put(&kit, pinned[i]);
	kit_drop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pinned_slots_stay),
		cmocka_unit_test(test_a_get_waits_for_a_slot_in_flight),
		cmocka_unit_test(test_buffers_without_pins_are_used_first),
		cmocka_unit_test(test_buffers_with_fewer_pins_come_next),
	};

	return cmocka_run_group_tests_name("cache_pins", tests, NULL, NULL);
}

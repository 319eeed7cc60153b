/* SPDX-License-Identifier: MIT */
/* Page faults of memory that is not populated. */
#include "counts.h"

#include <sys/mman.h>

/* Untouched memory is faulted in once, a page at a time: when it is pinned or
 * when bytes are copied to it. */
static void test_untouched_pages_are_faulted_in_once(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE) };
	const struct tally *tally;
	struct dmaload_buffer *own;
	struct kit kit;
	void *map;
	int i, r;

	(void)state;
	counts_bytes = PART;
	for (i = 0; i < 2; i++) {
		kit_open_alone(&kit, alone_large(), MIB);
		own = kit.buffer;
		counts_make_pool(&kit);
		map = mmap(NULL, PART, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(map, MAP_FAILED);
		madvise(map, PART, MADV_NOHUGEPAGE);
		assert_int_equal(dmaload_buffer_from_memory(&kit.buffer, map,
							    PART, NULL), 0);
		drop_cache(alone_path(alone_large()));
		tally_begin();
		r = kit_load(&kit, 0, 0, PART, paths[i]);
		tally = tally_end();
		assert_int_equal(r, 0);
		counts_at_most("faults", tally->minor_faults, OWN, GIB / 4096);
		dmaload_buffer_destroy(own);
		kit_close(&kit);
		munmap(map, PART);
	}
}

/* No page is faulted in twice, by the populating thread and by a read. Only
 * what was in flight before the thread began may be. */
static void test_populating_pages_are_faulted_in_once(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE), BIT(BUFFERED) };
	const struct tally *tally;
	struct dmaload_buffer *own;
	struct kit kit;
	int made, i, r;

	(void)state;
	counts_bytes = alone_large();
	for (i = 0; i < 3; i++) {
		kit_open_alone(&kit, alone_large(), MIB);
		own = kit.buffer;
		counts_make_pool(&kit);
		drop_cache(alone_path(alone_large()));
		tally_begin();
		made = dmaload_buffer_create(&kit.buffer, "memfd", counts_bytes, NULL);
		r = made < 0 ? made : kit_load(&kit, 0, 0, counts_bytes, paths[i]);
		tally = tally_end();
		dmaload_buffer_destroy(own);
		assert_int_equal(made, 0);
		assert_int_equal(r, 0);
		counts_at_most("faults", tally->minor_faults, OWN, GIB / 4096 * 110 / 100);
		kit_close(&kit);
	}
}

int counts_faults(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched_pages_are_faulted_in_once),
		cmocka_unit_test(test_populating_pages_are_faulted_in_once),
	};

	return cmocka_run_group_tests_name("counts_faults", tests, tally_start,
					   tally_stop);
}

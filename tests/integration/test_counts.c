/* SPDX-License-Identifier: MIT */
/*
 * The cost of a load in units that do not depend on the machine: system calls,
 * submissions, copies and page faults. Each limit is what was counted on Linux
 * 6.18, or follows from the method, with a small margin. So a change that makes
 * loads more expensive fails here, although no time is asserted.
 */
#include "counts.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>


/* Count the second of two loads: the pool exists, and the file is open for
 * direct I/O. */
static const struct tally *load_twice(struct kit *kit, uint32_t paths)
{
	const struct tally *tally = NULL;
	int round, r;

	for (round = 0; round < 2; round++) {
		drop_cache(alone_path(alone_large()));
		tally_begin();
		r = kit_load(kit, 0, 0, counts_bytes, paths);
		tally = tally_end();
		if (r < 0)
			fail_msg("%s", kit->err.message);
	}
	return tally;
}

static void test_calls_of_direct(void **state)
{
	const struct tally *tally;
	struct kit kit;

	(void)state;
	if (!place.pinnable)
		return;
	counts_bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	tally = load_twice(&kit, BIT(DIRECT));
	assert_int_equal(kit.report.reads, counts_chunks());
	counts_check_ring(&kit, tally, true, SYS_pread64);
	counts_no_faults(tally);
	/* No byte is copied, and there is no pool. */
	assert_int_equal(kit.report.bytes_direct, counts_bytes);
	assert_int_equal(kit.report.copy_ns, 0);
	assert_int_equal(kit.report.pool_pages, DMALOAD_PAGES_UNKNOWN);
	kit_close(&kit);
}

static void test_calls_of_bounce(void **state)
{
	const struct tally *tally;
	struct kit kit;

	(void)state;
	counts_bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	tally = load_twice(&kit, BIT(BOUNCE));
	assert_int_equal(kit.report.reads, counts_chunks());
	counts_check_ring(&kit, tally, true, SYS_pread64);
	counts_no_faults(tally);
	/* Each byte is copied once. */
	assert_int_equal(kit.report.bytes_bounced, counts_bytes);
	kit_close(&kit);
}

/* Each MiB is announced, read into the buffer, and dropped. The first read is
 * short, to measure the speed. On a busy machine more reads are short, so try
 * again until few are. */
static void test_calls_of_buffered(void **state)
{
	const struct tally *tally;
	unsigned tries = 50;
	struct kit kit;

	(void)state;
	counts_bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	do {
		tally = load_twice(&kit, BIT(BUFFERED));
		assert_true(tally->of[SYS_pread64] > counts_chunks());
	} while (tally->of[SYS_pread64] > counts_chunks() + 8 && --tries > 0);
	counts_at_most("reads", tally->of[SYS_pread64], 8, CHUNKS_PER_GIB);
	counts_at_most("fadvises", tally->of[SYS_FADVISE], 4, 2 * CHUNKS_PER_GIB);
	counts_at_most("calls", tally->calls, OWN, 3 * CHUNKS_PER_GIB);
	counts_no_faults(tally);
	assert_int_equal(kit.report.bytes_buffered, counts_bytes);
	assert_int_equal(kit.report.copy_ns, 0);
	kit_close(&kit);
}

/* Each MiB takes one more query, a copy, and a query of the file. The kernel
 * maps 16 pages at a time. */
static void test_calls_of_cached(void **state)
{
	const uint64_t size = may_hold(alone_large() / MIB * MIB);
	const struct tally *tally;
	struct held held;
	struct kit kit;
	int r;

	(void)state;
	counts_bytes = size;
	kit_open_alone(&kit, size, size);
	hold(&held, alone_path(size), 0, size);
	tally_begin();
	r = kit_load(&kit, 0, 0, counts_bytes, 0);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(kit.report.bytes_cached, counts_bytes);
	assert_int_equal(tally->of[SYS_process_vm_readv], counts_chunks());
	counts_at_most("calls", tally->calls, OWN, 4 * CHUNKS_PER_GIB);
	counts_at_most("faults", tally->minor_faults + tally->major_faults, OWN,
		       GIB / (16 * (uint64_t)sysconf(_SC_PAGESIZE)));
	assert_int_equal(kit.report.copy_ns, 0);
	let_go(&held);
	kit_close(&kit);
}

/* Ten thousand ranges with gaps between them in the buffer cost the kernel what
 * one range does. They take memory: 56 bytes of the caller and 120 of the
 * library each. */
static void test_many_ranges_cost_what_one_does(void **state)
{
	const uint64_t step = alone_large() / MANY, length = step / 64 * 64;
	const struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range *ranges = calloc(MANY, sizeof(*ranges));
	const struct tally *tally;
	struct kit kit;
	int r = 0;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	kit_open_alone(&kit, alone_large(), alone_large() + MANY * (uint64_t)64);
	counts_make_pool(&kit);
	for (i = 0; i < MANY; i++)
		ranges[i] = (struct dmaload_range){
			.file = kit.file, .file_offset = i * step,
			.buffer = kit.buffer, .buffer_offset = i * (length + 64),
			.length = length };
	counts_bytes = MANY * step;
	tally_begin();
	r = dmaload_load(kit.ctx, ranges, MANY, &options, &kit.report, &kit.err);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(kit.report.extents, MANY);
	counts_at_most("reads", kit.report.reads, 0, CHUNKS_PER_GIB);
	counts_check_ring(&kit, tally, true, SYS_pread64);
	free(ranges);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_of_direct),
		cmocka_unit_test(test_calls_of_bounce),
		cmocka_unit_test(test_calls_of_buffered),
		cmocka_unit_test(test_calls_of_cached),
		cmocka_unit_test(test_many_ranges_cost_what_one_does),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("counts", tests, tally_start,
					   tally_stop) +
	       counts_stores() + counts_faults();
}

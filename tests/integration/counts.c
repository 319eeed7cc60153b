/* SPDX-License-Identifier: MIT */
#include "counts.h"

#include <inttypes.h>

uint64_t counts_bytes;

uint64_t counts_chunks(void)
{
	return (counts_bytes + MIB - 1) / MIB;
}

void counts_at_most(const char *what, uint64_t n, uint64_t fixed,
		    uint64_t per_gib)
{
	const uint64_t limit = fixed + (per_gib * counts_bytes + GIB - 1) / GIB;

	print_message("%-12s %6" PRIu64 ", of %6" PRIu64 "; %6.0f per GiB\n",
		      what, n, limit, (double)n * (double)GIB / (double)counts_bytes);
	if (n > limit)
		fail_msg("%" PRIu64 " %s, but the limit is %" PRIu64, n, what,
			 limit);
}

void counts_no_faults(const struct tally *tally)
{
	counts_at_most("faults", tally->minor_faults + tally->major_faults, OWN, 0);
}

/*
 * The calls of a ring.
 *
 * io_uring: each enter submits all queued requests and waits for a completion.
 * So there is at most one enter per request, and one more to test the ring.
 * There are fewer when several requests complete together: for 300 requests, 77
 * to 244 were counted.
 *
 * threads: starting and ending each of four threads takes some 25 calls. A
 * request takes 2 to 3 futex calls. The limit is the worst case: two waiting
 * threads are woken once each, and both wait for the lock, too.
 *
 * The page cache is queried for ten chunks or more at a time. If the file
 * system does not report direct I/O, it is also queried after each of the first
 * 32 chunks, and then after every 64th. The rest are some 20 calls: for the
 * ring, registering the pool, two SYNCs, and trying the mapping.
 */
void counts_check_ring(const struct kit *kit, const struct tally *tally,
		       bool looks, long call)
{
	const uint64_t requests = kit->report.reads;
	const uint64_t by_call = tally->of[call];

	assert_int_equal(kit->report.retries, 0);
	if (place.granted == DMALOAD_ENGINE_URING) {
		assert_int_equal(tally->submitted, requests);
		assert_int_equal(by_call, 0);
		counts_at_most("enters", tally->of[SYS_io_uring_enter], requests + 2,
			       0);
		/* The first load of a program has one futex call. */
		counts_at_most("futexes", tally->of[SYS_futex], 1, 0);
	} else {
		assert_int_equal(by_call, requests);
		assert_int_equal(tally->submitted, 0);
		counts_at_most("futexes", tally->of[SYS_futex], OWN, 8 * CHUNKS_PER_GIB);
	}
	counts_at_most("looks", tally->of[SYS_cachestat], looks ? 36 : 4,
		       CHUNKS_PER_GIB / 10 + (looks ? CHUNKS_PER_GIB / 64 : 0));
	counts_at_most("other calls", tally->calls - tally->of[SYS_cachestat] - by_call -
		       tally->of[SYS_futex] - tally->of[SYS_io_uring_enter],
		       OWN + (place.granted == DMALOAD_ENGINE_URING ? 0 : 100), 0);
}

void counts_make_pool(struct kit *kit)
{
	assert_int_equal(kit_load(kit, 0, 0, MIB, BIT(BOUNCE)), 0);
	kit_guard(kit);
	drop_cache(alone_path(alone_large()));
}

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
		fail_msg("%" PRIu64 " %s, and the limit is %" PRIu64, n, what,
			 limit);
}

void counts_no_faults(const struct tally *tally)
{
	counts_at_most("faults", tally->minor_faults + tally->major_faults, OWN, 0);
}

/*
 * By the ring. To enter it submits what can be submitted and waits for a completion;
 * so it is never entered more often than there are requests, beside once to try it.
 * Fewer when several are complete at once: 300 requests were entered for 77 to 244
 * times.
 *
 * Each of four threads is started and ends by some 25 calls. The calls of a
 * futex are 2 to 3 a request; the limit is what a request can need at the
 * worst: each of two who wait is woken once, and either has to wait for the
 * lock as well.
 *
 * The page cache is looked at ahead of every ten chunks at least; and, where
 * the file system does not say by itself that it reads directly, after each of
 * 32 chunks, and then after every 64th. The rest is some 20 calls: the ring,
 * the pool registered, two SYNC, the mapping tried.
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
		/* The first load of a program has one. */
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

/* SPDX-License-Identifier: MIT */
/*
 * Threads use one cache by all calls, in a random order that depends on the
 * thread's number. All bytes are compared. One file has become shorter, so
 * reads of its end fail.
 */
#include <dmaload-cache.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../integration/pattern.h"
#include "storm.h"

enum {
	THREADS = 6,
	/* More slots than all threads can pin. */
	BUFFERS = 6, SLOTS = 5,
	FILE_BYTES = 16777216,
};

static struct storm_world world = { .slots = BUFFERS * SLOTS };
static unsigned rounds;
static struct storm storms[THREADS];

static void open_shrunk(const char *path)
{
	const int fd = open(path, O_WRONLY);
	unsigned char *bytes = malloc((STORM_PARTS + 1) * STORM_SLOT);

	assert_true(fd >= 0 && bytes);
	pattern_fill(bytes, (STORM_PARTS + 1) * STORM_SLOT, 0);
	assert_int_equal(write(fd, bytes, (STORM_PARTS + 1) * STORM_SLOT),
			 (STORM_PARTS + 1) * STORM_SLOT);
	assert_int_equal(dmaload_file_open(&world.shrunk, path, NULL), 0);
	assert_int_equal(ftruncate(fd, STORM_PARTS / 2 * STORM_SLOT), 0);
	close(fd);
	free(bytes);
}

static void run_storms(void)
{
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		storms[i] = (struct storm){
			.world = &world, .number = i, .rounds = rounds,
		};
		assert_int_equal(pthread_create(&storms[i].thread, NULL,
						storm_rage, &storms[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(storms[i].thread, NULL);
	storm_get_in_order(&storms[0]);
	for (i = 0; i < THREADS; i++)
		if (storms[i].wrong.what)
			fail_msg("thread %u, line %d: %s, with %d", i,
				 storms[i].wrong.line, storms[i].wrong.what,
				 storms[i].wrong.code);
}

/* Wait until the last prefetch has ended. */
static struct dmaload_cache_stats stats_at_rest(void)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };

	do {
		assert_int_equal(dmaload_cache_stats(world.cache, &stats, NULL), 0);
	} while (stats.slots_loading > 0 ||
		 stats.loads + stats.failures <
		 stats.misses + stats.prefetches);
	return stats;
}

static void check_stats(void)
{
	const struct dmaload_cache_stats stats = stats_at_rest();
	uint64_t granted = 0, busy = 0, failed = 0;
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		granted += storms[i].granted;
		busy += storms[i].busy;
		failed += storms[i].failed;
	}
	assert_int_equal(stats.hits + stats.misses + stats.shared, granted);
	assert_int_equal(stats.refused, busy);
	assert_int_equal(stats.misses + stats.prefetches,
			 stats.loads + stats.failures);
	assert_int_equal(stats.slots_resident,
			 stats.loads - stats.evictions - stats.dropped);
	assert_int_equal(stats.slots_pinned, 0);
	assert_true(stats.hits > 0 && stats.misses > 0 && stats.evictions > 0);
	assert_true(failed > 0 && stats.failures > 0);
	print_message("%d hits, %d misses, %d shared, %d prefetches, %d refused\n",
		      (int)stats.hits, (int)stats.misses, (int)stats.shared,
		      (int)stats.prefetches, (int)stats.refused);
}

static void test_storm(void **state)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = STORM_SLOT,
		.slots_per_buffer = SLOTS,
		.buffers = BUFFERS,
		.source = place.source,
		.align = 32,
	};
	const char *path = alone_empty();
	const int fds = open_fds();
	struct dmaload_ctx *ctx;

	(void)state;
	open_shrunk(path);
	assert_int_equal(dmaload_file_open(&world.whole, pattern_path(FILE_BYTES),
					   NULL), 0);
	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_cache_create(&world.cache, ctx, &config, NULL), 0);
	run_storms();
	check_stats();
	dmaload_cache_destroy(world.cache);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(world.whole);
	dmaload_file_close(world.shrunk);
	assert_int_equal(open_fds(), fds);
	alone_drop(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm) };

	if (argc < 2 || !place_from(argc - 1, argv))
		return 2;
	rounds = (unsigned)strtoul(argv[argc - 1], NULL, 0);
	return cmocka_run_group_tests_name("cache_storm", tests, NULL, NULL);
}

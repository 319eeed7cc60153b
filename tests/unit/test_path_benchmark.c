/* SPDX-License-Identifier: MIT */
/* Which of direct and bounce is faster: the arithmetic, and what comes of it. */
#include <errno.h>
#include <string.h>

#include "load/load.h"
#include "buffer/benchmark.h"
#include "model.h"
#include "scene.h"

#define MIB (1u << 20)
/* A pool of 32 KiB: 2 MiB are long enough. */
#define POOL (4 * 8192u)
#define LONG (64 * POOL)

static const struct scene_setup into_base_pages = {
	.file_size = 4 * MIB, .buffer_size = 8 * MIB,
};

/* All of a buffer is checked after each load. */
static const struct scene_setup into_few_pages = {
	.file_size = 4 * MIB, .buffer_size = 2 * POOL,
};

static void make(struct scene *scene, unsigned scattered)
{
	scene_make(scene, &into_base_pages);
	scene_set_range(scene, 0, 0, 4 * MIB);
	fake.scattered = scattered;
}

/* For many short loads. */
static void make_small(struct scene *scene)
{
	scene_make(scene, &into_few_pages);
	scene_set_range(scene, 0, 0, POOL);
	fake.scattered = 3;
}

static void load(struct scene *scene)
{
	assert_int_equal(scene_load(scene), 0);
	scene_check_bytes(scene);
	scene_check_report(scene);
	/* Both ways at once pin no more than either. */
	assert_in_range(scene->report.pinned_bytes, 1, POOL);
}

static void check_untried(const struct scene *scene)
{
	assert_int_equal(scene->report.rate_direct, 0);
	assert_int_equal(scene->report.rate_bounced, 0);
	scene_check_reason(scene, DMALOAD_PATH_DIRECT, NULL);
	assert_int_equal(scene->report.bytes_direct, scene_length(scene));
}

static void rates_leave_out_the_lead(void **state)
{
	struct lap lap = { 0 };

	(void)state;
	assert_false(lap_count(&lap, 60, 10, 100, 300));
	assert_false(lap_count(&lap, 60, 20, 100, 300));
	assert_int_equal(lap.lead, 120);
	assert_false(lap_count(&lap, 200, 50, 100, 300));
	assert_true(lap_count(&lap, 100, 120, 100, 300));
	/* 300 bytes in 100 ns. */
	assert_int_equal(lap.rate, 3000000000u);
	assert_false(lap_count(&lap, 100, 999, 100, 300));
	assert_int_equal(lap.rate, 3000000000u);
}

/* A clock that stands still measures nothing, and nothing is divided by it. */
static void no_time_is_no_rate(void **state)
{
	struct lap lap = { 0 };

	(void)state;
	assert_false(lap_count(&lap, 100, 7, 100, 300));
	assert_false(lap_count(&lap, 300, 7, 100, 300));
	assert_true(lap_count(&lap, 100, 8, 100, 300));
	assert_int_equal(lap.rate, 400000000000u);
}

/* Loads of so many bytes, until one is bounced. */
static unsigned load_until_bounced(struct scene *scene, uint64_t length)
{
	unsigned loads = 0;

	do {
		scene_set_range(scene, length * loads % (2 * MIB), 0, length);
		load(scene);
		assert_true(++loads < 1000);
	} while (scene->report.bytes_direct > 0);
	return loads;
}

/* As a cache does: none of its loads is long. */
static void many_short_loads_are_tried(void **state)
{
	struct scene scene;
	unsigned loads;

	(void)state;
	make_small(&scene);
	loads = load_until_bounced(&scene, POOL);
	/* Not before a quarter of them at most is read the slower way. */
	assert_in_range(loads, 16, 24);
	while (scene.report.rate_bounced == 0) {
		load(&scene);
		assert_true(++loads < 40);
	}
	load(&scene);
	assert_int_equal(scene.report.bytes_direct, 0);
	assert_true(scene.report.rate_bounced > 2 * scene.report.rate_direct);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "bounce is faster here");
	scene_drop(&scene);
}

/* One chunk is read by the caller's thread, and short reads take as long into any page. */
static void single_chunks_are_tried_and_short_ones_not(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	make_small(&scene);
	for (i = 0; i < 2000; i++) {
		scene_set_range(&scene, i * 1024, 0, 1024);
		load(&scene);
		check_untried(&scene);
	}
	assert_in_range(load_until_bounced(&scene, 8192), 16 * 4, 24 * 4);
	scene_drop(&scene);
}

/* Pauses between loads are no time of theirs. */
static void pauses_do_not_count(void **state)
{
	uint64_t rates[2][2];
	struct scene scene;
	unsigned pause, i;

	(void)state;
	for (pause = 0; pause < 2; pause++) {
		fake_reset();
		make_small(&scene);
		for (i = 0; i < 60; i++) {
			scene_set_range(&scene, 0, 0, POOL);
			load(&scene);
			fake_tick(pause * 1000000000u);
		}
		rates[pause][0] = scene.report.rate_direct;
		rates[pause][1] = scene.report.rate_bounced;
		assert_true(rates[pause][0] > 0);
		scene_drop(&scene);
	}
	assert_int_equal(rates[0][0], rates[1][0]);
	assert_int_equal(rates[0][1], rates[1][1]);
}

/* It is about a buffer's pages, and of one disk at a time. */
static void a_buffer_remembers(void **state)
{
	struct benchmark benchmark = { 0 };
	struct scene scene;

	(void)state;
	make(&scene, 3);
	load(&scene);
	assert_true(scene.report.bytes_direct > 0);
	load(&scene);
	assert_int_equal(scene.report.bytes_direct, 0);
	assert_true(scene.report.rate_direct > 0);
	scene_drop(&scene);

	benchmark_decide(&benchmark, WAY_BOUNCE);
	benchmark_enter(&benchmark, 0, 1, POOL);
	assert_int_equal(benchmark.state, BENCHMARK_DONE);
	benchmark_enter(&benchmark, 7, 1, POOL);
	assert_int_equal(benchmark.state, BENCHMARK_NONE);
	assert_int_equal(benchmark.way, WAY_DIRECT);
	assert_false(benchmark_count(&benchmark, 8, WAY_DIRECT, LONG, 1, POOL));
	assert_int_equal(benchmark.before, 0);
	benchmark_enter(&benchmark, 7, LONG, POOL);
	assert_int_equal(benchmark.state, BENCHMARK_RUNNING);
}

static void bounce_wins_over_scattered_pages(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 3);
	load(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "bounce is faster here");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);
	assert_in_range(scene.report.bytes_direct, 4 * POOL, 6 * POOL);
	assert_true(scene.report.rate_bounced > 2 * scene.report.rate_direct);
	assert_true(scene.report.rate_direct > 0);
	scene_drop(&scene);
}

/* A copy has to be worth it. */
static void direct_wins_where_it_is_as_fast(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 0);
	load(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, NULL);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);
	assert_in_range(scene.report.bytes_bounced, 4 * POOL, 6 * POOL);
	assert_true(scene.report.rate_direct > 0);
	assert_true(scene.report.rate_bounced > 0);
	scene_drop(&scene);
}

static void what_needs_no_trial_has_none(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 3);
	scene_set_range(&scene, 0, 0, LONG - 8192);
	load(&scene);
	check_untried(&scene);

	scene_set_range(&scene, 0, 0, 4 * MIB);
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	load(&scene);
	check_untried(&scene);

	scene.options.paths = 0;
	/* Behind the first huge page. */
	scene_set_range(&scene, 0, 4 * MIB, 4 * MIB);
	fake.huge_pages = true;
	load(&scene);
	check_untried(&scene);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_leave_out_the_lead),
		cmocka_unit_test(no_time_is_no_rate),
		SCENE_TEST(many_short_loads_are_tried),
		SCENE_TEST(single_chunks_are_tried_and_short_ones_not),
		SCENE_TEST(pauses_do_not_count),
		SCENE_TEST(a_buffer_remembers),
		SCENE_TEST(bounce_wins_over_scattered_pages),
		SCENE_TEST(direct_wins_where_it_is_as_fast),
		SCENE_TEST(what_needs_no_trial_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

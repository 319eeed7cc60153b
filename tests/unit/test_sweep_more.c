/* SPDX-License-Identifier: MIT */
/*
 * As test_sweep.c, for what is more than one range into one buffer: stores, streams,
 * priorities, the page cache, jobs. Every system call of a whole life fails once,
 * with every code that is plausible for it; the library recovers or says why not,
 * nothing is left over, and the next life goes well.
 */
#include <string.h>

#include "lives.h"
#include "shown.h"

static void check_result(const struct world *world, const char *call,
			 unsigned n, int r)
{
	const bool says = world->err.code != 0 || world->err.message[0];

	if (r > 0 || (r == 0 && says))
		fail_msg("call %u, %s: %d, and \"%s\"", n, call, r,
			 world->err.message);
	if (r < 0 && (world->err.code != r || !world->err.message[0]))
		fail_msg("call %u, %s: %d is returned, and err says %d, \"%s\"",
			 n, call, r, world->err.code, world->err.message);
	if (r < 0)
		assert_true(is_shown(world->err.message));
}

/* One life with one failure, and another after it. False: no such call. */
static bool fail_one(const struct life *life, unsigned n, unsigned variant)
{
	struct world world;
	const char *call;
	int r;

	world_make(&world, life);
	fake_fail_nth(n, variant);
	r = world_live(&world, life);
	call = fake_failed();
	fake_fail_nothing();
	check_result(&world, call ? call : "none", n, r);
	r = world_live(&world, life);
	if (r != 0)
		fail_msg("after call %u, %s: %s", n, call, world.err.message);
	check_result(&world, "none", n, r);
	if (life->cached)
		assert_true(fake_cached(world.nodes[0], 8192));
	fake_close(world.stream_fd);
	return call != NULL;
}

static void sweep(const struct life *life)
{
	unsigned n, variant;

	for (n = 1;; n++) {
		for (variant = 0; fail_one(life, n, variant); variant++)
			;
		if (variant == 0)
			break;
	}
	assert_true(n > 20);
}

#define BIT(path) DMALOAD_PATH_BIT(DMALOAD_PATH_ ## path)

static const struct life lives[] = {
	{ .live = live_many, .source = "system", .pfnmap = true, .direct_refused = true },
	{ .live = live_many, .source = "system", .cached = true },
	{ .live = live_many, .source = "memfd", .cached = true, .no_cachestat = true },
	{ .live = live_many, .source = "system", .paths = BIT(BUFFERED), .cached = true,
	  .reads_pin = true, .pfnmap = true },
	{ .live = live_job, .source = "system", .pfnmap = true, .cached = true },
	{ .live = live_job, .source = "memfd", .direct_refused = true },
	{ .live = live_store, .source = "memfd" },
	{ .live = live_store, .source = "system", .paths = BIT(BOUNCE), .pfnmap = true,
	  .no_allocate = true },
	{ .live = live_store, .source = "system", .paths = BIT(BUFFERED), .pfnmap = true,
	  .reads_pin = true },
	{ .live = live_stream, .source = "system", .pfnmap = true, .reads_pin = true },
	{ .live = live_stream, .source = "memfd" },
	{ .live = live_growth, .source = "system", .pfnmap = true },
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

static void every_call_fails_once(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LIVES; i++)
		sweep(&lives[i]);
}

static void storms(void **state)
{
	const struct life *life;
	struct world world;
	unsigned seed;
	int r;

	(void)state;
	for (seed = 1; seed <= 1500; seed++) {
		life = &lives[seed % LIVES];
		world_make(&world, life);
		fake.seed = seed * 7919;
		fake.order = FAKE_RANDOM;
		fake_fail_at_random(5 + seed % 40);
		r = world_live(&world, life);
		fake_fail_nothing();
		check_result(&world, "storm", seed, r);
		r = world_live(&world, life);
		if (r != 0)
			fail_msg("after storm %u: %s", seed, world.err.message);
		fake_close(world.stream_fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(every_call_fails_once),
		SCENE_TEST(storms),
	};

	return cmocka_run_group_tests_name("sweep_more", tests, NULL, NULL);
}

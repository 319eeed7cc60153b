/* SPDX-License-Identifier: MIT */
/* Transforms that see the bytes while the library copies them. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "taker.h"

static const uint32_t orders[] = { 0, DMALOAD_PIECES_IN_ORDER, DMALOAD_PIECES_AT_ONCE };

/* Another thread may call it, but never two at once. */
static atomic_uint inside;

static int take_alone(const struct dmaload_piece *piece, void *data)
{
	int r;

	assert_int_equal(inside++, 0);
	sched_yield();
	r = take(piece, data);
	inside--;
	return r;
}

static void make(struct scene *scene, struct taker *taker, struct dmaload_range ranges[2],
		 unsigned i)
{
	static const enum dmaload_engine engines[] = {
		DMALOAD_ENGINE_URING, DMALOAD_ENGINE_THREADS };

	scene_make(scene, &(struct scene_setup){
		.pfnmap = i & 1, .engine = engines[i / 2 % 2],
		/* All chunks in flight at once, so that other threads copy. */
		.chunk = i % 5 < 2 ? 32768 : 0 });
	ranges[0] = scene_range(scene, 0, 100, 0, 8, 60000);
	ranges[1] = scene_range(scene, 0, 70001, 0, 60020, 20000);
	*taker = (struct taker){ .ranges = ranges, .unit = 18, .function = take_alone,
		.flags = DMALOAD_PIECES_COPIED | orders[i % 3] };
	scene_fill(scene);
}

static void the_buffer_gets_them_too(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 72; i++) {
		make(&scene, &taker, ranges, i);
		/* One call at a time needs no lock. */
		if (taker.flags & DMALOAD_PIECES_AT_ONCE)
			taker.flags &= ~DMALOAD_PIECES_AT_ONCE;
		scene.options.paths = i % 4 == 3 ? DMALOAD_ALLOW_BUFFERED : 0;
		fake.order = (enum fake_order)(i / 3 % 3);
		fake.batch = i % 5;
		if (i % 7 == 0)
			fake_cache(scene.node, 20480, 36864);
		taker_expect(&taker, &scene, 2);
		for (n = 0; n < 60000; n++)
			assert_int_equal(scene.views[0][8 + n], fake_pattern(100 + n));
		for (n = 0; n < 20000; n++)
			assert_int_equal(scene.views[0][60020 + n],
					 fake_pattern(70001 + n));
		assert_int_equal(scene.memory->brackets, 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static void a_stream_is_copied_too(void **state)
{
	static struct taker taker;
	struct dmaload_range range;
	struct scene scene;
	unsigned n;

	(void)state;
	scene_make_stream(&scene, 50000)->comes_most = 777;
	scene_add_buffer(&scene, "heap", 65536);
	range = scene_range(&scene, 0, 0, 0, 0, DMALOAD_TO_END);
	taker = (struct taker){ .ranges = &range, .unit = 18,
		.flags = DMALOAD_PIECES_COPIED };
	taker_expect(&taker, &scene, 1);
	for (n = 0; n < 50000; n++)
		assert_int_equal(scene.views[0][n], scene.node->bytes[n]);
	scene_drop(&scene);
}

static void a_stop_is_a_failure(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		make(&scene, &taker, ranges, i);
		taker.flags &= ~DMALOAD_PIECES_AT_ONCE;
		taker.stop_at = 1 + i / 2 % 3;
		scene_check_failure(&scene, taker_load(&taker, &scene, 2),
				    -ECANCELED, "the transform stopped");
		assert_int_equal(taker.pieces, taker.stop_at);
		fake_check_quiet();
		scene_drop(&scene);
		fake_reset();
	}
}

static void ranges_are_those_of_a_load(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[2];
	struct scene scene;

	(void)state;
	make(&scene, &taker, ranges, 0);
	ranges[0].buffer_length = 60000;
	scene_check_failure(&scene, taker_load(&taker, &scene, 1), -EINVAL,
			    "only for a transform that writes");
	ranges[0].buffer_length = 0;
	ranges[1].buffer_offset = 60007;
	scene_check_failure(&scene, taker_load(&taker, &scene, 2), -EINVAL,
			    "overlap");
	ranges[0].buffer_offset = 70000;
	ranges[0].length = 61073;
	scene_check_failure(&scene, taker_load(&taker, &scene, 1), -ENOSPC,
			    "do not fit");
	ranges[0].buffer = NULL;
	scene_check_failure(&scene, taker_load(&taker, &scene, 1), -EINVAL,
			    "needs a file, a buffer");
	assert_int_equal(taker.pieces, 0);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(the_buffer_gets_them_too),
		SCENE_TEST(a_stream_is_copied_too),
		SCENE_TEST(a_stop_is_a_failure),
		SCENE_TEST(ranges_are_those_of_a_load),
	};

	return cmocka_run_group_tests_name("transform_copied", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Transforms that stop, that are refused, or that call the library. */
#include <errno.h>

#include "taker.h"

static void the_function_may_stop_it(void **state)
{
	static struct taker taker;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
		fake.batch = i % 3;
		scene.options.paths = i & 1 ? DMALOAD_ALLOW_BUFFERED : 0;
		taker = (struct taker){ .ranges = &scene.range, .unit = 34,
					.stop_at = i / 2 ? 2 * i : 1 };
		if (i == 1)
			fake_cache(scene.node, 0, 65536);
		scene_check_failure(&scene, taker_load(&taker, &scene, 1),
				    -ECANCELED, "the transform stopped the load");
		assert_int_equal(taker.pieces, taker.stop_at);
		assert_int_equal(scene.memory->brackets, 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static void refused(struct taker *taker, struct scene *scene, int code,
		    const char *message)
{
	scene_check_failure(scene, taker_load(taker, scene, 1), code, message);
	assert_int_equal(taker->pieces, 0);
}

static void bad_requests_are_refused(void **state)
{
	static struct taker taker;
	struct dmaload_transform given = { .size = sizeof(given) };
	struct dmaload_buffer *buffer = (void *)1;
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	range = scene.range;
	taker = (struct taker){ .ranges = &range, .unit = 18 };
	range.buffer_length = (128 << 10) + 1;
	refused(&taker, &scene, -ENOSPC, "do not fit");
	range.buffer_length = 0;
	range.buffer_offset = 128 << 10;
	refused(&taker, &scene, -ENOSPC, "do not fit");
	range.buffer = NULL;
	refused(&taker, &scene, -EINVAL, "without a buffer");
	range.buffer_offset = 0;
	range.buffer_length = 1;
	refused(&taker, &scene, -EINVAL, "without a buffer");
	range.buffer_length = 0;
	range.length = 100001;
	refused(&taker, &scene, -ERANGE, "100000 bytes");

	range = scene.range;
	scene.options.transform = &given;
	scene_check_failure(&scene, dmaload_load(scene.ctx, &range, 1, &scene.options,
						 NULL, &scene.err),
			    -EINVAL, "needs a function");
	given.function = take;
	given.flags = 2 * DMALOAD_PIECES_COPIED;
	scene_check_failure(&scene, dmaload_load(scene.ctx, &range, 1, &scene.options,
						 NULL, &scene.err),
			    -EINVAL, "does not know");
	given.flags = 0;
	scene_check_failure(&scene, dmaload_verify(scene.ctx, &range, 1,
						   &scene.options, NULL, &scene.err),
			    -EINVAL, "for a load only");
	scene_check_failure(&scene, dmaload_store(scene.ctx, &range, 1,
						  &scene.options, NULL, &scene.err),
			    -EINVAL, "for a load only");
	scene_check_failure(&scene, dmaload_load_file(&buffer, SCENE_PATH, NULL,
						      &scene.options, NULL,
						      &scene.err),
			    -EINVAL, "gets the file's own bytes");
	assert_ptr_equal(buffer, (void *)1);
	scene_drop(&scene);
}

/* The slots of chunks that wait for their turn are freed with the others. */
static void the_ring_may_fail_while_chunks_wait(void **state)
{
	static struct taker taker;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 60; i++) {
		scene_make(&scene, &(struct scene_setup){ 0 });
		fake.order = FAKE_RANDOM;
		fake.seed = 1 + i / 6;
		/* Some requests are still queued when it fails. */
		fake.submit_most = 2;
		fake.batch = 1;
		/* The load ends by the function, or by the ring before. */
		taker = (struct taker){ .ranges = &scene.range, .unit = 18,
					.flags = DMALOAD_PIECES_IN_ORDER, .stop_at = 1 };
		fake_fail_calls(FAKE_RING_SUBMIT, 2 + i % 6, 0, -EBADR);
		assert_true(taker_load(&taker, &scene, 1) < 0);
		fake_fail_nothing();
		taker.stop_at = 0;
		taker_expect(&taker, &scene, 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static int call_back(const struct dmaload_piece *piece, void *data)
{
	struct taker *taker = data;

	(void)piece;
	taker->pieces++;
	taker->loaded = dmaload_load(taker->scene->ctx, taker->ranges, 1, NULL,
				     NULL, NULL);
	if (taker->job)
		taker->waited = dmaload_job_wait(taker->job, DMALOAD_FOREVER,
						 NULL, NULL);
	return 0;
}

static void a_job_transforms_too(void **state)
{
	static struct taker taker;
	struct dmaload_transform given = {
		.size = sizeof(given), .function = call_back, .data = &taker };
	struct dmaload_job *job;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	taker = (struct taker){ .scene = &scene, .ranges = &scene.range };
	scene.options.transform = &given;
	assert_int_equal(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD, &scene.range, 1,
					&scene.options, NULL), 0);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	assert_true(taker.pieces > 1);
	assert_int_equal(taker.loaded, -EDEADLK);
	dmaload_job_destroy(job);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(the_function_may_stop_it),
		SCENE_TEST(bad_requests_are_refused),
		SCENE_TEST(the_ring_may_fail_while_chunks_wait),
		SCENE_TEST(a_job_transforms_too),
	};

	return cmocka_run_group_tests_name("transform_errors", tests, NULL, NULL);
}

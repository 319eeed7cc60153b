/* SPDX-License-Identifier: MIT */
/* Transforms that get several pieces at once. */
#include <errno.h>
#include <pthread.h>

#include "taker.h"

static bool no_threads;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

/* Calls that are in the function, and how many there are to be before any
 * returns. */
struct crowd {
	struct taker taker;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned inside, wanted;
	bool met;
};

static struct crowd crowd = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static int take_in_crowd(const struct dmaload_piece *piece, void *data)
{
	int r;

	(void)data;
	pthread_mutex_lock(&crowd.lock);
	crowd.inside++;
	crowd.met |= crowd.inside >= crowd.wanted;
	pthread_cond_broadcast(&crowd.changed);
	while (!crowd.met)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	r = take(piece, &crowd.taker);
	crowd.inside--;
	pthread_mutex_unlock(&crowd.lock);
	return r;
}

static void begin(struct scene *scene, const struct scene_setup *setup, unsigned wanted)
{
	scene_make(scene, setup);
	crowd.met = false;
	crowd.wanted = wanted;
	crowd.taker = (struct taker){
		.ranges = &scene->range, .unit = 1, .function = take_in_crowd,
		.flags = DMALOAD_PIECES_AT_ONCE };
}

static void end(struct scene *scene)
{
	/* Nobody is left in the function. */
	assert_int_equal(crowd.inside, 0);
	scene_drop(scene);
	fake_reset();
}

/* Three threads and that of the load. */
static void four_pieces_at_once(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		begin(&scene, &(struct scene_setup){
			.engine = i & 1 ? DMALOAD_ENGINE_THREADS : DMALOAD_ENGINE_URING,
			.pfnmap = true }, i & 1 ? 1 : 4);
		fake.batch = 4;
		taker_expect(&crowd.taker, &scene, 1);
		assert_int_equal(scene.report.bytes_bounced, 100000);
		/* Nothing is kept after this, and all is made again. */
		dmaload_ctx_trim(scene.ctx);
		crowd.met = i & 2;
		taker_expect(&crowd.taker, &scene, 1);
		end(&scene);
	}
}

static void without_threads_the_load_does_it(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, &(struct scene_setup){ .pfnmap = true }, 1);
	no_threads = true;
	taker_expect(&crowd.taker, &scene, 1);
	no_threads = false;
	end(&scene);
}

static void any_piece_may_stop_it(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 1; i < 13; i++) {
		begin(&scene, &(struct scene_setup){ .pfnmap = true }, 1 + i % 4);
		fake.batch = 4;
		crowd.taker.stop_at = i;
		scene_check_failure(&scene, taker_load(&crowd.taker, &scene, 1),
				    -ECANCELED, "the transform stopped the load at offset");
		end(&scene);
	}
}

/* What other threads, or earlier chunks, have to end first is not lost. */
static void the_ring_may_fail(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 24; i++) {
		begin(&scene, &(struct scene_setup){ .pfnmap = true }, 1);
		if (i & 1)
			crowd.taker.flags = DMALOAD_PIECES_IN_ORDER;
		fake.batch = 1 + i % 3;
		fake.order = FAKE_LIFO;
		fake_fail_calls(FAKE_RING_SUBMIT, 2 + i / 2, 0, -EBADR);
		if (taker_load(&crowd.taker, &scene, 1) != 0)
			check_says(scene.err.message, "io_uring failed");
		else
			assert_int_equal(crowd.taker.ends[0], 100000);
		fake_check_quiet();
		end(&scene);
	}
}

static void not_both_in_order_and_at_once(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, &(struct scene_setup){ .pfnmap = true }, 1);
	crowd.taker.flags |= DMALOAD_PIECES_IN_ORDER;
	scene_check_failure(&scene, taker_load(&crowd.taker, &scene, 1), -EINVAL,
			    "not both");
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(four_pieces_at_once),
		SCENE_TEST(without_threads_the_load_does_it),
		SCENE_TEST(any_piece_may_stop_it),
		SCENE_TEST(the_ring_may_fail),
		SCENE_TEST(not_both_in_order_and_at_once),
	};

	return cmocka_run_group_tests_name("transform_at_once", tests, NULL, NULL);
}

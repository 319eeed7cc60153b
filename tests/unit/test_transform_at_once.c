/* SPDX-License-Identifier: MIT */
/* Transforms that get several pieces at once. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "model.h"
#include "taker.h"

static bool no_threads;
static unsigned threads_begun;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	threads_begun++;
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
	/* The thread that loads. */
	pthread_t owner;
};

/* All chunks are in flight at once. The last ones of a load have several threads,
 * however quick the function is. */
#define ALL_AT_ONCE .pfnmap = true, .chunk = 32768

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
			ALL_AT_ONCE }, i & 1 ? 1 : 4);
		fake.batch = 4;
		if (i & 2)
			crowd.taker.flags |= DMALOAD_PIECES_COPIED;
		scene_fill(&scene);
		taker_expect(&crowd.taker, &scene, 1);
		assert_int_equal(scene.report.bytes_bounced, 100000);
		assert_true((memcmp(scene.views[0], scene.node->bytes, 100000) == 0) ==
			    ((i & 2) != 0));
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

static unsigned ns_per_byte, threads_before;

static int take_slowly(const struct dmaload_piece *piece, void *data)
{
	struct taker *taker = data;

	fake_tick(piece->length * ns_per_byte);
	if (taker->pieces == 6)
		threads_before = threads_begun;
	return take(piece, data);
}

/* The disk takes 1 ns for a byte. There is no thread, so the load's own does all,
 * but it asks for one. */
static void only_a_slow_function_gets_help(void **state)
{
	static struct taker taker;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++) {
		scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
		taker = (struct taker){
			.ranges = &scene.range, .unit = 1, .function = take_slowly,
			.flags = DMALOAD_PIECES_AT_ONCE };
		fake.batch = 1 + i / 4;
		ns_per_byte = i & 1 ? 2 : 0;
		no_threads = true;
		threads_begun = threads_before = 0;
		taker_expect(&taker, &scene, 1);
		no_threads = false;
		assert_int_equal(threads_before > 0, i & 1);
		assert_true(threads_begun > 0);
		scene_drop(&scene);
		fake_reset();
	}
}

static unsigned unsubmitted;

static int take_beside_reads(const struct dmaload_piece *piece, void *data)
{
	unsubmitted += fake_rings_queued();
	return take(piece, data);
}

/* The function takes time, in which the disk should have all free slots. */
static void reads_are_submitted_before_it(void **state)
{
	static struct taker taker;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++) {
		scene_make(&scene, &(struct scene_setup){
			.engine = i & 1 ? DMALOAD_ENGINE_THREADS : DMALOAD_ENGINE_URING,
			.pfnmap = true });
		taker = (struct taker){
			.ranges = &scene.range, .unit = 1, .function = take_beside_reads,
			.flags = i & 2 ? DMALOAD_PIECES_AT_ONCE : 0 };
		fake.batch = 1 + i / 4;
		unsubmitted = 0;
		no_threads = true;
		taker_expect(&taker, &scene, 1);
		no_threads = false;
		assert_int_equal(unsubmitted, 0);
		scene_drop(&scene);
		fake_reset();
	}
}

static void any_piece_may_stop_it(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++) {
		begin(&scene, &(struct scene_setup){ ALL_AT_ONCE }, 1 + i / 4);
		fake.batch = 4;
		crowd.taker.stop_at = 1 + i % 4;
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

/* Write the second range long after the first one has come. Meanwhile, the load's
 * thread could publish it. */
static int take_second_late(const struct dmaload_piece *piece, void *data)
{
	const bool waits = piece->range == 1 && !pthread_equal(crowd.owner, pthread_self());
	unsigned i;
	int r;

	(void)data;
	pthread_mutex_lock(&crowd.lock);
	while (waits && !crowd.met)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);
	for (i = 0; waits && i < 1000; i++)
		sched_yield();
	pthread_mutex_lock(&crowd.lock);
	r = take(piece, &crowd.taker);
	crowd.met |= piece->range == 0;
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
	return r;
}

/* The fake kernel protects the buffer outside of brackets. If the bracket cannot begin
 * again, it stays so. */
static void no_bracket_ends_within_a_piece(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;
	int r;

	(void)state;
	for (i = 0; i < 10; i++) {
		begin(&scene, &(struct scene_setup){ ALL_AT_ONCE }, 1);
		ranges[0] = scene_range(&scene, 0, 0, 0, 0, 8192);
		ranges[1] = scene_range(&scene, 0, 8192, 0, 16384, 50000);
		ranges[1].priority = 1;
		fake.batch = 4;
		crowd.owner = pthread_self();
		crowd.taker.ranges = ranges;
		crowd.taker.function = take_second_late;
		crowd.taker.doubles = true;
		/* If the second range is there as soon as the first one, there
		 * is one bracket, and no third call. */
		if (i & 1) {
			fake_fail_calls(FAKE_SYNC, 3, 0, -ENOMEM);
			r = taker_load(&crowd.taker, &scene, 2);
			assert_int_equal(r, fake_count(FAKE_SYNC) == 2 ? 0 : -ENOMEM);
			fake_fail_nothing();
		} else {
			taker_expect(&crowd.taker, &scene, 2);
			assert_in_range(scene.memory->brackets, 1, 2);
		}
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
		SCENE_TEST(only_a_slow_function_gets_help),
		SCENE_TEST(reads_are_submitted_before_it),
		SCENE_TEST(any_piece_may_stop_it),
		SCENE_TEST(the_ring_may_fail),
		SCENE_TEST(no_bracket_ends_within_a_piece),
		SCENE_TEST(not_both_in_order_and_at_once),
	};

	return cmocka_run_group_tests_name("transform_at_once", tests, NULL, NULL);
}

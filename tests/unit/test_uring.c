/* SPDX-License-Identifier: MIT */
/* The real io_uring, which the model stands in for: waits that are woken or end in time. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/ring.h"
#include "sys/sys.h"

/* Nothing comes within this time, in ns. */
#define SHORT 20000000u

/* A ring with a read in flight that does not come to its end before a byte is written. */
struct scene {
	struct ring *ring;
	int pipe[2];
	char byte;
};

static void scene_open(struct scene *scene)
{
	int r;

	assert_int_equal(pipe(scene->pipe), 0);
	r = ring_create(&scene->ring, DMALOAD_ENGINE_URING, 4);
	/* A sandbox forbids it. */
	if (r < 0) {
		close(scene->pipe[0]);
		close(scene->pipe[1]);
		skip();
	}
	ring_queue(scene->ring, &(struct ring_request){
		.fd = scene->pipe[0], .data = &scene->byte, .length = 1, .tag = 3,
	});
	assert_int_equal(ring_submit(scene->ring, false), 0);
	assert_int_equal(ring_in_flight(scene->ring), 1);
}

static void expect_nothing(struct scene *scene)
{
	unsigned tag;
	int result;

	assert_false(ring_reap(scene->ring, &tag, &result));
	assert_int_equal(ring_in_flight(scene->ring), 1);
}

/* The read comes to its end: nothing else is taken for it. */
static void scene_close(struct scene *scene)
{
	unsigned tag = 0;
	int result = 0;

	assert_int_equal(write(scene->pipe[1], "x", 1), 1);
	while (!ring_reap(scene->ring, &tag, &result))
		assert_int_equal(ring_wait(scene->ring, 0), 0);
	assert_int_equal(tag, 3);
	assert_int_equal(result, 1);
	assert_int_equal(scene->byte, 'x');
	assert_int_equal(ring_in_flight(scene->ring), 0);
	ring_destroy(scene->ring);
	close(scene->pipe[0]);
	close(scene->pipe[1]);
}

static void a_wait_ends_in_time(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	assert_int_equal(ring_wait(scene.ring, sys_now() + SHORT), -ETIME);
	assert_int_equal(ring_wait(scene.ring, 1), -ETIME);
	expect_nothing(&scene);
	scene_close(&scene);
}

/* Also if it was woken before it waits; and once for all that have woken it. */
static void a_wait_is_woken_once(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	scene_open(&scene);
	for (i = 0; i < 3; i++) {
		ring_arm(scene.ring);
		ring_wake(scene.ring);
		ring_wake(scene.ring);
		assert_int_equal(ring_submit(scene.ring, true), 0);
		expect_nothing(&scene);
		ring_arm(scene.ring);
		assert_int_equal(ring_submit(scene.ring, false), 0);
		assert_int_equal(ring_wait(scene.ring, sys_now() + SHORT), -ETIME);
		expect_nothing(&scene);
	}
	scene_close(&scene);
}

static void *wake(void *ring)
{
	usleep(SHORT / 1000);
	ring_wake(ring);
	return NULL;
}

static void another_thread_wakes_it(void **state)
{
	struct scene scene;
	pthread_t thread;

	(void)state;
	scene_open(&scene);
	ring_arm(scene.ring);
	assert_int_equal(pthread_create(&thread, NULL, wake, scene.ring), 0);
	assert_int_equal(ring_submit(scene.ring, true), 0);
	pthread_join(thread, NULL);
	expect_nothing(&scene);
	scene_close(&scene);
}

/* It is armed, and woken, and nobody waits any more. */
static void it_goes_while_it_is_armed(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	ring_arm(scene.ring);
	assert_int_equal(ring_submit(scene.ring, false), 0);
	ring_wake(scene.ring);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_ends_in_time),
		cmocka_unit_test(a_wait_is_woken_once),
		cmocka_unit_test(another_thread_wakes_it),
		cmocka_unit_test(it_goes_while_it_is_armed),
	};

	return cmocka_run_group_tests_name("uring", tests, NULL, NULL);
}

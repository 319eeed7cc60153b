/* SPDX-License-Identifier: MIT */
/* Events of many jobs: their order, and who gets them. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "desk.h"
#include "model.h"

/* Two jobs go on in turn: their ranges come in this order, and none is left out. */
static void in_the_order_in_which_they_happen(void **state)
{
	struct dmaload_range ranges[2][4];
	struct dmaload_options options = { .size = 0 };
	struct dmaload_job *jobs[2];
	uint64_t told[2] = { 0, 0 };
	struct gate gates[2];
	unsigned order[8], n = 0, i, k;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	/* A slot for each read, so that none waits for the other's. */
	scene_drop(desk.scene);
	dmaload_events_destroy(desk.events);
	scene_make_empty(desk.scene, 4096, 8);
	scene_add_file(desk.scene, 100000, 0);
	scene_add_buffer(desk.scene, "pfnmap", 64 << 10);
	scene_add_buffer(desk.scene, "pfnmap", 64 << 10);
	assert_int_equal(dmaload_events_create(&desk.events, desk.scene->ctx,
					       NULL), 0);
	for (i = 0; i < 2; i++) {
		desk_ranges(&desk, ranges[i], i);
		gate_make(&gates[i], &options);
		options.events = desk.events;
		options.flags = DMALOAD_RANGE_EVENTS;
		options.user_data = i;
		jobs[i] = gate_submit(desk.scene, DMALOAD_LOAD, ranges[i], 4,
				      &options);
		gate_wait(&gates[i]);
		for (; told[i] < gates[i].progress.ranges_done; told[i]++)
			order[n++] = i;
	}
	/* The last range of a job is complete when it ends. */
	for (k = 0; n < 6; k++) {
		i = k % 3 % 2;
		if (told[i] < 3)
			gate_step(&gates[i]);
		for (; told[i] < gates[i].progress.ranges_done; told[i]++)
			order[n++] = i;
	}
	for (i = 1; i < 2; i--) {
		gate_open(&gates[i]);
		assert_int_equal(scenery_wait(&desk.scenery, jobs[i]), 0);
	}
	told[0] = told[1] = 3;
	for (k = 0; k < n; k++)
		desk_expect_range(&desk, order[k], told[order[k]]--);
	for (i = 1; i < 2; i--) {
		desk_expect_range(&desk, i, 0);
		desk_expect_end(&desk, i, 0);
	}
	for (i = 0; i < 2; i++) {
		dmaload_job_destroy(jobs[i]);
		gate_destroy(&gates[i]);
	}
	desk_drop(&desk);
}

/* A job for the same bytes does not overtake the one before it, although that one needs long
 * to close its file, and no longer claims the bytes. */
static void in_the_order_of_their_claims(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *second;
	struct fake_node *slow;
	struct scene *scene;
	struct desk desk;
	unsigned closes;

	(void)state;
	desk_make(&desk);
	scene = desk.scene;
	slow = scene_add_file(scene, 10000, 0);
	slow->close_stuck = true;
	ranges[0] = scene_range(scene, 2, 0, 1, 0, 5000);
	ranges[1] = scene_range(scene, 0, 0, 1, 4000, 5000);
	desk.options.progress = desk.scenery.gated.progress;
	desk.options.progress_data = desk.scenery.gated.progress_data;
	desk_submit(&desk, &ranges[0], 1, 1);
	gate_wait(&desk.scenery.gate);
	dmaload_file_close(scene->files[2]);
	scene->files[2] = NULL;
	closes = fake_count(FAKE_CLOSE);
	gate_open(&desk.scenery.gate);
	while (fake_count(FAKE_CLOSE) == closes)
		sched_yield();
	desk.options.progress = NULL;
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk.options.user_data = 2;
	second = gate_submit(scene, DMALOAD_LOAD, &ranges[1], 1, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, second), 0);
	assert_false(desk_is_readable(&desk));
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	fake_set(&slow->close_stuck, false);
	desk_expect_end(&desk, 1, 0);
	desk_expect_range(&desk, 2, 0);
	desk_expect_end(&desk, 2, 0);
	dmaload_job_destroy(second);
	desk_drop(&desk);
}

struct taker {
	struct desk *desk;
	pthread_t thread;
	unsigned ranges[200];
	unsigned ends[200];
	int result;
};

static void *take(void *data)
{
	struct dmaload_event event = { .size = sizeof(event) };
	struct taker *taker = data;

	while ((taker->result = dmaload_events_next(taker->desk->events,
						    DMALOAD_FOREVER, &event,
						    NULL, NULL)) == 0) {
		if (event.kind == DMALOAD_EVENT_RANGE)
			taker->ranges[event.user_data]++;
		else
			taker->ends[event.user_data]++;
	}
	return NULL;
}

/* Each event goes to one of many takers, and all of them learn when there are no more. */
static void each_to_one_taker(void **state)
{
	struct taker takers[4] = { { .desk = NULL } };
	struct dmaload_range ranges[4];
	struct dmaload_job *first;
	unsigned i, k, n, ends;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	first = desk_hold(&desk, 0);
	for (i = 0; i < 4; i++) {
		takers[i].desk = &desk;
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take,
						&takers[i]), 0);
	}
	desk_ranges(&desk, ranges, 1);
	desk.options.flags = DMALOAD_RANGE_EVENTS | DMALOAD_URGENT;
	for (i = 1; i < 200; i++)
		desk_submit(&desk, ranges, 4, i);
	gate_open(&desk.scenery.gate);
	for (i = 0; i < 4; i++) {
		pthread_join(takers[i].thread, NULL);
		assert_int_equal(takers[i].result, -ENODATA);
	}
	for (k = 0; k < 200; k++) {
		n = ends = 0;
		for (i = 0; i < 4; i++) {
			n += takers[i].ranges[k];
			ends += takers[i].ends[k];
		}
		assert_int_equal(n, k == 0 ? 0 : 4);
		assert_int_equal(ends, 1);
	}
	assert_false(desk_is_readable(&desk));
	dmaload_job_destroy(first);
	desk_drop(&desk);
}

/* One fd for all of them. */
static void a_thousand_jobs(void **state)
{
	struct dmaload_range range;
	unsigned events, fds, i;
	struct desk desk;
	bool *seen;

	(void)state;
	seen = calloc(1000, sizeof(*seen));
	assert_non_null(seen);
	desk_make(&desk);
	range = scene_range(desk.scene, 0, 0, 1, 0, 1000);
	desk_submit(&desk, &range, 1, 0);
	desk_expect_end(&desk, 0, 0);
	events = fake_count(FAKE_EVENT);
	fds = fake_library_fds();
	for (i = 0; i < 1000; i++) {
		range.file_offset = i * 50;
		range.buffer_offset = i % 60 * 1000;
		desk_submit(&desk, &range, 1, i);
	}
	for (i = 0; i < 1000; i++) {
		assert_int_equal(desk_try(&desk, DMALOAD_FOREVER), 0);
		assert_int_equal(desk.event.kind, DMALOAD_EVENT_END);
		assert_int_equal(desk.event.result, 0);
		assert_in_range(desk.event.user_data, 0, 999);
		assert_false(seen[desk.event.user_data]);
		seen[desk.event.user_data] = true;
	}
	assert_int_equal(fake_count(FAKE_EVENT), events);
	desk_expect_nothing(&desk);
	assert_int_equal(fake_count(FAKE_EVENT), events + 1);
	assert_true(fake_library_fds() <= fds + 1);
	free(seen);
	desk_drop(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(in_the_order_in_which_they_happen),
		SCENE_TEST(in_the_order_of_their_claims),
		SCENE_TEST(each_to_one_taker),
		SCENE_TEST(a_thousand_jobs),
	};

	return cmocka_run_group_tests_name("events_order", tests, NULL, NULL);
}

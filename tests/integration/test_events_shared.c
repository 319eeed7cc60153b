/* SPDX-License-Identifier: MIT */
/* Threads that share a context and its events. */
#include "desk.h"

#include <errno.h>
#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 250

struct crew {
	struct desk *desk;
	_Atomic unsigned *ends;
	_Atomic unsigned *left;
	unsigned first;
	bool failed;
	pthread_t thread;
};

static void *submit_many(void *data)
{
	struct crew *crew = data;
	struct dmaload_options options = crew->desk->options;
	struct dmaload_range range;
	unsigned i, n;

	for (i = 0; i < ROUNDS && !crew->failed; i++) {
		n = crew->first + i;
		options.user_data = n;
		range = desk_part(crew->desk, n);
		crew->failed = dmaload_submit(NULL, crew->desk->kit.ctx,
					      DMALOAD_LOAD, &range, 1, &options,
					      NULL) < 0;
	}
	return NULL;
}

/* There may be no job while the others have not submitted theirs. */
static void *take_many(void *data)
{
	struct crew *crew = data;
	struct dmaload_event event;

	while (*crew->left > 0) {
		if (desk_take(crew->desk, 1000000, &event) != 0)
			continue;
		crew->failed |= event.result != 0 || event.job ||
				event.user_data >= THREADS * ROUNDS;
		if (event.user_data < THREADS * ROUNDS)
			crew->ends[event.user_data]++;
		--*crew->left;
	}
	return NULL;
}

static void test_threads_take_each_event_once(void **state)
{
	static _Atomic unsigned ends[THREADS * ROUNDS];
	struct crew crews[2 * THREADS];
	_Atomic unsigned left = THREADS * ROUNDS;
	struct desk desk;
	unsigned i;

	(void)state;
	desk_open(&desk);
	for (i = 0; i < 2 * THREADS; i++) {
		crews[i] = (struct crew){
			.desk = &desk, .ends = ends, .left = &left,
			.first = i / 2 * ROUNDS,
		};
		assert_int_equal(pthread_create(&crews[i].thread, NULL, i % 2 ?
						take_many : submit_many,
						&crews[i]), 0);
	}
	for (i = 0; i < 2 * THREADS; i++) {
		pthread_join(crews[i].thread, NULL);
		assert_false(crews[i].failed);
	}
	for (i = 0; i < THREADS * ROUNDS; i++)
		assert_int_equal(ends[i], 1);
	desk_expect_nothing(&desk);
	kit_check(&desk.kit, 0, 0, THREADS * ROUNDS * PART);
	desk_close(&desk);
}

#define BATCH 50

/* A thread with its own list of events and its own parts of the file. */
struct messer {
	struct desk desk;
	unsigned first;
	/* The jobs of a batch that have a handle. */
	struct dmaload_job *jobs[BATCH];
	bool failed;
	pthread_t thread;
};

static void submit_one(struct messer *messer, unsigned i)
{
	struct dmaload_options options = messer->desk.options;
	struct dmaload_job **out = &messer->jobs[i % BATCH];
	struct dmaload_range ranges[2];

	ranges[0] = desk_part(&messer->desk, messer->first + i % ROUNDS);
	ranges[1] = desk_part(&messer->desk, messer->first + (i + 1) % ROUNDS);
	ranges[1].priority = 1;
	options.flags = i % 2 ? DMALOAD_RANGE_EVENTS : 0;
	options.flags |= i % 5 ? 0 : DMALOAD_URGENT;
	options.user_data = i % BATCH;
	messer->failed |= dmaload_submit(i % 3 ? out : NULL,
					 messer->desk.kit.ctx, DMALOAD_LOAD,
					 ranges, 2, &options, NULL) < 0;
	if (i % 7 == 0)
		dmaload_job_cancel(*out);
	if (i % 4 == 0)
		dmaload_job_set_urgent(*out);
	if (i % 9 != 1)
		return;
	dmaload_job_destroy(*out);
	*out = NULL;
}

static void take_one(struct messer *messer)
{
	struct dmaload_event event;
	int r;

	r = desk_take(&messer->desk, 0, &event);
	messer->failed |= r != 0 && r != -EINPROGRESS && r != -ENODATA;
	if (r != 0)
		return;
	messer->failed |= event.result != 0 && event.result != -ECANCELED;
	messer->failed |= event.job && event.job != messer->jobs[event.user_data];
	if (event.kind != DMALOAD_EVENT_END || !event.job)
		return;
	dmaload_job_destroy(event.job);
	messer->jobs[event.user_data] = NULL;
}

/* Destroy events and jobs while jobs are in flight and events are not taken. */
static void leave_all(struct messer *messer)
{
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		if (i == BATCH / 2)
			dmaload_events_destroy(messer->desk.options.events);
		dmaload_job_destroy(messer->jobs[i]);
		messer->jobs[i] = NULL;
	}
}

static void *mess_about(void *data)
{
	struct messer *messer = data;
	unsigned i;

	for (i = 0; i < ROUNDS && !messer->failed; i++) {
		if (i % BATCH == 0)
			messer->failed = dmaload_events_create(
				&messer->desk.options.events,
				messer->desk.kit.ctx, NULL) < 0;
		submit_one(messer, i);
		if (i % 2)
			take_one(messer);
		if (i % BATCH == BATCH - 1)
			leave_all(messer);
	}
	return NULL;
}

static void test_threads_mix_all_calls(void **state)
{
	struct messer messers[THREADS] = { { .failed = false } };
	struct dmaload_range range;
	struct desk desk;
	unsigned i;

	(void)state;
	desk_open(&desk);
	for (i = 0; i < THREADS; i++) {
		messers[i].desk = desk;
		messers[i].first = i * ROUNDS;
		assert_int_equal(pthread_create(&messers[i].thread, NULL,
						mess_about, &messers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(messers[i].thread, NULL);
		assert_false(messers[i].failed);
	}
	range = kit_whole(&desk.kit);
	desk_submit(&desk, DMALOAD_LOAD, &range, 1, 0);
	desk_expect_end(&desk, 0, 0);
	desk_expect_nothing(&desk);
	kit_check(&desk.kit, 0, 0, MEDIUM);
	desk_close(&desk);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_take_each_event_once),
		cmocka_unit_test(test_threads_mix_all_calls),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("events_shared", tests, NULL, NULL);
}

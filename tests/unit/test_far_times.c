/* SPDX-License-Identifier: MIT */
/* Times of 64 bits, on any machine: where a time_t is too small for one, it is not
 * truncated, and no sum wraps. */
#include <pthread.h>
#include <unistd.h>

#include "context/ctx.h"
#include "context/job.h"
#include "gate.h"
#include "sys/timespec.h"

#define YEAR (UINT64_C(31557600) * NS_PER_SECOND)

static void a_time_does_not_wrap(void **state)
{
	static const uint64_t seconds[] = {
		0, 1, INT32_MAX - 1, INT32_MAX, (uint64_t)INT32_MAX + 1,
		UINT32_MAX, (uint64_t)UINT32_MAX + 1, (uint64_t)UINT32_MAX + 2,
		3155760000, UINT64_MAX / NS_PER_SECOND,
	};
	struct timespec time, before = { .tv_sec = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		time = timespec_of(seconds[i] * NS_PER_SECOND + 5);
		assert_true(time.tv_sec >= before.tv_sec);
		assert_in_range(time.tv_nsec, 0, NS_PER_SECOND - 1);
		if (seconds[i] <= INT32_MAX) {
			assert_int_equal(time.tv_sec, seconds[i]);
			assert_int_equal(time.tv_nsec, 5);
		} else {
			assert_int_equal(time.tv_sec, INT32_MAX);
		}
		before = time;
	}
}

/* A thread reads the clock when it begins to wait, and not again. */
static void check_asleep(void)
{
	const struct timespec while_ = { .tv_nsec = 20000000 };
	const uint64_t before = sys_now();

	nanosleep(&while_, NULL);
	assert_in_range(sys_now() - before, 0, 100 * 50);
}

struct waiter {
	struct scenery *scenery;
	struct dmaload_job *job;
	struct dmaload_options options;
	int64_t timeout_ns;
	pthread_t thread;
	int result;
};

static void *load_in_turn(void *data)
{
	struct waiter *waiter = data;
	struct scenery *scenery = waiter->scenery;

	waiter->result = dmaload_load(scenery->scene.ctx, &scenery->ranges[3], 1,
				      &waiter->options, NULL, NULL);
	return NULL;
}

static void *wait_for_job(void *data)
{
	struct waiter *waiter = data;

	waiter->result = dmaload_job_wait(waiter->job, waiter->timeout_ns, NULL,
					  NULL);
	return NULL;
}

static unsigned queued(struct dmaload_ctx *ctx)
{
	const struct dmaload_job *job;
	unsigned n = 0;

	pthread_mutex_lock(&ctx->lock);
	for (job = ctx->first; job; job = job->next)
		n++;
	pthread_mutex_unlock(&ctx->lock);
	return n;
}

/* A caller in the queue, the context's thread, and a thread that waits for a job. */
static void wait_until(uint64_t deadline_ns)
{
	struct scenery scenery;
	struct dmaload_job *first, *second;
	struct waiter caller = {
		.scenery = &scenery,
		.options = { .size = sizeof(caller.options),
			     .deadline_ns = deadline_ns },
	};
	struct waiter waiter = { .timeout_ns = deadline_ns > INT64_MAX ?
				 INT64_MAX - 1 : (int64_t)deadline_ns };

	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	pthread_create(&caller.thread, NULL, load_in_turn, &caller);
	while (queued(scenery.scene.ctx) < 2)
		usleep(1000);
	second = scenery_submit(&scenery, 4, &caller.options);
	waiter.job = second;
	pthread_create(&waiter.thread, NULL, wait_for_job, &waiter);
	usleep(5000);
	check_asleep();

	gate_open(&scenery.gate);
	pthread_join(caller.thread, NULL);
	pthread_join(waiter.thread, NULL);
	assert_int_equal(caller.result, 0);
	assert_int_equal(waiter.result, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

static void a_far_deadline_is_waited_for(void **state)
{
	static const uint64_t deadlines[] = {
		((uint64_t)INT32_MAX + 1) * NS_PER_SECOND,
		((uint64_t)UINT32_MAX + 2) * NS_PER_SECOND,
		100 * YEAR, UINT64_MAX,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++)
		wait_until(deadlines[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_time_does_not_wrap),
		SCENE_TEST(a_far_deadline_is_waited_for),
	};

	return cmocka_run_group_tests_name("far_times", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Several threads of a program use one context. */
#include "jobs.h"

static struct dmaload_range part(const struct scene *scene, uint64_t first,
				 uint64_t end)
{
	struct dmaload_range range = scene->range;

	range.file_offset = range.buffer_offset = first * MIB;
	range.length = (end - first) * MIB;
	return range;
}

#define THREADS 4
#define ROUNDS 5

struct user {
	pthread_t thread;
	struct dmaload_ctx *ctx;
	struct dmaload_range range;
	int result;
};

static void *use(void *data)
{
	struct user *user = data;
	int i;

	for (i = 0; i < ROUNDS && user->result == 0; i++)
		user->result = dmaload_load(user->ctx, &user->range, 1, NULL,
					    NULL, NULL);
	return NULL;
}

/* Load quarters of a buffer by blocking threads and, if requested, another
 * buffer by jobs at the same time. */
static void all_at_once(bool jobs_too)
{
	struct user users[THREADS] = { { .result = 0 } };
	struct dmaload_job *jobs[THREADS];
	struct dmaload_range range;
	struct scene scene;
	size_t i;

	kit_open(&scene.kit, MEDIUM, MEDIUM);
	scene.range = range = kit_whole(&scene.kit);
	assert_int_equal(dmaload_buffer_create(&range.buffer, place.source,
					       MEDIUM, NULL), 0);
	range.length = MEDIUM / THREADS;
	for (i = 0; i < THREADS; i++) {
		users[i].ctx = scene.kit.ctx;
		users[i].range = part(&scene, 4 * i, 4 * i + 4);
		assert_int_equal(pthread_create(&users[i].thread, NULL, use,
						&users[i]), 0);
		range.file_offset = range.buffer_offset = i * range.length;
		if (jobs_too)
			jobs[i] = submit(scene.kit.ctx, DMALOAD_LOAD, &range, 1,
					 NULL);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(users[i].thread, NULL);
		assert_int_equal(users[i].result, 0);
		if (!jobs_too)
			continue;
		assert_int_equal(wait_for(jobs[i]), 0);
		dmaload_job_destroy(jobs[i]);
	}
	kit_check(&scene.kit, 0, 0, MEDIUM);
	if (jobs_too)
		assert_true(buffer_holds(range.buffer, 0, MEDIUM, 0));
	dmaload_buffer_destroy(range.buffer);
	kit_close(&scene.kit);
}

static void test_threads_that_block(void **state)
{
	(void)state;
	all_at_once(false);
}

static void test_threads_that_block_and_jobs(void **state)
{
	(void)state;
	all_at_once(true);
}

#define PARTS 16

struct leaver {
	struct scene *scene;
	struct dmaload_job *jobs[PARTS];
	int result;
};

/* Load in this thread, so that it makes a ring. Then submit jobs, and end. */
static void *submit_and_leave(void *data)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .cache = DMALOAD_CACHE_BYPASS,
	};
	struct leaver *leaver = data;
	struct dmaload_range range = part(leaver->scene, 0, 2);
	unsigned i;

	leaver->result = dmaload_load(leaver->scene->kit.ctx, &range, 1, &options,
				      NULL, NULL);
	for (i = 0; leaver->result == 0 && i < PARTS; i++) {
		range = part(leaver->scene, i, i + 1);
		leaver->result = dmaload_submit(&leaver->jobs[i],
						leaver->scene->kit.ctx,
						DMALOAD_LOAD, &range, 1, &options,
						NULL);
	}
	return NULL;
}

static void test_the_submitting_thread_has_ended(void **state)
{
	struct leaver leaver;
	pthread_t thread;
	struct scene scene;
	unsigned round, i;

	(void)state;
	kit_open(&scene.kit, MEDIUM, MEDIUM);
	scene.range = kit_whole(&scene.kit);
	for (round = 0; round < 10; round++) {
		leaver = (struct leaver){ .scene = &scene };
		kit_guard(&scene.kit);
		assert_int_equal(pthread_create(&thread, NULL, submit_and_leave,
						&leaver), 0);
		pthread_join(thread, NULL);
		assert_int_equal(leaver.result, 0);
		for (i = 0; i < PARTS; i++) {
			assert_int_equal(dmaload_job_wait(leaver.jobs[i],
					 PATIENCE_NS, &scene.kit.report, NULL), 0);
			dmaload_job_destroy(leaver.jobs[i]);
		}
		kit_check(&scene.kit, 0, 0, MEDIUM);
	}
	kit_close(&scene.kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_that_block),
		cmocka_unit_test(test_threads_that_block_and_jobs),
		cmocka_unit_test(test_the_submitting_thread_has_ended),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Jobs from submission to their end. */
#include "jobs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_submit_returns_at_once(void **state)
{
	struct gate gate = GATE_CLOSED;
	const struct dmaload_options options = gated(&gate);
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;
	uint64_t start;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM + 4096);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, &options);
	gate_await(&gate, 1);

	kit.report.bytes_total = 42;
	assert_int_equal(dmaload_job_wait(job, 0, &kit.report, &kit.err),
			 -EINPROGRESS);
	assert_int_equal(dmaload_job_wait(job, INT64_MIN, NULL, NULL),
			 -EINPROGRESS);
	start = now_ns();
	assert_int_equal(dmaload_job_wait(job, 20000000, &kit.report, &kit.err),
			 -EINPROGRESS);
	assert_true(now_ns() - start >= 20000000);
	assert_int_equal(kit.report.bytes_total, 42);

	gate_open(&gate);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, &kit.report,
					  &kit.err), 0);
	assert_int_equal(kit.report.bytes_total, MEDIUM);
	memset(&kit.report, 0, sizeof(kit.report));
	assert_int_equal(dmaload_job_wait(job, 0, &kit.report, NULL), -EINVAL);
	kit.report.size = sizeof(kit.report);
	assert_int_equal(dmaload_job_wait(job, 0, &kit.report, NULL), 0);
	assert_int_equal(kit.report.bytes_total, MEDIUM);
	kit_check(&kit, 0, 0, MEDIUM);
	dmaload_job_destroy(job);
	kit_close(&kit);
}

struct waiter {
	pthread_t thread;
	struct dmaload_job *job;
	struct dmaload_report report;
	struct dmaload_error err;
	int result;
};

static void *wait_in_thread(void *data)
{
	struct waiter *waiter = data;

	waiter->report.size = sizeof(waiter->report);
	waiter->result = dmaload_job_wait(waiter->job, DMALOAD_FOREVER,
					  &waiter->report, &waiter->err);
	return NULL;
}

static void test_many_threads_wait_for_one_job(void **state)
{
	struct gate gate = GATE_CLOSED;
	const struct dmaload_options options = gated(&gate);
	struct waiter waiters[4] = { { .job = NULL } };
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, &options);
	gate_await(&gate, 1);
	for (i = 0; i < 4; i++) {
		waiters[i].job = job;
		assert_int_equal(pthread_create(&waiters[i].thread, NULL,
						wait_in_thread, &waiters[i]), 0);
	}
	gate_open(&gate);
	for (i = 0; i < 4; i++)
		pthread_join(waiters[i].thread, NULL);
	for (i = 0; i < 4; i++) {
		assert_int_equal(waiters[i].result, 0);
		assert_memory_equal(&waiters[i].report, &waiters[0].report,
				    sizeof(waiters[0].report));
	}
	dmaload_job_destroy(job);
	kit_close(&kit);
}

/* A failure is reported whenever it is queried, with the same reason. */
static void test_a_failure_can_be_waited_for_again(void **state)
{
	struct waiter waiters[2] = { { .job = NULL } };
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_VERIFY, &range, 1, NULL);
	for (i = 0; i < 2; i++) {
		waiters[i].job = job;
		wait_in_thread(&waiters[i]);
		assert_int_equal(waiters[i].result, -EBADMSG);
		assert_int_equal(waiters[i].err.code, -EBADMSG);
	}
	assert_string_equal(waiters[0].err.message, waiters[1].err.message);
	dmaload_job_destroy(job);
	kit_close(&kit);
}

static void test_store_and_verify(void **state)
{
	char path[4096];
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;

	(void)state;
	snprintf(path, sizeof(path), "%s/job-store", place.dir);
	kit_open(&kit, MEDIUM, MEDIUM);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	range = kit_whole(&kit);
	assert_int_equal(dmaload_file_create(&range.file, path, 1, NULL), 0);
	job = submit(kit.ctx, DMALOAD_STORE, &range, 1, NULL);
	assert_int_equal(dmaload_job_wait(job, PATIENCE_NS, &kit.report, NULL),
			 0);
	assert_int_equal(kit.report.bytes_total, MEDIUM);
	assert_int_equal(dmaload_file_size(range.file), MEDIUM);
	dmaload_job_destroy(job);

	job = submit(kit.ctx, DMALOAD_VERIFY, &range, 1, NULL);
	assert_int_equal(wait_for(job), 0);
	dmaload_job_destroy(job);
	kit_guard(&kit);
	job = submit(kit.ctx, DMALOAD_VERIFY, &range, 1, NULL);
	assert_int_equal(wait_for(job), -EBADMSG);
	dmaload_job_destroy(job);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(job), 0);
	dmaload_job_destroy(job);
	kit_check(&kit, 0, 0, MEDIUM);

	dmaload_file_close(range.file);
	unlink(path);
	kit_close(&kit);
}

/* Calls that a progress function makes to its own context, and their
 * results. */
struct asker {
	struct dmaload_ctx *ctx;
	struct dmaload_range range;
	/* A job of another context, which has ended. */
	struct dmaload_job *strange;
	/* A job submitted to its own context. It loads the same range as the
	 * running one, so that it cannot end before that. */
	struct dmaload_job *job;
	enum dmaload_path path;
	int loaded, stored, verified, probed, waited, waited_for_strange, looked;
};

static int ask(const struct dmaload_progress *progress, void *data)
{
	struct asker *asker = data;
	struct dmaload_progress now = { .size = sizeof(now) };

	(void)progress;
	if (asker->job)
		return 0;
	asker->loaded = dmaload_load(asker->ctx, &asker->range, 1, NULL, NULL,
				     NULL);
	asker->stored = dmaload_store(asker->ctx, &asker->range, 1, NULL, NULL,
				      NULL);
	asker->verified = dmaload_verify(asker->ctx, &asker->range, 1, NULL,
					 NULL, NULL);
	asker->probed = dmaload_probe(asker->ctx, &asker->range, NULL,
				      &asker->path, NULL, NULL);
	if (dmaload_submit(&asker->job, asker->ctx, DMALOAD_LOAD, &asker->range,
			   1, NULL, NULL) < 0)
		return 1;
	asker->waited = dmaload_job_wait(asker->job, 1000000, NULL, NULL);
	asker->waited_for_strange = dmaload_job_wait(asker->strange,
						     DMALOAD_FOREVER, NULL, NULL);
	asker->looked = dmaload_job_progress(asker->job, &now);
	return 0;
}

static void ask_in(bool background)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range first, last;
	struct dmaload_ctx *other;
	struct asker asker;
	struct kit kit;

	kit_open(&kit, MEDIUM, MEDIUM);
	first = last = kit_whole(&kit);
	first.length = MEDIUM - MIB;
	last.file_offset = last.buffer_offset = MEDIUM - MIB;
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	asker = (struct asker){ .ctx = kit.ctx, .range = first };
	asker.strange = submit(other, DMALOAD_LOAD, &last, 1, NULL);
	assert_int_equal(wait_for(asker.strange), 0);
	options.progress = ask;
	options.progress_data = &asker;

	if (background) {
		struct dmaload_job *job = submit(kit.ctx, DMALOAD_LOAD, &first, 1,
						 &options);
		assert_int_equal(wait_for(job), 0);
		dmaload_job_destroy(job);
	} else {
		assert_int_equal(dmaload_load(kit.ctx, &first, 1, &options, NULL,
					      NULL), 0);
	}
	assert_int_equal(asker.loaded, -EDEADLK);
	assert_int_equal(asker.stored, -EDEADLK);
	assert_int_equal(asker.verified, -EDEADLK);
	assert_int_equal(asker.probed, -EDEADLK);
	assert_int_equal(asker.waited, -EDEADLK);
	assert_int_equal(asker.waited_for_strange, 0);
	assert_int_equal(asker.looked, 0);
	assert_int_equal(wait_for(asker.job), 0);
	kit_check(&kit, 0, 0, MEDIUM);
	dmaload_job_destroy(asker.job);
	dmaload_job_destroy(asker.strange);
	dmaload_ctx_destroy(other);
	kit_close(&kit);
}

static void test_a_progress_function_calls_its_context(void **state)
{
	(void)state;
	ask_in(true);
	ask_in(false);
}

/* A bad request is refused at once, and makes no job. */
static void test_bad_requests_are_refused(void **state)
{
	struct dmaload_job *job = (void *)1;
	struct dmaload_range range;
	struct dmaload_error err;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	assert_int_equal(dmaload_submit(NULL, kit.ctx, DMALOAD_LOAD, &range, 1,
					NULL, &err), -EINVAL);
	assert_int_equal(dmaload_submit(&job, NULL, DMALOAD_LOAD, &range, 1,
					NULL, &err), -EINVAL);
	assert_int_equal(dmaload_submit(&job, kit.ctx,
					(enum dmaload_operation)3, &range, 1,
					NULL, &err), -EINVAL);
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 0,
					NULL, &err), -EINVAL);
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_STORE, &range, 1,
					NULL, &err), -EBADF);
	range.buffer_offset = 1;
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 1,
					NULL, &err), -ENOSPC);
	assert_ptr_equal(job, (void *)1);

	assert_int_equal(dmaload_job_wait(NULL, 0, NULL, &err), -EINVAL);
	assert_int_equal(dmaload_job_next_range(NULL, &i), -EINVAL);
	assert_int_equal(dmaload_job_fd(NULL, &err), -EINVAL);
	dmaload_job_cancel(NULL);
	dmaload_job_destroy(NULL);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit_returns_at_once),
		cmocka_unit_test(test_many_threads_wait_for_one_job),
		cmocka_unit_test(test_a_failure_can_be_waited_for_again),
		cmocka_unit_test(test_store_and_verify),
		cmocka_unit_test(test_a_progress_function_calls_its_context),
		cmocka_unit_test(test_bad_requests_are_refused),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}

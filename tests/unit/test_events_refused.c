/* SPDX-License-Identifier: MIT */
/* Requests that events exclude, and callers that must not wait for events. */
#include <errno.h>

#include "desk.h"
#include "model.h"

static void submissions(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range *range;
	struct dmaload_ctx *other;
	struct scene *scene;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	scene = desk.scene;
	range = &desk.scenery.ranges[1];
	scene_prepare(scene);
	scene_check_failure(scene, dmaload_submit(NULL, scene->ctx, DMALOAD_LOAD,
						  range, 1, &options,
						  &scene->err),
			    -EINVAL, "no pointer to return it in, and no events");
	options.flags = DMALOAD_RANGE_EVENTS;
	scene_prepare(scene);
	scene_check_failure(scene, dmaload_load(scene->ctx, range, 1, &options,
						NULL, &scene->err),
			    -EINVAL, "DMALOAD_RANGE_EVENTS needs events");
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	scene_prepare(scene);
	scene_check_failure(scene, dmaload_submit(NULL, other, DMALOAD_LOAD,
						  range, 1, &desk.options,
						  &scene->err),
			    -EINVAL, "belongs to another context");
	/* A wrong request is refused at once, and is no event. */
	range->length = 100001;
	scene_prepare(scene);
	scene_check_failure(scene, dmaload_submit(NULL, scene->ctx, DMALOAD_LOAD,
						  range, 1, &desk.options,
						  &scene->err),
			    -ERANGE, "go beyond its end");
	desk_expect_nothing(&desk);
	dmaload_ctx_destroy(other);
	desk_drop(&desk);
}

static void blocking_calls(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_range *range;
	enum dmaload_path path;
	struct scene *scene;
	struct desk desk;
	uint64_t length;

	(void)state;
	desk_make(&desk);
	scene = desk.scene;
	range = &desk.scenery.ranges[1];
	scene_prepare(scene);
	scene_check_failure(scene, dmaload_load(scene->ctx, range, 1,
						&desk.options, &scene->report,
						&scene->err),
			    -EINVAL, "events are for dmaload_submit()");
	assert_int_equal(scene->report.bytes_total, 0);
	assert_int_equal(dmaload_store(scene->ctx, range, 1, &desk.options, NULL,
				       NULL), -EINVAL);
	assert_int_equal(dmaload_verify(scene->ctx, range, 1, &desk.options,
					NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_probe(scene->ctx, range, &desk.options, &path,
				       NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(&buffer, &length, scene->ctx,
					     scene->files[1], NULL, 0, 0,
					     &desk.options, NULL, NULL),
			 -EINVAL);
	desk_expect_nothing(&desk);
	desk_drop(&desk);
}

/* A job that reports has no fd of its own. */
static void what_a_job_does_not_tell(void **state)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct dmaload_job *job;
	struct desk desk;
	size_t index;
	int i;

	(void)state;
	desk_make(&desk);
	job = scenery_submit(&desk.scenery, 1, &desk.options);
	for (i = 0; i < 2; i++) {
		scene_prepare(desk.scene);
		scene_check_failure(desk.scene,
				    dmaload_job_fd(job, &desk.scene->err),
				    -EINVAL, "use dmaload_events_fd()");
		assert_int_equal(dmaload_job_next_range(job, &index), -EINVAL);
		assert_int_equal(scenery_wait(&desk.scenery, job), 0);
		/* Nor when its end was taken. */
		if (i == 0)
			desk_expect_end(&desk, 0, 0);
	}
	assert_int_equal(dmaload_job_progress(job, &progress), 0);
	assert_int_equal(progress.ranges_done, 1);
	dmaload_job_destroy(job);
	desk_drop(&desk);
}

static void events_without_a_place(void **state)
{
	struct dmaload_event event = { .size = 0 };
	struct dmaload_report report = { .size = 0 };
	struct desk desk;

	(void)state;
	desk_make(&desk);
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 0);
	scene_check_failure(desk.scene,
			    dmaload_events_next(desk.events, DMALOAD_FOREVER,
						&event, NULL, &desk.scene->err),
			    -EINVAL, "no struct dmaload_event with its size");
	event.size = sizeof(event);
	assert_int_equal(dmaload_events_next(desk.events, DMALOAD_FOREVER,
					     &event, &report, NULL), -EINVAL);
	/* It is still there. */
	desk_expect_end(&desk, 0, 0);
	/* The report of a call that fails is clear; where there is no event it stays. */
	assert_int_equal(desk_try(&desk, 0), -ENODATA);
	assert_int_equal(desk.report.total_ns, UINT64_C(0xa5a5a5a5a5a5a5a5));
	report.size = sizeof(report);
	report.total_ns = 5;
	assert_int_equal(dmaload_events_next(desk.events, 0, NULL, &report,
					     NULL), -EINVAL);
	assert_int_equal(report.total_ns, 0);
	desk_drop(&desk);
}

/* No fd is free now, and one is later. */
static void no_fd(void **state)
{
	struct desk desk;

	(void)state;
	desk_make(&desk);
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 0);
	fake_fail_calls(FAKE_EVENT, 1 + fake_count(FAKE_EVENT), 1, -EMFILE);
	scene_check_failure(desk.scene,
			    dmaload_events_fd(desk.events, &desk.scene->err),
			    -EMFILE, "cannot create an eventfd");
	desk_expect_end(&desk, 0, 0);
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 0);
	desk_expect_end(&desk, 0, 0);
	assert_false(desk_is_readable(&desk));
	desk_drop(&desk);
}

/* In a child of fork() nothing works, nothing waits, and nothing is freed. */
static void in_a_child(void **state)
{
	struct dmaload_events *events;
	struct dmaload_job *job;
	struct dmaload_ctx *own;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	desk.options.user_data = 3;
	job = scenery_submit(&desk.scenery, 1, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, job), 0);
	fake.pid = 99999;
	scene_check_failure(desk.scene, desk_try(&desk, 0), -ECHILD,
			    "create one after fork()");
	assert_int_equal(desk.report.total_ns, 0);
	assert_int_equal(desk_try(&desk, DMALOAD_FOREVER), -ECHILD);
	assert_int_equal(dmaload_events_fd(desk.events, NULL), -ECHILD);
	assert_int_equal(dmaload_events_create(&events, desk.scene->ctx, NULL),
			 -ECHILD);
	assert_int_equal(dmaload_ctx_create(&own, NULL, NULL), 0);
	assert_int_equal(dmaload_submit(NULL, own, DMALOAD_LOAD,
					&desk.scenery.ranges[1], 1,
					&desk.options, NULL), -EINVAL);
	dmaload_job_set_urgent(job);
	assert_int_equal(dmaload_job_user_data(job), 3);
	dmaload_job_destroy(job);
	dmaload_events_destroy(desk.events);
	dmaload_ctx_destroy(own);
	fake.pid = 0;
	desk_expect_end(&desk, 3, 0);
	assert_ptr_equal(desk.event.job, job);
	dmaload_job_destroy(job);
	desk_drop(&desk);
}

struct caller {
	struct desk *desk;
	int waited, looked;
	unsigned calls;
};

/* There is an event the first time, and none the second. */
static int call_back(const struct dmaload_progress *progress, void *data)
{
	struct dmaload_event event = { .size = sizeof(event) };
	struct caller *caller = data;
	int r;

	(void)progress;
	if (caller->calls++ > 1)
		return 0;
	r = dmaload_events_next(caller->desk->events, DMALOAD_FOREVER, &event,
				NULL, NULL);
	if (caller->calls == 1)
		return r != 0 || event.user_data != 1;
	caller->waited = r;
	caller->looked = dmaload_events_next(caller->desk->events, 0, &event,
					     NULL, NULL);
	return 0;
}

static void a_progress_function_cannot_wait(void **state)
{
	struct caller caller = { .desk = NULL };
	struct dmaload_job *first, *second;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	caller.desk = &desk;
	desk.options.user_data = 1;
	first = scenery_submit(&desk.scenery, 1, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, first), 0);
	desk.options.progress = call_back;
	desk.options.progress_data = &caller;
	desk.options.user_data = 2;
	second = scenery_submit(&desk.scenery, 1, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, second), 0);
	desk_expect_end(&desk, 2, 0);
	assert_int_equal(caller.waited, -EDEADLK);
	assert_int_equal(caller.looked, -EINPROGRESS);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	desk_drop(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(submissions),
		SCENE_TEST(blocking_calls),
		SCENE_TEST(what_a_job_does_not_tell),
		SCENE_TEST(events_without_a_place),
		SCENE_TEST(no_fd),
		SCENE_TEST(in_a_child),
		SCENE_TEST(a_progress_function_cannot_wait),
	};

	return cmocka_run_group_tests_name("events_refused", tests, NULL, NULL);
}

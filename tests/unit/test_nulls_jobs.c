/* SPDX-License-Identifier: MIT */
/* As test_nulls.c, for loads of files and streams, jobs and events. */
#include <fcntl.h>

#include "nulls.h"

static void make(struct scene *scene)
{
	scene_make(scene, &(struct scene_setup){ .source = "memfd" });
}

static void whole_files(void **state)
{
	struct dmaload_buffer *buffer;
	struct scene scene;

	(void)state;
	make(&scene);
	REFUSED(dmaload_load_file(NULL, SCENE_PATH, NULL, NULL, NULL, &err));
	REFUSED(dmaload_load_file(&buffer, NULL, NULL, NULL, NULL, &err));
	assert_int_equal(dmaload_load_file(&buffer, NULL, NULL, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_load_file(&buffer, SCENE_PATH, NULL, NULL, NULL,
					   NULL), 0);
	dmaload_buffer_destroy(buffer);
	scene_drop(&scene);
}

static void streams(void **state)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *stream;
	struct scene scene;
	uint64_t length;
	int fd;

	(void)state;
	make(&scene);
	fd = fake_open(fake_add(FAKE_PIPE, "/data/stream", 5000), O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&stream, fd, NULL), 0);
	REFUSED(dmaload_load_stream(NULL, &length, scene.ctx, stream, "memfd", 0,
				    0, NULL, NULL, &err));
	REFUSED(dmaload_load_stream(&buffer, NULL, scene.ctx, stream, "memfd", 0,
				    0, NULL, NULL, &err));
	REFUSED(dmaload_load_stream(&buffer, &length, scene.ctx, NULL, "memfd", 0,
				    0, NULL, NULL, &err));
	assert_int_equal(dmaload_load_stream(&buffer, &length, scene.ctx, stream,
					     NULL, 0, 0, NULL, NULL, NULL), 0);
	assert_int_equal(length, 5000);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(dmaload_load_stream(&buffer, &length, NULL, stream, NULL,
					     0, 0, NULL, NULL, NULL), -ENODATA);
	dmaload_file_close(stream);
	fake_close(fd);
	scene_drop(&scene);
}

static void jobs(void **state)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct dmaload_job *job;
	struct scene scene;
	size_t index;

	(void)state;
	make(&scene);
	REFUSED(dmaload_submit(NULL, scene.ctx, DMALOAD_LOAD, &scene.range, 1,
			       NULL, &err));
	REFUSED(dmaload_submit(&job, NULL, DMALOAD_LOAD, &scene.range, 1, NULL,
			       &err));
	REFUSED(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD, NULL, 1, NULL,
			       &err));
	assert_int_equal(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD,
					&scene.range, 1, NULL, NULL), 0);
	assert_int_equal(dmaload_job_progress(job, NULL), -EINVAL);
	assert_int_equal(dmaload_job_progress(NULL, &progress), -EINVAL);
	assert_int_equal(dmaload_job_next_range(job, NULL), -EINVAL);
	assert_int_equal(dmaload_job_next_range(NULL, &index), -EINVAL);
	REFUSED(dmaload_job_fd(NULL, &err));
	assert_int_equal(dmaload_job_fd(NULL, NULL), -EINVAL);
	REFUSED(dmaload_job_wait(NULL, 0, NULL, &err));
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	dmaload_job_cancel(NULL);
	dmaload_job_set_urgent(NULL);
	assert_int_equal(dmaload_job_user_data(NULL), 0);
	dmaload_job_destroy(NULL);
	dmaload_job_destroy(job);
	scene_drop(&scene);
}

static void events(void **state)
{
	struct dmaload_event event = { .size = sizeof(event) };
	struct dmaload_options options = { .size = sizeof(options) };
	struct scene scene;

	(void)state;
	make(&scene);
	REFUSED(dmaload_events_create(NULL, scene.ctx, &err));
	REFUSED(dmaload_events_create(&options.events, NULL, &err));
	assert_int_equal(dmaload_events_create(&options.events, scene.ctx, NULL),
			 0);
	REFUSED(dmaload_events_next(NULL, 0, &event, NULL, &err));
	REFUSED(dmaload_events_next(options.events, 0, NULL, NULL, &err));
	assert_int_equal(dmaload_submit(NULL, scene.ctx, DMALOAD_LOAD,
					&scene.range, 1, &options, NULL), 0);
	assert_int_equal(dmaload_events_next(options.events, DMALOAD_FOREVER,
					     &event, NULL, NULL), 0);
	REFUSED(dmaload_events_fd(NULL, &err));
	assert_true(dmaload_events_fd(options.events, NULL) >= 0);
	dmaload_events_destroy(NULL);
	dmaload_events_destroy(options.events);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(whole_files),
		SCENE_TEST(streams),
		SCENE_TEST(jobs),
		SCENE_TEST(events),
	};

	return cmocka_run_group_tests_name("nulls_jobs", tests, NULL, NULL);
}

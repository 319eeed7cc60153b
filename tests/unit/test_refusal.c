/* SPDX-License-Identifier: MIT */
/* Requests that cannot be met. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static int probe(struct scene *scene, enum dmaload_path *path)
{
	memset(&scene->err, 0, sizeof(scene->err));
	scene->report.size = sizeof(scene->report);
	return dmaload_probe(scene->ctx, &scene->range, &scene->options, path,
			     &scene->report, &scene->err);
}

/* Each of the three refuses alike, and touches nothing. */
static void refuse(struct scene *scene, int code, const char *message)
{
	enum dmaload_path path = (enum dmaload_path)77;

	scene_check_failure(scene, scene_load(scene), code, message);
	assert_int_equal(scene->memory->brackets, 0);
	scene_check_failure(scene, scene_verify(scene), code, message);
	assert_int_equal(scene->memory->brackets, 0);
	scene_check_failure(scene, probe(scene, &path), code, message);
	assert_int_equal(path, 77);
}

static void arguments_are_checked(void **state)
{
	struct dmaload_ctx *ctx;
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene_set_range(&scene, 0, 0, 0);
	refuse(&scene, -EINVAL, "length");
	scene_set_range(&scene, 0, 0, 100);
	scene.range.file = NULL;
	refuse(&scene, -EINVAL, "file");
	/* Also by a call with a context of its own. */
	ctx = scene.ctx;
	scene.ctx = NULL;
	refuse(&scene, -EINVAL, "file");
	scene.ctx = ctx;
	scene_set_range(&scene, 0, 0, 100);
	scene.options.paths = 8;
	refuse(&scene, -EINVAL, "0x8");
	scene.options.paths = 0;
	scene.options.size = 1;
	refuse(&scene, -EINVAL, "dmaload_options");

	scene.range.buffer = NULL;
	assert_int_equal(dmaload_load(ctx, &scene.range, 1, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_load(ctx, NULL, 1, NULL, NULL, NULL), -EINVAL);
	scene_set_range(&scene, 0, 0, 100);
	assert_int_equal(dmaload_probe(ctx, &scene.range, NULL, NULL, NULL,
				       &scene.err), -EINVAL);
	scene.report.size = 0;
	assert_int_equal(dmaload_load(ctx, &scene.range, 1, NULL, &scene.report,
				      &scene.err), -EINVAL);
	check_says(scene.err.message, "dmaload_report");
	scene_drop(&scene);
}

static void ranges_are_checked(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene_set_range(&scene, 100000, 0, DMALOAD_TO_END);
	refuse(&scene, -ERANGE, SCENE_FILE " has 100000 bytes");
	scene_set_range(&scene, 99999, 0, 2);
	refuse(&scene, -ERANGE, SCENE_FILE);
	scene_set_range(&scene, 2, 0, UINT64_MAX - 1);
	refuse(&scene, -EOVERFLOW, "64 bits");
	scene_set_range(&scene, 0, UINT64_MAX, 1);
	refuse(&scene, -EOVERFLOW, "64 bits");
	scene_set_range(&scene, 0, 128 << 10, 1);
	refuse(&scene, -ENOSPC, "131072");
	scene_set_range(&scene, 0, (128 << 10) - 99999, DMALOAD_TO_END);
	refuse(&scene, -ENOSPC, "do not fit");

	scene_set_range(&scene, 0, (128 << 10) - 100000, DMALOAD_TO_END);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_drop(&scene);
}

/* As report.h says: a load fills it in, also when it fails. */
static void report_is_filled_by_a_refusal(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene_set_range(&scene, 99999, 0, 2);
	assert_int_equal(scene_load(&scene), -ERANGE);
	assert_int_equal(scene.report.size, sizeof(scene.report));
	assert_int_equal(scene.report.bytes_direct, 0);
	assert_int_equal(scene.report.reads, 0);
	assert_string_equal(scene.report.declined[DMALOAD_PATH_DIRECT], "");
	scene_drop(&scene);
}

static void adopt_read_only(struct scene *scene)
{
	scene_make(scene, &(struct scene_setup){ .source = "foreign" });
	dmaload_buffer_destroy(scene->buffer);
	fake_close(scene->fds[0]);
	scene->fds[0] = fake_open(scene->memory, O_RDONLY);
	assert_int_equal(dmaload_buffer_from_fd(&scene->buffer, scene->fds[0],
						NULL), 0);
	scene_set_range(scene, 0, 100, DMALOAD_TO_END);
}

static void read_only_buffers_are_not_loaded(void **state)
{
	struct scene scene;

	(void)state;
	adopt_read_only(&scene);
	scene_check_failure(&scene, scene_load(&scene), -EROFS, "read-only");
	assert_int_equal(scene.memory->brackets, 0);
	assert_int_equal(scene_verify(&scene), 0);
	assert_int_equal(scene.memory->brackets, 1);
	scene_drop(&scene);
}

/* A load would fail, and so does a probe. */
static void read_only_buffers_are_not_probed(void **state)
{
	enum dmaload_path path = (enum dmaload_path)77;
	struct scene scene;

	(void)state;
	adopt_read_only(&scene);
	scene_check_failure(&scene, probe(&scene, &path), -EROFS, "read-only");
	assert_int_equal(path, 77);
	scene_drop(&scene);
}

/* From within a load, on the same context: each is refused, and harmless. */
static int load_again(const struct dmaload_progress *progress, void *data)
{
	enum dmaload_path path = (enum dmaload_path)77;
	struct scene *scene = data;
	struct dmaload_error err = { .code = 0 };

	(void)progress;
	assert_int_equal(dmaload_load(scene->ctx, &scene->range, 1, NULL, NULL,
				      &err), -EDEADLK);
	assert_int_equal(err.code, -EDEADLK);
	assert_int_equal(dmaload_verify(scene->ctx, &scene->range, 1, NULL, NULL,
					NULL), -EDEADLK);
	assert_int_equal(dmaload_probe(scene->ctx, &scene->range, NULL, &path,
				       NULL, NULL), -EDEADLK);
	assert_int_equal(path, 77);
	return 0;
}

static void waiting_for_oneself_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.options.progress = load_again;
	scene.options.progress_data = &scene;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene.options.progress = NULL;
	assert_int_equal(scene_load(&scene), 0);
	assert_int_equal(scene_verify(&scene), 0);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(arguments_are_checked),
		SCENE_TEST(ranges_are_checked),
		SCENE_TEST(report_is_filled_by_a_refusal),
		SCENE_TEST(read_only_buffers_are_not_loaded),
		SCENE_TEST(read_only_buffers_are_not_probed),
		SCENE_TEST(waiting_for_oneself_is_refused),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}

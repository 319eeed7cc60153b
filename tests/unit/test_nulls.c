/* SPDX-License-Identifier: MIT */
/*
 * NULL in the place of each argument that is a pointer. Nothing crashes: what can fail
 * does so with EINVAL and a reason, the rest tells nothing. Where NULL is allowed, the
 * call does its work. tests/api/nulls.py checks that no argument is missing here and in
 * test_nulls_jobs.c.
 */
#include <string.h>

#include <dmaload/spread.h>

#include "nulls.h"

static void make(struct scene *scene)
{
	scene_make(scene, &(struct scene_setup){ .source = "memfd" });
}

static void contexts(void **state)
{
	struct dmaload_ctx *ctx;

	(void)state;
	REFUSED(dmaload_ctx_create(NULL, NULL, &err));
	assert_int_equal(dmaload_ctx_create(NULL, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_ctx_trim(NULL), -EINVAL);
	dmaload_ctx_destroy(ctx);
	dmaload_ctx_destroy(NULL);
}

static void files(void **state)
{
	struct dmaload_file *file;
	struct scene scene;
	uint64_t bytes;

	(void)state;
	make(&scene);
	REFUSED(dmaload_file_open(NULL, "/data/a", &err));
	REFUSED(dmaload_file_open(&file, NULL, &err));
	assert_int_equal(dmaload_file_open(&file, "/data/a", NULL), -ENOENT);
	REFUSED(dmaload_file_create(NULL, "/data/a", 0, &err));
	REFUSED(dmaload_file_create(&file, NULL, 0, &err));
	assert_int_equal(dmaload_file_create(&file, NULL, 0, NULL), -EINVAL);
	REFUSED(dmaload_file_from_fd(NULL, 0, &err));
	assert_int_equal(dmaload_file_from_fd(&file, -1, NULL), -EBADF);
	REFUSED(dmaload_file_from_stream(NULL, 0, &err));
	assert_int_equal(dmaload_file_from_stream(&file, -1, NULL), -EBADF);
	REFUSED(dmaload_file_resident(NULL, 0, 1, &bytes, &err));
	REFUSED(dmaload_file_resident(scene.file, 0, 1, NULL, &err));
	assert_int_equal(dmaload_file_resident(NULL, 0, 1, &bytes, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_file_size(NULL), 0);
	assert_string_equal(dmaload_file_name(NULL), "");
	dmaload_file_close(NULL);
	scene_drop(&scene);
}

static void constructors_of_buffers(void **state)
{
	struct dmaload_buffer *buffer;
	char byte;

	(void)state;
	REFUSED(dmaload_buffer_create(NULL, "memfd", 4096, &err));
	/* The source that is chosen. */
	assert_int_equal(dmaload_buffer_create(&buffer, NULL, 4096, NULL), 0);
	dmaload_buffer_destroy(buffer);
	REFUSED(dmaload_buffer_from_fd(NULL, 0, &err));
	assert_int_equal(dmaload_buffer_from_fd(&buffer, -1, NULL), -EBADF);
	REFUSED(dmaload_buffer_from_memory(NULL, &byte, 1, &err));
	REFUSED(dmaload_buffer_from_memory(&buffer, NULL, 1, &err));
	assert_int_equal(dmaload_buffer_from_memory(&buffer, NULL, 1, NULL),
			 -EINVAL);
}

static void buffers(void **state)
{
	(void)state;
	REFUSED(dmaload_buffer_wait(NULL, &err));
	assert_int_equal(dmaload_buffer_wait(NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_buffer_fd(NULL), -EINVAL);
	REFUSED(dmaload_buffer_begin(NULL, DMALOAD_ACCESS_READ, &err));
	REFUSED(dmaload_buffer_end(NULL, DMALOAD_ACCESS_READ, &err));
	REFUSED(dmaload_buffer_wipe(NULL, 0, 1, &err));
	assert_int_equal(dmaload_buffer_begin(NULL, DMALOAD_ACCESS_READ, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_buffer_wipe(NULL, 0, 1, NULL), -EINVAL);
	assert_int_equal(dmaload_buffer_end(NULL, DMALOAD_ACCESS_READ, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_buffer_size(NULL), 0);
	assert_null(dmaload_buffer_map(NULL));
	assert_string_equal(dmaload_buffer_source(NULL), "");
	dmaload_buffer_destroy(NULL);
}

static void machines(void **state)
{
	struct dmaload_memory memory = DMALOAD_MEMORY_INIT;
	struct dmaload_sources *sources;

	(void)state;
	REFUSED(dmaload_sources_create(NULL, 4096, &err));
	assert_int_equal(dmaload_sources_create(&sources, 4096, NULL), 0);
	dmaload_sources_destroy(sources);
	assert_int_equal(dmaload_sources_count(NULL), 0);
	assert_null(dmaload_sources_get(NULL, 0));
	dmaload_sources_destroy(NULL);
	REFUSED(dmaload_memory_query(NULL, &err));
	assert_int_equal(dmaload_memory_query(&memory, NULL), 0);
}

static void spreads(void **state)
{
	struct dmaload_spread *spread;
	struct scene scene;

	(void)state;
	make(&scene);
	REFUSED(dmaload_spread_create(NULL, "memfd", scene.file, 0, 1, 0, &err));
	REFUSED(dmaload_spread_create(&spread, "memfd", NULL, 0, 1, 0, &err));
	assert_int_equal(dmaload_spread_create(&spread, NULL, scene.file, 0, 1, 0,
					       NULL), 0);
	dmaload_spread_destroy(spread);
	assert_int_equal(dmaload_spread_count(NULL), 0);
	assert_null(dmaload_spread_ranges(NULL));
	dmaload_spread_destroy(NULL);
	scene_drop(&scene);
}

static void loads(void **state)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_range bare;
	enum dmaload_path path;
	struct scene scene;

	(void)state;
	make(&scene);
	bare = scene.range;
	REFUSED(dmaload_load(scene.ctx, NULL, 1, NULL, NULL, &err));
	REFUSED(dmaload_store(scene.ctx, NULL, 1, NULL, NULL, &err));
	REFUSED(dmaload_verify(scene.ctx, NULL, 1, NULL, NULL, &err));
	REFUSED(dmaload_probe(scene.ctx, NULL, NULL, &path, NULL, &err));
	REFUSED(dmaload_probe(scene.ctx, &bare, NULL, NULL, NULL, &err));
	assert_int_equal(dmaload_load(scene.ctx, &bare, 1, NULL, NULL, NULL), 0);
	assert_int_equal(dmaload_verify(scene.ctx, &bare, 1, NULL, NULL, NULL),
			 0);
	assert_int_equal(dmaload_store(scene.ctx, &bare, 1, NULL, NULL, NULL),
			 -EBADF);
	assert_int_equal(dmaload_probe(scene.ctx, &bare, NULL, &path, NULL,
				       NULL), 0);
	/* A context for the call. */
	assert_int_equal(dmaload_load(NULL, &bare, 1, NULL, NULL, NULL), 0);
	assert_int_equal(dmaload_verify(NULL, &bare, 1, NULL, NULL, NULL), 0);
	assert_int_equal(dmaload_store(NULL, &bare, 1, NULL, NULL, NULL), -EBADF);
	assert_int_equal(dmaload_probe(NULL, &bare, NULL, &path, NULL, NULL), 0);
	bare.file = NULL;
	REFUSED(dmaload_load(scene.ctx, &bare, 1, NULL, &report, &err));
	bare = scene.range;
	bare.buffer = NULL;
	REFUSED(dmaload_load(scene.ctx, &bare, 1, NULL, &report, &err));
	scene_drop(&scene);
}

/* No report is one that tells nothing; no room is room for nothing. */
static void texts(void **state)
{
	struct dmaload_report report = { .size = sizeof(size_t) };
	char text[4096], expected[4096];
	size_t n;

	(void)state;
	n = dmaload_report_format(&report, expected, sizeof(expected));
	assert_int_equal(dmaload_report_format(NULL, text, sizeof(text)), n);
	assert_string_equal(text, expected);
	assert_int_equal(dmaload_report_format(&report, NULL, 0), n);
	assert_int_equal(dmaload_report_format(&report, NULL, sizeof(text)), n);
	assert_int_equal(dmaload_report_path(NULL), DMALOAD_PATH_DIRECT);
	assert_int_equal(dmaload_syscalls_query(NULL, 0),
			 dmaload_syscalls_query(text, sizeof(text)));
	assert_int_equal(dmaload_syscalls_query(NULL, sizeof(text)),
			 dmaload_syscalls_query(text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(contexts),
		SCENE_TEST(files),
		SCENE_TEST(constructors_of_buffers),
		SCENE_TEST(buffers),
		SCENE_TEST(machines),
		SCENE_TEST(spreads),
		SCENE_TEST(loads),
		SCENE_TEST(texts),
	};

	return cmocka_run_group_tests_name("nulls", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Callers of other versions: their structs are shorter, or longer, than ours. Reports
 * are in test_versions_report.c. tests/api/versions.py checks that no function that
 * takes such a struct is missing here or there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "versions.h"

/* Members that only the caller knows must be 0; those that only we know count as 0. */
static void options_of_any_size(void **state)
{
	struct scene scene;
	size_t i, size;

	(void)state;
	versions_make(&scene);
	for (i = 0; i < VERSIONS_CALLS; i++) {
		for (size = sizeof(size_t);
		     size <= sizeof(struct dmaload_options) + 16; size++) {
			unsigned char *options = versions_exactly(size, 0);
			const struct call call = {
				.scene = &scene,
				.options = (void *)options,
			};

			if (versions_calls[i](&call) != 0)
				fail_msg("%s", scene.err.message);
			options[size - 1] = 1;
			if (size > sizeof(struct dmaload_options))
				assert_int_equal(versions_calls[i](&call), -EINVAL);
			free(options);
		}
	}
	scene_drop(&scene);
}

static void config_of_any_size(void **state)
{
	struct dmaload_ctx *ctx;
	unsigned char *config;
	size_t size;

	(void)state;
	for (size = sizeof(size_t); size <= sizeof(struct dmaload_config) + 16;
	     size++) {
		config = versions_exactly(size, 0);
		assert_int_equal(dmaload_ctx_create(&ctx, (void *)config, NULL),
				 0);
		dmaload_ctx_destroy(ctx);
		config[size - 1] = 1;
		if (size > sizeof(struct dmaload_config))
			assert_int_equal(dmaload_ctx_create(&ctx,
				(void *)config, NULL), -EINVAL);
		free(config);
	}
}

static int count(const struct dmaload_piece *piece, void *data)
{
	*(uint64_t *)data += piece->length;
	return 0;
}

/* The function is the last but one member: a shorter struct has none. */
static void transforms_of_any_size(void **state)
{
	struct dmaload_transform known = { .function = count };
	unsigned char *transform;
	struct scene scene;
	uint64_t bytes;
	size_t size;

	(void)state;
	versions_make(&scene);
	known.data = &bytes;
	for (size = sizeof(size_t); size <= sizeof(known) + 16; size++) {
		transform = versions_exactly(size, 0);
		memcpy(transform + sizeof(size), (char *)&known + sizeof(size),
		       (size < sizeof(known) ? size : sizeof(known)) - sizeof(size));
		scene.options.transform = (void *)transform;
		bytes = 0;
		if (size >= sizeof(known)) {
			assert_int_equal(dmaload_load(scene.ctx, &scene.range, 1,
				&scene.options, NULL, NULL), 0);
			assert_int_equal(bytes, scene_length(&scene));
		} else if (size <= offsetof(struct dmaload_transform, function)) {
			assert_int_equal(dmaload_load(scene.ctx, &scene.range, 1,
				&scene.options, NULL, NULL), -EINVAL);
		}
		transform[size - 1] = 1;
		if (size > sizeof(known))
			assert_int_equal(dmaload_load(scene.ctx, &scene.range, 1,
				&scene.options, NULL, NULL), -EINVAL);
		free(transform);
	}
	scene_drop(&scene);
}

/*
 * An input struct has no padding at its end. An older caller's padding has any value,
 * and a newer version would take it for a member.
 */
static void no_padding_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct dmaload_config),
			 sizeof(size_t) + 4 * sizeof(uint32_t));
	assert_int_equal(sizeof(struct dmaload_options),
			 offsetof(struct dmaload_options, user_data) +
			 sizeof(((struct dmaload_options *)0)->user_data));
	assert_int_equal(sizeof(struct dmaload_transform),
			 sizeof(size_t) + 2 * sizeof(uint32_t) +
			 2 * sizeof(void *));
}

static struct dmaload_report full(void)
{
	struct dmaload_report report = versions_clear(true);
	int i;

	report.bytes_total = report.bytes_bounced = 1000000;
	report.ranges = report.extents = report.brackets = 3;
	report.cache_before_bytes = report.cache_residue_bytes = 4096;
	report.create_ns = report.total_ns = 5;
	report.rate_bounced = report.rate_direct = 6;
	report.engine = DMALOAD_ENGINE_THREADS;
	report.pool_pages = DMALOAD_PAGES_BASE;
	memset(report.buffer_pages_note, 'n', DMALOAD_REASON_SIZE - 1);
	memset(report.pool_unregistered, 'u', DMALOAD_REASON_SIZE - 1);
	memset(report.pool_reduced, 'r', DMALOAD_REASON_SIZE - 1);
	memset(report.engine_declined, 'e', DMALOAD_REASON_SIZE - 1);
	/* Also of paths that only a newer library has. */
	for (i = 0; i < DMALOAD_PATHS_MAX; i++)
		memset(report.declined[i], 'd', DMALOAD_REASON_SIZE - 1);
	return report;
}

/* Members that a caller's report does not have count as in a clear report. */
static void reports_of_any_size_are_read(void **state)
{
	const struct dmaload_report whole = full();
	char text[8192], expected[8192];
	size_t size, n;

	(void)state;
	for (size = sizeof(size_t); size <= sizeof(whole) + 16; size++) {
		struct dmaload_report known = versions_clear(false);
		unsigned char *report = versions_exactly(size, 0xff);
		const size_t both = size < sizeof(whole) ? size : sizeof(whole);

		memcpy(report + sizeof(size), (const char *)&whole + sizeof(size),
		       both - sizeof(size));
		memcpy(&known, report, both);
		known.size = sizeof(known);
		n = dmaload_report_format((void *)report, text, sizeof(text));
		assert_int_equal(dmaload_report_format(&known, expected,
						       sizeof(expected)), n);
		assert_string_equal(text, expected);
		assert_null(strstr(text, "(null)"));
		assert_int_equal(dmaload_report_path((void *)report),
				 dmaload_report_path(&known));
		free(report);
	}
	/* The shortest report has no members but its size. */
	size = sizeof(size_t);
	dmaload_report_format(&(struct dmaload_report){ .size = size }, text,
			      sizeof(text));
	check_says(text, "cache     unknown");
}

static void a_report_without_size_says_nothing(void **state)
{
	struct dmaload_report report = full(), none = versions_clear(false);
	char text[4096], expected[4096];

	(void)state;
	none.size = sizeof(none);
	dmaload_report_format(&none, expected, sizeof(expected));
	report.size = 0;
	dmaload_report_format(&report, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_DIRECT);
	report.size = SIZE_MAX;
	dmaload_report_format(&report, text, sizeof(text));
	assert_string_equal(text, expected);
}

static int query_memory(void *memory)
{
	return dmaload_memory_query(memory, NULL);
}

static struct dmaload_job *some_job;

static int progress(void *progress)
{
	return dmaload_job_progress(some_job, progress);
}

static struct scene *some_scene;

/* The same event each time, of a new job. */
static int next_event(void *event)
{
	struct dmaload_options options = { .size = sizeof(options) };
	int r;

	assert_int_equal(dmaload_events_create(&options.events, some_scene->ctx,
					       NULL), 0);
	options.user_data = 5;
	assert_int_equal(dmaload_submit(NULL, some_scene->ctx, DMALOAD_STORE,
					&some_scene->range, 1, &options, NULL),
			 -EBADF);
	assert_int_equal(dmaload_submit(NULL, some_scene->ctx, DMALOAD_VERIFY,
					&some_scene->range, 1, &options, NULL),
			 0);
	r = dmaload_events_next(options.events, DMALOAD_FOREVER, event, NULL,
				NULL);
	dmaload_events_destroy(options.events);
	return r;
}

/* Each is filled in like one of our own size, as far as it goes. */
static void check_out(int (*call)(void *out), size_t own)
{
	unsigned char *whole = versions_exactly(own, 0xa5), *out;
	size_t size;

	assert_int_equal(call(whole), 0);
	for (size = sizeof(size_t); size <= own + 16; size++) {
		out = versions_exactly(size, 0xa5);
		assert_int_equal(call(out), 0);
		versions_check_given(out, size, own);
		assert_memory_equal(out + sizeof(size), whole + sizeof(size),
				    (size < own ? size : own) - sizeof(size));
		free(out);
	}
	out = versions_exactly(SIZE_MOST, 0xa5);
	assert_int_equal(call(out), 0);
	versions_check_given(out, SIZE_MOST, own);
	size = SIZE_MOST + 1;
	memcpy(out, &size, sizeof(size));
	assert_int_equal(call(out), -EINVAL);
	size = sizeof(size_t) - 1;
	memcpy(out, &size, sizeof(size));
	assert_int_equal(call(out), -EINVAL);
	free(out);
	free(whole);
}

static void what_else_is_given(void **state)
{
	struct scene scene;

	(void)state;
	versions_make(&scene);
	fake_add_udmabuf();
	assert_int_equal(dmaload_submit(&some_job, scene.ctx, DMALOAD_LOAD,
					&scene.range, 1, NULL, NULL), 0);
	assert_int_equal(dmaload_job_wait(some_job, DMALOAD_FOREVER, NULL, NULL),
			 0);
	check_out(progress, sizeof(struct dmaload_progress));
	/* With an error that has a message. */
	some_scene = &scene;
	scene.memory->bytes[5] ^= 1;
	check_out(next_event, sizeof(struct dmaload_event));
	check_out(query_memory, sizeof(struct dmaload_memory));
	dmaload_job_destroy(some_job);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(options_of_any_size),
		SCENE_TEST(config_of_any_size),
		SCENE_TEST(transforms_of_any_size),
		SCENE_TEST(no_padding_at_the_end),
		SCENE_TEST(reports_of_any_size_are_read),
		SCENE_TEST(a_report_without_size_says_nothing),
		SCENE_TEST(what_else_is_given),
	};

	return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Reports of callers of other versions; see test_versions.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "versions.h"

static void check_clear(const void *given, size_t size, bool stored)
{
	struct dmaload_report expected = versions_clear(stored);
	const size_t known = size < sizeof(expected) ? size : sizeof(expected);

	expected.size = size;
	assert_memory_equal(given, &expected, known);
	versions_check_given(given, size, sizeof(expected));
}

static const size_t report_sizes[] = {
	sizeof(size_t), sizeof(size_t) + 1,
	offsetof(struct dmaload_report, bytes_direct),
	offsetof(struct dmaload_report, bytes_direct) + 3,
	offsetof(struct dmaload_report, buffer_pages_note) + 5,
	offsetof(struct dmaload_report, declined) + 300,
	offsetof(struct dmaload_report, stored),
	sizeof(struct dmaload_report) - 1, sizeof(struct dmaload_report),
	sizeof(struct dmaload_report) + 1, sizeof(struct dmaload_report) + 8,
	SIZE_MOST,
};
#define N_SIZES (sizeof(report_sizes) / sizeof(report_sizes[0]))

static void reports_of_any_size(void **state)
{
	struct dmaload_report whole = versions_clear(false);
	struct scene scene;
	size_t i, k;

	(void)state;
	versions_make(&scene);
	for (i = 0; i < VERSIONS_CALLS; i++) {
		for (k = 0; k < N_SIZES; k++) {
			const size_t size = report_sizes[k];
			unsigned char *report = versions_exactly(size, 0xa5);
			const struct call call = {
				.scene = &scene,
				.report = (void *)report,
			};

			if (versions_calls[i](&call) != 0)
				fail_msg("%s", scene.err.message);
			versions_check_given(report, size, sizeof(whole));
			memcpy(&whole, report, size < sizeof(whole) ? size :
			       sizeof(whole));
			if (size >= offsetof(struct dmaload_report,
					     bytes_direct))
				assert_int_equal(whole.bytes_total,
						 versions_calls[i] == call_load_stream ?
						 5000 : 100000);
			if (size >= sizeof(whole))
				assert_int_equal(whole.stored,
						 versions_calls[i] == call_store);
			free(report);
		}
	}
	scene_drop(&scene);
}

/* Calls that fail before they do anything. */
static int nothing_to_load(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_load(NULL, &scene->range, 0, NULL, report, NULL);
}

static int nothing_to_verify(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_verify(NULL, &scene->range, 0, NULL, report, NULL);
}

static int nothing_to_store(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_store(NULL, &scene->range, 0, NULL, report, NULL);
}

static int nothing_to_probe(struct scene *scene, struct dmaload_report *report)
{
	enum dmaload_path path;

	(void)scene;
	return dmaload_probe(NULL, NULL, NULL, &path, report, NULL);
}

static int no_file(struct scene *scene, struct dmaload_report *report)
{
	struct dmaload_buffer *buffer;

	(void)scene;
	return dmaload_load_file(&buffer, NULL, NULL, NULL, report, NULL);
}

static int no_path(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_probe(scene->ctx, &scene->range, NULL, NULL, report, NULL);
}

static int no_ranges(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_load(scene->ctx, NULL, 1, NULL, report, NULL);
}

static int wrong_options(struct scene *scene, struct dmaload_report *report)
{
	const struct dmaload_options none = { .size = 0 };

	return dmaload_load(scene->ctx, &scene->range, 1, &none, report, NULL);
}

static int in_a_child(struct scene *scene, struct dmaload_report *report)
{
	int r;

	fake.pid = 99999;
	r = dmaload_load(scene->ctx, &scene->range, 1, NULL, report, NULL);
	fake.pid = 0;
	return r;
}

static int no_place(struct scene *scene, struct dmaload_report *report)
{
	uint64_t length;

	return dmaload_load_stream(NULL, &length, scene->ctx, scene->file, NULL,
				   0, 0, NULL, report, NULL);
}

static int no_stream(struct scene *scene, struct dmaload_report *report)
{
	struct dmaload_buffer *buffer;
	uint64_t length;

	return dmaload_load_stream(&buffer, &length, scene->ctx, scene->file,
				   NULL, 0, 0, NULL, report, NULL);
}

static int no_job(struct scene *scene, struct dmaload_report *report)
{
	(void)scene;
	return dmaload_job_wait(NULL, 0, report, NULL);
}

static int job_in_a_child(struct scene *scene, struct dmaload_report *report)
{
	struct dmaload_job *job;
	int r;

	assert_int_equal(dmaload_submit(&job, scene->ctx, DMALOAD_LOAD,
					&scene->range, 1, NULL, NULL), 0);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	fake.pid = 99999;
	r = dmaload_job_wait(job, 0, report, NULL);
	fake.pid = 0;
	dmaload_job_destroy(job);
	return r;
}

static const struct failure {
	int (*call)(struct scene *scene, struct dmaload_report *report);
	int code;
	bool stored;
} failures[] = {
	{ nothing_to_load, -EINVAL, false },
	{ nothing_to_verify, -EINVAL, false },
	{ nothing_to_store, -EINVAL, true },
	{ nothing_to_probe, -EINVAL, false },
	{ no_file, -EINVAL, false },
	{ no_path, -EINVAL, false },
	{ no_ranges, -EINVAL, false },
	{ wrong_options, -EINVAL, false },
	{ in_a_child, -ECHILD, false },
	{ no_place, -EINVAL, false },
	{ no_stream, -EINVAL, false },
	{ no_job, -EINVAL, false },
	{ job_in_a_child, -ECHILD, false },
};

static void an_early_failure_clears_the_report(void **state)
{
	struct scene scene;
	size_t i, k;

	(void)state;
	versions_make(&scene);
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct failure *failure = &failures[i];

		for (k = 0; k < N_SIZES; k++) {
			void *report = versions_exactly(report_sizes[k], 0xa5);

			assert_int_equal(failure->call(&scene, report),
					 failure->code);
			check_clear(report, report_sizes[k], failure->stored);
			free(report);
		}
	}
	scene_drop(&scene);
}

/* A report with an invalid size is not written to, whatever else is wrong. */
static void a_report_without_size_stays(void **state)
{
	static const size_t wrong[] = {
		0, sizeof(size_t) - 1, SIZE_MOST + 1, SIZE_MAX,
	};
	struct dmaload_report report, before;
	struct dmaload_job *job;
	struct scene scene;
	size_t i, k;

	(void)state;
	versions_make(&scene);
	assert_int_equal(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD,
					&scene.range, 1, NULL, NULL), 0);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	for (k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		memset(&report, 0xa5, sizeof(report));
		report.size = wrong[k];
		before = report;
		for (i = 0; i < VERSIONS_CALLS; i++)
			if (versions_calls[i] != call_submit)
				assert_int_equal(versions_calls[i](&(struct call){
					.scene = &scene, .report = &report,
				}), -EINVAL);
		for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
			assert_int_equal(failures[i].call(&scene, &report),
					 -EINVAL);
		assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, &report,
						  NULL), -EINVAL);
		assert_memory_equal(&report, &before, sizeof(report));
	}
	dmaload_job_destroy(job);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(reports_of_any_size),
		SCENE_TEST(an_early_failure_clears_the_report),
		SCENE_TEST(a_report_without_size_stays),
	};

	return cmocka_run_group_tests_name("versions_report", tests, NULL, NULL);
}

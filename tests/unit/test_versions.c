/* SPDX-License-Identifier: MIT */
/*
 * Callers of other versions: their structs are shorter, or longer, than ours. Each
 * struct is allocated with exactly its size, so that ASan and valgrind report the
 * first byte beyond it. tests/api/versions.py checks that no function that takes one
 * is missing here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define SIZE_MOST 65536u

/* Allocate so many bytes, all the same except for the size. */
static void *exactly(size_t size, int byte)
{
	unsigned char *at = malloc(size);

	assert_non_null(at);
	memset(at, byte, size);
	memcpy(at, &size, sizeof(size));
	return at;
}

/* The arguments of the calls that take options and a report. */
struct call {
	struct scene *scene;
	/* NULL: the scene's own. */
	const struct dmaload_options *options;
	struct dmaload_report *report;
};

static int load(const struct call *call)
{
	return dmaload_load(call->scene->ctx, &call->scene->range, 1,
			    call->options, call->report, &call->scene->err);
}

static int verify(const struct call *call)
{
	return dmaload_verify(call->scene->ctx, &call->scene->range, 1,
			      call->options, call->report, &call->scene->err);
}

static int probe(const struct call *call)
{
	enum dmaload_path path;

	return dmaload_probe(call->scene->ctx, &call->scene->range,
			     call->options, &path, call->report,
			     &call->scene->err);
}

static int store(const struct call *call)
{
	struct dmaload_range range = call->scene->range;
	int r;

	range.length = 100000;
	r = dmaload_file_create(&range.file, "/data/stored.bin", 0,
				&call->scene->err);
	if (r == 0)
		r = dmaload_store(call->scene->ctx, &range, 1, call->options,
				  call->report, &call->scene->err);
	dmaload_file_close(range.file);
	return r;
}

static int load_stream(const struct call *call)
{
	struct fake_node *node = fake_find("/data/stream");
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *stream;
	uint64_t length;
	int fd, r;

	node->came = 0;
	fd = fake_open(node, O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&stream, fd, NULL), 0);
	r = dmaload_load_stream(&buffer, &length, call->scene->ctx, stream,
				"memfd", 0, 0, call->options, call->report,
				&call->scene->err);
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(stream);
	fake_close(fd);
	return r;
}

static int submit(const struct call *call)
{
	struct dmaload_job *job;
	int r;

	r = dmaload_submit(&job, call->scene->ctx, DMALOAD_LOAD,
			   &call->scene->range, 1, call->options,
			   &call->scene->err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(job, DMALOAD_FOREVER, call->report,
			     &call->scene->err);
	dmaload_job_destroy(job);
	return r;
}

static int (*const calls[])(const struct call *call) = {
	load, verify, probe, store, load_stream, submit,
};
#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static void make(struct scene *scene)
{
	scene_make(scene, &(struct scene_setup){ .source = "memfd" });
	fake_add(FAKE_PIPE, "/data/stream", 5000);
	assert_int_equal(load(&(struct call){ .scene = scene }), 0);
}

/* Members that only the caller knows must be 0; those that only we know count as 0. */
static void options_of_any_size(void **state)
{
	struct scene scene;
	size_t i, size;

	(void)state;
	make(&scene);
	for (i = 0; i < N_CALLS; i++) {
		for (size = sizeof(size_t);
		     size <= sizeof(struct dmaload_options) + 16; size++) {
			unsigned char *options = exactly(size, 0);
			const struct call call = {
				.scene = &scene,
				.options = (void *)options,
			};

			if (calls[i](&call) != 0)
				fail_msg("%s", scene.err.message);
			options[size - 1] = 1;
			if (size > sizeof(struct dmaload_options))
				assert_int_equal(calls[i](&call), -EINVAL);
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
		config = exactly(size, 0);
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
}

/* The size is still the caller's, and the bytes beyond those that we know are 0. */
static void check_given(const unsigned char *given, size_t size, size_t known)
{
	size_t its, i;

	memcpy(&its, given, sizeof(its));
	assert_int_equal(its, size);
	for (i = known; i < size; i++)
		assert_int_equal(given[i], 0);
}

/* A report of a call that did nothing. */
static struct dmaload_report clear(bool stored)
{
	struct dmaload_report report;

	/* To be compared byte by byte. */
	memset(&report, 0, sizeof(report));
	report.cache_before_bytes = DMALOAD_UNKNOWN;
	report.cache_residue_bytes = DMALOAD_UNKNOWN;
	report.buffer_huge_bytes = DMALOAD_UNKNOWN;
	report.stored = stored;
	return report;
}

static void check_clear(const void *given, size_t size, bool stored)
{
	struct dmaload_report expected = clear(stored);
	const size_t known = size < sizeof(expected) ? size : sizeof(expected);

	expected.size = size;
	assert_memory_equal(given, &expected, known);
	check_given(given, size, sizeof(expected));
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
	struct dmaload_report whole = clear(false);
	struct scene scene;
	size_t i, k;

	(void)state;
	make(&scene);
	for (i = 0; i < N_CALLS; i++) {
		for (k = 0; k < N_SIZES; k++) {
			const size_t size = report_sizes[k];
			unsigned char *report = exactly(size, 0xa5);
			const struct call call = {
				.scene = &scene,
				.report = (void *)report,
			};

			if (calls[i](&call) != 0)
				fail_msg("%s", scene.err.message);
			check_given(report, size, sizeof(whole));
			memcpy(&whole, report, size < sizeof(whole) ? size :
			       sizeof(whole));
			if (size >= offsetof(struct dmaload_report,
					     bytes_direct))
				assert_int_equal(whole.bytes_total,
						 calls[i] == load_stream ?
						 5000 : 100000);
			if (size >= sizeof(whole))
				assert_int_equal(whole.stored,
						 calls[i] == store);
			free(report);
		}
	}
	scene_drop(&scene);
}

/* Calls that fail before they do anything. */
static int no_context(struct scene *scene, struct dmaload_report *report)
{
	return dmaload_load(NULL, &scene->range, 1, NULL, report, NULL);
}

static int no_context_to_verify(struct scene *scene,
				struct dmaload_report *report)
{
	return dmaload_verify(NULL, &scene->range, 1, NULL, report, NULL);
}

static int no_context_to_store(struct scene *scene,
			       struct dmaload_report *report)
{
	return dmaload_store(NULL, &scene->range, 1, NULL, report, NULL);
}

static int no_context_to_probe(struct scene *scene,
			       struct dmaload_report *report)
{
	enum dmaload_path path;

	return dmaload_probe(NULL, &scene->range, NULL, &path, report, NULL);
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
	{ no_context, -EINVAL, false },
	{ no_context_to_verify, -EINVAL, false },
	{ no_context_to_store, -EINVAL, true },
	{ no_context_to_probe, -EINVAL, false },
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
	make(&scene);
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct failure *failure = &failures[i];

		for (k = 0; k < N_SIZES; k++) {
			void *report = exactly(report_sizes[k], 0xa5);

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
	make(&scene);
	assert_int_equal(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD,
					&scene.range, 1, NULL, NULL), 0);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	for (k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		memset(&report, 0xa5, sizeof(report));
		report.size = wrong[k];
		before = report;
		for (i = 0; i < N_CALLS; i++)
			if (calls[i] != submit)
				assert_int_equal(calls[i](&(struct call){
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

static struct dmaload_report full(void)
{
	struct dmaload_report report = clear(true);
	int i;

	report.bytes_total = report.bytes_bounced = 1000000;
	report.ranges = report.extents = report.brackets = 3;
	report.cache_before_bytes = report.cache_residue_bytes = 4096;
	report.create_ns = report.total_ns = 5;
	report.rate_bounced = report.rate_direct = 6;
	report.engine = DMALOAD_ENGINE_THREADS;
	report.pool_pages = DMALOAD_PAGES_BASE;
	memset(report.buffer_pages_note, 'n', DMALOAD_REASON_SIZE - 1);
	memset(report.unregistered, 'u', DMALOAD_REASON_SIZE - 1);
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
		struct dmaload_report known = clear(false);
		unsigned char *report = exactly(size, 0xff);
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
	assert_non_null(strstr(text, "cache     unknown"));
}

static void a_report_without_size_says_nothing(void **state)
{
	struct dmaload_report report = full(), none = clear(false);
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

static int choose(void *choice)
{
	return dmaload_source_choose(4096, choice, NULL);
}

static int look_at_udmabuf(void *udmabuf)
{
	return dmaload_udmabuf_look(udmabuf, NULL);
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
	unsigned char *whole = exactly(own, 0xa5), *out;
	size_t size;

	assert_int_equal(call(whole), 0);
	for (size = sizeof(size_t); size <= own + 16; size++) {
		out = exactly(size, 0xa5);
		assert_int_equal(call(out), 0);
		check_given(out, size, own);
		assert_memory_equal(out + sizeof(size), whole + sizeof(size),
				    (size < own ? size : own) - sizeof(size));
		free(out);
	}
	out = exactly(SIZE_MOST, 0xa5);
	assert_int_equal(call(out), 0);
	check_given(out, SIZE_MOST, own);
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
	make(&scene);
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
	check_out(choose, sizeof(struct dmaload_choice));
	check_out(look_at_udmabuf, sizeof(struct dmaload_udmabuf));
	check_out(query_memory, sizeof(struct dmaload_memory));
	dmaload_job_destroy(some_job);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(options_of_any_size),
		SCENE_TEST(config_of_any_size),
		SCENE_TEST(no_padding_at_the_end),
		SCENE_TEST(reports_of_any_size),
		SCENE_TEST(an_early_failure_clears_the_report),
		SCENE_TEST(a_report_without_size_stays),
		SCENE_TEST(reports_of_any_size_are_read),
		SCENE_TEST(a_report_without_size_says_nothing),
		SCENE_TEST(what_else_is_given),
	};

	return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}

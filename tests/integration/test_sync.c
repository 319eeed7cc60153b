/* SPDX-License-Identifier: MIT */
/*
 * The brackets as the exporter sees them. The test heap counts them, and fails
 * them on request (tests/module/dmaload_testheap.c).
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PARAMETERS "/sys/module/dmaload_testheap/parameters/"

static long get(const char *name)
{
	char path[256];
	long value;
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &value), 1);
	fclose(file);
	return value;
}

static void set(const char *name, long value)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "%ld\n", value) > 0);
	assert_int_equal(fclose(file), 0);
}

static void test_each_load_is_bracketed(void **state)
{
	static const uint32_t masks[] = {
		DMALOAD_ALLOW_DIRECT,
		DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};
	struct kit kit;
	long begins;
	size_t i;

	(void)state;
	kit_open(&kit, 1048577, 1 << 21);
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		begins = get("begins");
		assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, masks[i]),
				 0);
		assert_int_equal(get("begins"), begins + 1);
		assert_int_equal(get("open_brackets"), 0);
		assert_true(kit.report.sync_ns > 0);
	}
	kit_close(&kit);
	assert_int_equal(get("live_buffers"), 0);
}

static void test_interrupted_brackets_are_restarted(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit, 4097, 8192);
	set("begin_eintr", 5);
	set("end_eintr", 3);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	assert_int_equal(get("begin_eintr"), 0);
	assert_int_equal(get("end_eintr"), 0);
	assert_int_equal(get("open_brackets"), 0);
	kit_check(&kit, 0, 0, 4097);
	kit_close(&kit);
}

static void test_a_refused_start_fails_the_load(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit, 4097, 8192);
	set("begin_errno", EIO);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -EIO);
	assert_non_null(strstr(kit.err.message, "begin"));
	assert_int_equal(kit.report.reads, 0);
	set("begin_errno", 0);
	assert_int_equal(get("open_brackets"), 0);
	kit_check(&kit, 0, 0, 0);
	kit_close(&kit);
}

static void test_a_refused_end_fails_the_load(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit, 4097, 8192);
	set("end_errno", ENXIO);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -ENXIO);
	assert_non_null(strstr(kit.err.message, "end"));
	set("end_errno", 0);
	/* The exporter refused END. End the bracket, so that the count is
	 * even. */
	assert_int_equal(get("open_brackets"), 1);
	assert_int_equal(dmaload_buffer_end(kit.buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
	kit_close(&kit);
}

static int stop(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	return 1;
}

static void test_failed_load_ends_its_bracket(void **state)
{
	struct dmaload_options options = {
		.size = sizeof(options), .progress = stop,
	};
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	struct kit kit;
	long ends;

	(void)state;
	kit_open(&kit, place.large, place.large);
	range.file = kit.file;
	range.buffer = kit.buffer;
	ends = get("ends");
	assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options, NULL,
				      &kit.err), -ECANCELED);
	assert_int_equal(get("ends"), ends + 1);
	assert_int_equal(get("open_brackets"), 0);
	kit_close(&kit);
	assert_int_equal(get("live_buffers"), 0);
}

/*
 * Priorities 0 to 2 lie in the first buffer, and the last one also in the
 * second. They are read one after the other. The first buffer has a pair of
 * brackets per priority. The second has bytes of one priority, and its bracket
 * is open until that is complete.
 */
static void test_a_priority_is_bracketed_once(void **state)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 1 << 20, .queue_depth = 1,
	};
	struct dmaload_range ranges[4];
	struct dmaload_buffer *second;
	struct dmaload_job *job;
	struct dmaload_ctx *ctx;
	struct kit kit;
	long begins, ends;
	uint32_t i;

	(void)state;
	kit_open(&kit, 16 << 20, 16 << 20);
	assert_int_equal(dmaload_ctx_create(&ctx, &config, NULL), 0);
	assert_int_equal(dmaload_buffer_create(&second, place.source, 1 << 20,
					       NULL), 0);
	for (i = 0; i < 4; i++)
		ranges[i] = (struct dmaload_range){
			.file = kit.file, .file_offset = (uint64_t)i << 22,
			.buffer = kit.buffer, .buffer_offset = (uint64_t)i << 22,
			.length = 1 << 22, .priority = i < 3 ? i : 2,
		};
	ranges[3].buffer = second;
	ranges[3].buffer_offset = 0;
	ranges[3].length = 1 << 20;
	begins = get("begins");
	ends = get("ends");
	assert_int_equal(dmaload_submit(&job, ctx, DMALOAD_LOAD, ranges, 4, NULL,
					&kit.err), 0);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, &kit.report,
					  NULL), 0);
	assert_int_equal(kit.report.brackets, 4);
	assert_int_equal(get("begins") - begins, kit.report.brackets);
	assert_int_equal(get("ends") - ends, kit.report.brackets);
	assert_int_equal(get("open_brackets"), 0);
	kit_check(&kit, 0, 0, 12 << 20);
	dmaload_job_destroy(job);
	dmaload_buffer_destroy(second);
	dmaload_ctx_destroy(ctx);
	kit_close(&kit);
	assert_int_equal(get("live_buffers"), 0);
}

/* The same heap, with mappings like those of the system heap. */
static void test_unpinnable_mapping(void **state)
{
	struct kit kit;

	(void)state;
	set("pinnable", 0);
	kit_open(&kit, place.large, place.large);
	set("pinnable", 1);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	assert_int_equal(kit.report.bytes_bounced, place.large);
	kit_check(&kit, 0, 0, place.large);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_load_is_bracketed),
		cmocka_unit_test(test_interrupted_brackets_are_restarted),
		cmocka_unit_test(test_a_refused_start_fails_the_load),
		cmocka_unit_test(test_a_refused_end_fails_the_load),
		cmocka_unit_test(test_failed_load_ends_its_bracket),
		cmocka_unit_test(test_a_priority_is_bracketed_once),
		cmocka_unit_test(test_unpinnable_mapping),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}

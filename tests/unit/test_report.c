/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dmaload/report.h>

static struct dmaload_report example(void)
{
	return (struct dmaload_report){
		.size = sizeof(struct dmaload_report),
		.bytes_total = 3000000000,
		.bytes_bounced = 2000000000,
		.bytes_buffered = 1000000000,
		.pinned_bytes = 8388608,
		.cache_before_bytes = 4096,
		.cache_residue_bytes = 8192,
		.alloc_ns = 250000000,
		.total_ns = 1500000000,
		.read_ns = 1100000000,
		.copy_ns = 300000000,
		.sync_ns = 20000000,
		.buffer_pages_note = "0 of 4096 bytes",
		.reads = 2862,
		.retries = 2,
		.pool_pages = DMALOAD_PAGES_TRANSPARENT,
		.pool_registered = 1,
		.engine = DMALOAD_ENGINE_THREADS,
		.engine_declined = "io_uring is refused",
		.declined[DMALOAD_PATH_DIRECT] = "cannot be pinned",
	};
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void text_has_every_figure(void **state)
{
	struct dmaload_report report = example();
	char text[2048];
	size_t n;

	(void)state;
	n = dmaload_report_format(&report, text, sizeof(text));
	assert_int_equal(n, strlen(text));
	assert_int_equal(text[n - 1], '\n');
	assert_says(text, "bounce: 0 bytes direct, 2000000000 bounced, "
			  "1000000000 buffered, of 3000000000");
	assert_says(text, "1.500 s (2.00 GB/s)");
	assert_says(text, "1.100 reading, 0.300 copying, 0.020 syncing");
	assert_says(text, "allocation 0.250 s");
	assert_says(text, "pages     0 of 4096 bytes\n");
	assert_says(text, "2862, 2 of them repeated");
	assert_says(text, "engine    threads: io_uring is refused\n");
	assert_says(text, "8388608 bytes at most");
	assert_says(text, "transparent huge pages, registered");
	assert_says(text, "4096 bytes resident before, 8192 left behind");
	assert_says(text, "declined  direct: cannot be pinned\n");
	assert_null(strstr(text, "declined  bounce"));
	assert_null(strstr(text, "not registered"));
}

/* The text of a store speaks of writes, and not of reads. */
static void a_store_writes(void **state)
{
	struct dmaload_report report = example();
	char text[2048];

	(void)state;
	dmaload_report_format(&report, text, sizeof(text));
	assert_says(text, "\nreads     2862");
	report.stored = 1;
	report.engine = DMALOAD_ENGINE_URING;
	dmaload_report_format(&report, text, sizeof(text));
	assert_says(text, "1.100 writing, 0.300 copying");
	assert_says(text, "\nwrites    2862, 2 of them repeated\n");
	assert_null(strstr(text, "read"));
}

/* At every size: a prefix, terminated, nothing beyond, and the full length. */
static void text_is_cut_as_snprintf_cuts(void **state)
{
	struct dmaload_report report = example();
	char whole[2048], part[2048];
	size_t n, size, length;

	(void)state;
	n = dmaload_report_format(&report, whole, sizeof(whole));
	for (size = 1; size <= n + 2; size++) {
		memset(part, 'x', sizeof(part));
		assert_int_equal(dmaload_report_format(&report, part, size), n);
		length = size <= n ? size - 1 : n;
		assert_memory_equal(part, whole, length);
		assert_int_equal(part[length], '\0');
		assert_int_equal(part[size], 'x');
	}
}

static void size_0_writes_nothing(void **state)
{
	struct dmaload_report report = example();
	char text[2048], guard = 'x';
	size_t n;

	(void)state;
	n = dmaload_report_format(&report, text, sizeof(text));
	assert_int_equal(dmaload_report_format(&report, NULL, 0), n);
	assert_int_equal(dmaload_report_format(&report, &guard, 0), n);
	assert_int_equal(guard, 'x');
}

static void what_is_not_known_is_said(void **state)
{
	struct dmaload_report report = example();
	char text[2048];

	(void)state;
	report.cache_before_bytes = DMALOAD_UNKNOWN;
	report.cache_residue_bytes = DMALOAD_UNKNOWN;
	report.pool_registered = 0;
	strcpy(report.pool_unregistered, "ENOMEM (no memory)");
	strcpy(report.pool_reduced, "to 1 byte: 2 bytes were refused (ENOMEM)");
	dmaload_report_format(&report, text, sizeof(text));
	assert_says(text, "cache     unknown");
	assert_says(text, "not registered: ENOMEM (no memory)");
	assert_null(strstr(text, "18446744073709551615"));
}

/* A buffer that was made before costs the load nothing. */
static void creation_is_of_the_load_that_waits(void **state)
{
	struct dmaload_report report = example();
	char text[2048];

	(void)state;
	report.create_ns = 250000000;
	report.overlap_ns = report.create_wait_ns = 0;
	dmaload_report_format(&report, text, sizeof(text));
	assert_null(strstr(text, "creation"));
	report.create_wait_ns = 1000;
	dmaload_report_format(&report, text, sizeof(text));
	assert_says(text, "creation  0.250 s");
}

static void all_reasons_are_listed(void **state)
{
	struct dmaload_report report = { .size = sizeof(report) };
	char text[4096];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		memset(report.declined[i], 'a' + i, DMALOAD_REASON_SIZE - 1);
		report.declined[i][DMALOAD_REASON_SIZE - 1] = '\0';
	}
	dmaload_report_format(&report, text, sizeof(text));
	assert_says(text, "declined  direct: aaa");
	assert_says(text, "declined  bounce: bbb");
	assert_says(text, "declined  buffered: ccc");
	/* A time of 0 is not divided by. */
	assert_null(strstr(text, "GB/s"));
	assert_null(strstr(text, "pool"));
	assert_null(strstr(text, "engine"));
}

static void path_is_that_of_most_bytes(void **state)
{
	struct dmaload_report report = { .size = sizeof(report) };

	(void)state;
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_DIRECT);
	report.bytes_bounced = 1;
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_BOUNCE);
	report.bytes_direct = 2;
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_DIRECT);
	report.bytes_buffered = 3;
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_BUFFERED);
	report.bytes_bounced = 4;
	assert_int_equal(dmaload_report_path(&report), DMALOAD_PATH_BOUNCE);
}

static void paths_have_names(void **state)
{
	(void)state;
	assert_string_equal(dmaload_path_name(DMALOAD_PATH_DIRECT), "direct");
	assert_string_equal(dmaload_path_name(DMALOAD_PATH_BOUNCE), "bounce");
	assert_string_equal(dmaload_path_name(DMALOAD_PATH_BUFFERED),
			    "buffered");
	assert_string_equal(dmaload_path_name(DMALOAD_PATH_CACHED), "cached");
	assert_string_equal(dmaload_path_name(DMALOAD_PATH_STREAM), "stream");
	assert_null(dmaload_path_name(5));
}

static void engines_have_names(void **state)
{
	(void)state;
	assert_string_equal(dmaload_engine_name(DMALOAD_ENGINE_AUTO), "auto");
	assert_string_equal(dmaload_engine_name(DMALOAD_ENGINE_URING),
			    "io_uring");
	assert_string_equal(dmaload_engine_name(DMALOAD_ENGINE_THREADS),
			    "threads");
	assert_null(dmaload_engine_name(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_every_figure),
		cmocka_unit_test(a_store_writes),
		cmocka_unit_test(text_is_cut_as_snprintf_cuts),
		cmocka_unit_test(size_0_writes_nothing),
		cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(creation_is_of_the_load_that_waits),
		cmocka_unit_test(all_reasons_are_listed),
		cmocka_unit_test(path_is_that_of_most_bytes),
		cmocka_unit_test(paths_have_names),
		cmocka_unit_test(engines_have_names),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

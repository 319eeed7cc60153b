/* SPDX-License-Identifier: MIT */
/* Tests that set parameters of the kernel: the limit of a udmabuf, and the
 * amount and the kind of its pages. */
#include "udmabuf_settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sources.h"

#define MIB ((uint64_t)1 << 20)
#define UNTOUCHED ((void *)0x1)
#define LIMIT "/sys/module/udmabuf/parameters/size_limit_mb"
#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"
#define OVERCOMMIT "/proc/sys/vm/overcommit_"

static long get(const char *path)
{
	FILE *file = fopen(path, "re");
	long value;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &value), 1);
	fclose(file);
	return value;
}

static void set(const char *path, long value)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fprintf(file, "%ld\n", value) > 0);
	assert_int_equal(fclose(file), 0);
}

long meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			sscanf(line + strlen(key), ": %ld", &kib);
	fclose(file);
	assert_true(kib >= 0);
	return kib;
}

void open_early(struct kit *kit, uint64_t size)
{
	drop_cache(pattern_path(size));
	*kit = (struct kit){ .fds = open_fds() };
	kit->report.size = sizeof(kit->report);
	assert_int_equal(dmaload_ctx_create(&kit->ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_file_open(&kit->file, pattern_path(size), NULL),
			 0);
	if (dmaload_buffer_create(&kit->buffer, place.source, size,
				  &kit->err) < 0)
		fail_msg("%s", kit->err.message);
}

static void test_limit(void **state)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_source udmabuf;
	const long shared = meminfo("Shmem");
	const int fds = open_fds();
	struct dmaload_error err;

	(void)state;
	set(LIMIT, 64);
	udmabuf = listed_source(place.source);
	assert_int_equal(udmabuf.access, 0);
	assert_int_equal(udmabuf.max_bytes, 64 * MIB);
	assert_int_equal(dmaload_buffer_create(&buffer, place.source, 65 * MIB,
					       &err), -E2BIG);
	assert_ptr_equal(buffer, UNTOUCHED);
	assert_non_null(strstr(err.message, "size_limit_mb"));
	assert_non_null(strstr(err.message, "it is 64"));
	assert_non_null(strstr(err.message, "> " LIMIT));
	assert_non_null(strstr(err.message, "udmabuf.size_limit_mb=65"));
	assert_int_equal(open_fds(), fds);
	assert_true(meminfo("Shmem") < shared + 1024);

	/* The kernel allows what the library allows. */
	assert_int_equal(dmaload_buffer_create(&buffer, place.source, 64 * MIB,
					       &err), 0);
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(open_fds(), fds);
}

/* Memory that is promised and not to be had, as where overcommit is forbidden. */
static void fail_for_memory(uint32_t paths)
{
	struct kit kit;
	int r;

	open_early(&kit, place.large);
	r = kit_load(&kit, 0, 0, DMALOAD_TO_END, paths);
	if (r != -ENOMEM)
		fail_msg("mask %u: %d, %s", paths, r, r < 0 ? kit.err.message :
			 "");
	assert_int_equal(dmaload_buffer_wait(kit.buffer, &kit.err), -ENOMEM);
	assert_non_null(strstr(kit.err.message, "cannot populate"));
	kit_close(&kit);
}

/* Parameters that tests set, and their old values: a test that fails must not
 * fail the next ones. */
static struct {
	const char *path;
	long value;
} settings[] = {
	{ LIMIT, 0 },
	{ HUGE_PAGES, 0 },
	{ OVERCOMMIT "memory", 0 },
	/* To set the one clears the other; of what was, one is 0. */
	{ OVERCOMMIT "kbytes", 0 },
	{ OVERCOMMIT "ratio", 0 },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int remember(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SETTINGS; i++)
		settings[i].value = get(settings[i].path);
	return 0;
}

/* Huge pages may come by and by. */
static int restore(void **state)
{
	unsigned tries = 1000;
	size_t i;

	(void)state;
	for (i = 0; i < SETTINGS; i++)
		while (get(settings[i].path) != settings[i].value) {
			if (tries-- == 0)
				return -1;
			set(settings[i].path, settings[i].value);
			usleep(10000);
		}
	return 0;
}

static void test_no_memory(void **state)
{
	(void)state;
	/* Reserved huge pages have been promised before. */
	if (strcmp(place.source, "udmabuf") != 0)
		return;
	set(OVERCOMMIT "kbytes", meminfo("Committed_AS") + 65536);
	set(OVERCOMMIT "memory", 2);
	fail_for_memory(0);
	fail_for_memory(DMALOAD_ALLOW_BOUNCE);
	fail_for_memory(DMALOAD_ALLOW_BUFFERED);
}

static void test_pages(void **state)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer;
	struct dmaload_error err;

	(void)state;
	if (strcmp(place.source, "udmabuf:2M") != 0)
		return;
	assert_int_equal(dmaload_load_file(&buffer, pattern_path(1), "udmabuf:2M",
					   NULL, &report, &err), 0);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf:2M");
	assert_null(strstr(report.buffer_pages_note, "no reserved huge pages"));
	assert_int_equal(dmaload_buffer_size(buffer), page_size());
	dmaload_buffer_destroy(buffer);

	set(HUGE_PAGES, 0);
	if (dmaload_load_file(&buffer, pattern_path(2101249), "udmabuf:2M", NULL,
			      &report, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf");
	assert_non_null(strstr(report.buffer_pages_note,
			       "2 of 2 MiB are wanted, and free are 0"));
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
}

int udmabuf_settings(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limit, remember, restore),
		cmocka_unit_test_setup_teardown(test_no_memory, remember, restore),
		cmocka_unit_test_setup_teardown(test_pages, remember, restore),
	};

	return cmocka_run_group_tests_name("udmabuf_settings", tests, NULL, NULL);
}

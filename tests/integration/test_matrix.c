/* SPDX-License-Identifier: MIT */
/*
 * A row of the matrix of sources, kernels and engines. A file is loaded as the
 * library chooses. The report must be what this source has to give, and
 * importers must see the file. The kernel compares each page; the devices,
 * which are slow, compare pages at four places. This runs in the guest: see
 * view.h.
 */
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* The number of pages that the devices fetch at each place. */
#define PART 64u

static bool is_foreign(void)
{
	return strcmp(place.source, "vgem") == 0 ||
	       strncmp(place.source, "foreign:", 8) == 0;
}

/* Check that the buffer has the requested kind of memory. */
static void check_source(const struct dmaload_buffer *buffer)
{
	assert_string_equal(dmaload_buffer_source(buffer),
			    is_foreign() ? "foreign" : place.source);
}

static void check_report(const struct dmaload_report *report)
{
	const char *reason = report->declined[DMALOAD_PATH_DIRECT];

	assert_int_equal(report->bytes_total, place.large);
	assert_int_equal(report->bytes_direct + report->bytes_bounced,
			 place.large);
	assert_int_equal(report->cache_residue_bytes, 0);
	assert_null(strstr(report->buffer_pages_note, "no reserved huge pages"));
	assert_int_equal(report->engine, place.granted);
	assert_string_equal(report->engine_declined, "");
	assert_string_equal(report->declined[DMALOAD_PATH_BOUNCE], "");
	if (place.pinnable) {
		/* The rest of the file's last block is bounced. */
		assert_true(report->bytes_bounced < PAGE);
		assert_string_equal(reason, "");
	} else {
		assert_int_equal(report->bytes_direct, 0);
		assert_int_equal(report->pool_registered,
				 place.granted == DMALOAD_ENGINE_URING);
		assert_non_null(strstr(reason, "cannot be pinned"));
	}
}

/* Check pages at the beginning, at the end, at the end of the file, and in
 * between, by the devices. Return their number. */
static uint64_t check_by_devices(struct view *view)
{
	const uint64_t pages = view->attached.size / PAGE;
	uint64_t i;

	assert_true(pages >= (uint64_t)4 * PART);
	for (i = 0; i < 4; i++)
		view_check(view, i * (pages - PART) / 3 * PAGE, PART * PAGE,
			   READER_DEVICE);
	return (uint64_t)4 * PART;
}

static void test_importers_see_the_file(void **state)
{
	struct dmaload_report report;
	struct utsname host;
	struct view view;
	uint64_t fetched;

	(void)state;
	assert_int_equal(uname(&host), 0);
	view_open(&view);
	view_load(&view, 0, &report);
	check_source(view.buffer);
	check_report(&report);
	view_attach(&view);
	view_check(&view, 0, view.attached.size, READER_KERNEL);
	fetched = check_by_devices(&view);
	printf("row: | %s | %s | %s | %s | %" PRIu64 " | %" PRIu64 " |\n",
	       place.source, host.release, dmaload_engine_name(report.engine),
	       dmaload_path_name(dmaload_report_path(&report)),
	       (uint64_t)view.attached.size / PAGE, fetched);
	view_close(&view);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_importers_see_the_file),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}

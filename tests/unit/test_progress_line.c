/* SPDX-License-Identifier: MIT */
/* The line of the program's progress, and its rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/progress_line.h"

#define GB UINT64_C(1000000000)
#define SECOND UINT64_C(1000000000)

static const struct line {
	struct progress_state state;
	unsigned columns;
	const char *text;
} lines[] = {
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 80,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  2.50 GB/s  direct  0:03 left" },
	{ { "load  ", "buffered", 5 * GB, 10 * GB, 2.5e9, true }, 80,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  2.50 GB/s  buffered  0:03 left" },
	{ { "load  ", "bounce", 10 * GB, 10 * GB, 2.5e9, true }, 80,
	  "load   [#############] 100 %  10.00 of 10.00 GB  2.50 GB/s  bounce" },
	/* It is complete only at the end. */
	{ { "verify", "cached", 10 * GB - 1, 10 * GB, 2.5e9, true }, 80,
	  "verify [############-]  99 %  10.00 of 10.00 GB  2.50 GB/s  cached  0:01 left" },
	{ { "load  ", NULL, 0, 10 * GB, 0, false }, 80,
	  "load   [-------------]   0 %   0.00 of 10.00 GB  0.00 GB/s" },
	/* It stands still, or has just begun. */
	{ { "load  ", "direct", 5 * GB, 10 * GB, 0, true }, 80,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  0.00 GB/s  direct" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 1e9, false }, 80,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  1.00 GB/s  direct" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 1, true }, 80,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  0.00 GB/s  direct" },
	{ { "load  ", "direct", 0, 4000 * GB, 1e9, true }, 80,
	  "load   [------]   0 %     0.00 of 4000.00 GB  1.00 GB/s  direct  1:06:41 left" },
	/* A stream of unknown length. */
	{ { "load  ", "stream", 5 * GB, 0, 2.5e9, true }, 80,
	  "load   5.00 GB  2.50 GB/s  stream" },
	{ { "load  ", NULL, 0, 0, 0, true }, 80, "load   0.00 GB  0.00 GB/s" },
	/* More than was announced. */
	{ { "load  ", "direct", 11 * GB, 10 * GB, 2.5e9, true }, 80,
	  "load   [#############] 100 %  11.00 of 10.00 GB  2.50 GB/s  direct" },
	/* Narrow windows, and a wide one. */
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 70,
	  "load    50 %   5.00 of 10.00 GB  2.50 GB/s  direct  0:03 left" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 60,
	  "load    50 %   5.00 of 10.00 GB  2.50 GB/s  0:03 left" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 50,
	  "load    50 %   5.00 of 10.00 GB  2.50 GB/s" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 20,
	  "load    50 %   5.00" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 1, "" },
	{ { "load  ", "direct", 5 * GB, 10 * GB, 2.5e9, true }, 200,
	  "load   [######-------]  50 %   5.00 of 10.00 GB  2.50 GB/s  direct  0:03 left" },
};

static void lines_show_all_that_fits(void **state)
{
	char line[PROGRESS_COLUMNS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		progress_line(&lines[i].state, lines[i].columns, line);
		assert_string_equal(line, lines[i].text);
	}
}

/* Whatever the numbers are, no line reaches the last column. */
static void lines_are_short(void **state)
{
	const uint64_t numbers[] = { 0, 1, GB, 999 * GB, 123456 * GB, UINT64_MAX };
	char line[PROGRESS_COLUMNS];
	unsigned done, total, columns;

	(void)state;
	for (done = 0; done < 6; done++)
		for (total = 0; total < 6; total++)
			for (columns = 1; columns < 100; columns++) {
				progress_line(&(struct progress_state){ "verify", "buffered",
					numbers[done], numbers[total], 1.5e9, true }, columns, line);
				assert_true(strlen(line) < columns && strlen(line) < 80);
			}
}

static void no_time_has_no_rate(void **state)
{
	struct meter meter = { .count = 0 };

	(void)state;
	assert_true(meter_rate(&meter, SECOND, GB) == 0);
	meter_note(&meter, SECOND, 0);
	assert_true(meter_rate(&meter, SECOND, GB) == 0);
	assert_true(meter_rate(&meter, SECOND + 1, 0) == 0);
	assert_true(meter_rate(&meter, 2 * SECOND, GB) == 1e9);
	/* A later buffer of a stream begins at 0. */
	meter_note(&meter, 2 * SECOND, GB);
	assert_true(meter_rate(&meter, 3 * SECOND, GB / 2) == 5e8 / 2);
}

/* The rate follows a change within the window, and then forgets what was. */
static void the_rate_is_recent(void **state)
{
	struct meter meter = { .count = 0 };
	uint64_t bytes = 0, ns = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++, ns += SECOND / 10, bytes += GB / 10)
		meter_note(&meter, ns, bytes);
	assert_true(meter_rate(&meter, ns, bytes) == 1e9);
	/* Samples are a quarter of a second apart, here three tenths. */
	assert_int_equal(meter.count, METER_SAMPLES);
	for (i = 1; i < METER_SAMPLES; i++)
		assert_true(meter.samples[i].ns - meter.samples[i - 1].ns >= METER_NS);
	for (i = 0; i < 60; i++, ns += SECOND / 10, bytes += GB / 50)
		meter_note(&meter, ns, bytes);
	assert_true(meter_rate(&meter, ns, bytes) == 2e8);
	/* It stops. */
	for (i = 0; i < 60; i++, ns += SECOND / 10)
		meter_note(&meter, ns, bytes);
	assert_true(meter_rate(&meter, ns, bytes) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_show_all_that_fits),
		cmocka_unit_test(lines_are_short),
		cmocka_unit_test(no_time_has_no_rate),
		cmocka_unit_test(the_rate_is_recent),
	};

	return cmocka_run_group_tests_name("progress_line", tests, NULL, NULL);
}

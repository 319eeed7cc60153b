/* SPDX-License-Identifier: MIT */
/* A comparison with the file after a load, and the path before one. */
#include "verify_and_probe.h"

#include "support.h"

#include <errno.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)

/* dmaload_verify() must see a single bit, and say where it is. */
static void test_verify(void **state)
{
	const uint64_t at = 3 * MIB + 77;
	struct dmaload_range range;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, alone_large(), 8 * MIB);
	range = (struct dmaload_range){ .file = kit.file, .buffer = kit.buffer,
					.length = 8 * MIB };
	assert_int_equal(kit_load(&kit, 0, 0, 8 * MIB, 0), 0);
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			 0);

	assert_int_equal(dmaload_buffer_begin(kit.buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	((unsigned char *)dmaload_buffer_map(kit.buffer))[at] ^= 1;
	assert_int_equal(dmaload_buffer_end(kit.buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			 -EBADMSG);
	assert_non_null(strstr(kit.err.message, "byte 3145805 of the buffer"));
	assert_int_equal(cached_bytes(alone_path(alone_large())), 0);
	kit_close(&kit);
}

/* dmaload_probe() foresees what a load then does. */
static void test_probe(void **state)
{
	struct dmaload_range range;
	enum dmaload_path path;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, alone_large(), MIB);
	range = (struct dmaload_range){ .file = kit.file, .buffer = kit.buffer,
					.length = MIB };
	assert_int_equal(dmaload_probe(kit.ctx, &range, NULL, &path,
				       &kit.report, &kit.err), 0);
	assert_int_equal(path, place.pinnable ? DMALOAD_PATH_DIRECT :
						DMALOAD_PATH_BOUNCE);
	assert_int_equal(kit.report.reads, 0);
	assert_int_equal(kit_load(&kit, 0, 0, MIB, 0), 0);
	assert_int_equal(dmaload_report_path(&kit.report), path);
	kit_close(&kit);
}

int verify_and_probe(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests_name("verify_and_probe", tests, NULL, NULL);
}

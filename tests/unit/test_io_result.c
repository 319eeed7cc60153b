/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/io_result.h"
#include "plan/plan.h"

/* Two blocks of 512 and a bit are wanted, from byte 100 on. */
static const struct chunk chunk = {
	.file_offset = 4096, .length = 1536, .skip = 100, .data_length = 1000,
};

static void errors_have_their_meaning(void **state)
{
	static const struct { int code; enum io_result verdict; } table[] = {
		{ -EINTR, IO_AGAIN },	{ -EAGAIN, IO_AGAIN },
		{ -EFAULT, IO_DECLINE },	{ -EINVAL, IO_DECLINE },
		{ -EOPNOTSUPP, IO_DECLINE }, { -ENOMEM, IO_DECLINE },
		{ -ENOBUFS, IO_DECLINE },	{ -EIO, IO_FAIL },
		{ -EBADF, IO_FAIL },	{ -ESTALE, IO_FAIL },
		{ -EREMOTEIO, IO_FAIL },	{ -ENODATA, IO_FAIL },
	};
	uint32_t progress;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		progress = 512;
		assert_int_equal(io_result_of_error(table[i].code),
				 table[i].verdict);
		assert_int_equal(io_result_of(&chunk, 512, table[i].code,
					    &progress), table[i].verdict);
		assert_int_equal(progress, 512);
	}
}

static void all_that_is_wanted_is_enough(void **state)
{
	uint32_t progress = 0;

	(void)state;
	assert_int_equal(io_result_of(&chunk, 512, 1536, &progress),
			 IO_DONE);
	assert_int_equal(progress, 1100);

	/* The file ends after the last wanted byte. */
	progress = 0;
	assert_int_equal(io_result_of(&chunk, 512, 1100, &progress),
			 IO_DONE);
}

static void one_byte_less_is_not(void **state)
{
	uint32_t progress = 0;

	(void)state;
	assert_int_equal(io_result_of(&chunk, 512, 1099, &progress),
			 IO_MORE);
	assert_int_equal(progress, 1024);
	assert_int_equal(io_result_of(&chunk, 512, 75, &progress),
			 IO_SHORT);
	assert_int_equal(progress, 1024);
}

static void progress_is_in_whole_blocks(void **state)
{
	uint32_t progress = 0;

	(void)state;
	assert_int_equal(io_result_of(&chunk, 512, 700, &progress),
			 IO_MORE);
	assert_int_equal(progress, 512);
	assert_int_equal(io_result_of(&chunk, 512, 512, &progress),
			 IO_MORE);
	assert_int_equal(progress, 1024);
	assert_int_equal(io_result_of(&chunk, 512, 512, &progress),
			 IO_DONE);
}

static void nothing_means_the_end(void **state)
{
	uint32_t progress = 0;

	(void)state;
	assert_int_equal(io_result_of(&chunk, 512, 0, &progress),
			 IO_SHORT);
	assert_int_equal(io_result_of(&chunk, 512, 511, &progress),
			 IO_SHORT);
	assert_int_equal(progress, 0);
	progress = 512;
	assert_int_equal(io_result_of(&chunk, 512, 0, &progress),
			 IO_SHORT);
	assert_int_equal(progress, 512);
}

static void buffered_reads_count_bytes(void **state)
{
	const struct chunk bytes = { .file_offset = 3, .length = 10,
				     .data_length = 10 };
	uint32_t progress = 0;

	(void)state;
	assert_int_equal(io_result_of(&bytes, 1, 1, &progress), IO_MORE);
	assert_int_equal(progress, 1);
	assert_int_equal(io_result_of(&bytes, 1, 8, &progress), IO_MORE);
	assert_int_equal(progress, 9);
	assert_int_equal(io_result_of(&bytes, 1, 0, &progress), IO_SHORT);
	assert_int_equal(io_result_of(&bytes, 1, 1, &progress), IO_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_their_meaning),
		cmocka_unit_test(all_that_is_wanted_is_enough),
		cmocka_unit_test(one_byte_less_is_not),
		cmocka_unit_test(progress_is_in_whole_blocks),
		cmocka_unit_test(nothing_means_the_end),
		cmocka_unit_test(buffered_reads_count_bytes),
	};

	return cmocka_run_group_tests_name("io_result", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The answers that the kernel may give about fs-verity. */
#include "kit.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include <linux/fsverity.h>

#define FD 5

static struct {
	int error;
	uint16_t algorithm;
} kernel;

long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	struct fsverity_digest *digest;
	va_list args;

	va_start(args, number);
	assert_int_equal(number, SYS_ioctl);
	assert_int_equal(va_arg(args, int), FD);
	assert_int_equal(va_arg(args, unsigned long), FS_IOC_MEASURE_VERITY);
	digest = va_arg(args, struct fsverity_digest *);
	va_end(args);
	/* Room for the longest hash. */
	assert_int_equal(digest->digest_size, 64);
	if (kernel.error) {
		errno = kernel.error;
		return -1;
	}
	digest->digest_algorithm = kernel.algorithm;
	digest->digest_size = kernel.algorithm == 1 ? 32 : 64;
	memset(digest->digest, 0xa5, digest->digest_size);
	return 0;
}

static void test_measured(void **state)
{
	char text[DMALOAD_DIGEST_SIZE];

	(void)state;
	kernel.error = 0;
	kernel.algorithm = FS_VERITY_HASH_ALG_SHA256;
	assert_int_equal(dmaload_digest_measure(FD, text, NULL), 0);
	assert_string_equal(text, "fsverity:" "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
			    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
}

static void test_refused(void **state)
{
	static const struct {
		int error;
		uint16_t algorithm;
		int code;
		const char *word;
	} rows[] = {
		{ ENODATA, 0, -ENODATA, "not enabled for fd 5" },
		{ ENOTTY, 0, -EOPNOTSUPP, "file system of fd 5 has no fs-verity" },
		{ EOPNOTSUPP, 0, -EOPNOTSUPP, "or it is not enabled there" },
		{ ENOSYS, 0, -EOPNOTSUPP, "has no fs-verity" },
		{ EBADF, 0, -EBADF, "cannot measure fd 5" },
		{ EIO, 0, -EIO, "cannot measure fd 5 by fs-verity: " },
		{ 0, FS_VERITY_HASH_ALG_SHA512, -EOPNOTSUPP, "not SHA-256" },
	};
	char text[DMALOAD_DIGEST_SIZE] = "untouched";
	struct dmaload_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kernel.error = rows[i].error;
		kernel.algorithm = rows[i].algorithm;
		assert_int_equal(dmaload_digest_measure(FD, text, &err),
				 rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		if (!strstr(err.message, rows[i].word))
			fail_msg("\"%s\" does not say \"%s\"", err.message,
				 rows[i].word);
	}
	assert_string_equal(text, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("digest-measure", tests, NULL, NULL);
}

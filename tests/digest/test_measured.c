/* SPDX-License-Identifier: MIT */
/*
 * The digest that the kernel has of a file is the one that a load computes.
 *
 *   test_measured FILE verity|salted|plain
 *
 * FILE is on a file system that has fs-verity, or not. It is enabled for FILE; salted:
 * so that the kernel has another digest, which is printed after "salted ".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include <linux/fsverity.h>

#include <dmaload.h>
#include <dmaload-digest.h>

static int fd;

/* Compute the digest by a load, which reads through the page cache. */
static void compute(char text[DMALOAD_DIGEST_SIZE])
{
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct dmaload_digest *digest = NULL;
	struct dmaload_error err;

	transform.unit = DMALOAD_DIGEST_UNIT;
	transform.function = dmaload_digest_piece;
	options.transform = &transform;
	if (dmaload_file_from_fd(&range.file, fd, &err) < 0 ||
	    dmaload_digest_create(&digest, "fsverity", 1, &err) < 0)
		fail_msg("%s", err.message);
	transform.data = digest;
	if (dmaload_load(NULL, &range, 1, &options, NULL, &err) < 0 ||
	    dmaload_digest_result(digest, 0, text, &err) < 0)
		fail_msg("%s", err.message);
	dmaload_digest_destroy(digest);
	dmaload_file_close(range.file);
}

static void test_plain(void **state)
{
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;

	(void)state;
	assert_int_equal(dmaload_digest_measure(fd, text, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.message, "has no fs-verity"));
	compute(text);
}

static void test_verity(void **state)
{
	const struct fsverity_enable_arg enable = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
	};
	char before[DMALOAD_DIGEST_SIZE], after[DMALOAD_DIGEST_SIZE],
	     measured[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;

	(void)state;
	assert_int_equal(dmaload_digest_measure(fd, measured, &err), -ENODATA);
	compute(before);
	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &enable) < 0)
		fail_msg("cannot enable fs-verity: %s", strerror(errno));
	if (dmaload_digest_measure(fd, measured, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(measured, before);
	compute(after);
	assert_string_equal(measured, after);
	print_message("%s\n", measured);
}

static void test_salted(void **state)
{
	static const char salt[] = "0123456789abcdef";
	const struct fsverity_enable_arg enable = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
		.salt_size = 16,
		.salt_ptr = (uintptr_t)salt,
	};
	char computed[DMALOAD_DIGEST_SIZE], measured[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;

	(void)state;
	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &enable) < 0)
		fail_msg("cannot enable fs-verity: %s", strerror(errno));
	if (dmaload_digest_measure(fd, measured, &err) < 0)
		fail_msg("%s", err.message);
	compute(computed);
	assert_string_not_equal(measured, computed);
	printf("salted %s\n", measured);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest plain[] = { cmocka_unit_test(test_plain) };
	const struct CMUnitTest verity[] = { cmocka_unit_test(test_verity) };
	const struct CMUnitTest salted[] = { cmocka_unit_test(test_salted) };

	fd = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		fprintf(stderr, "usage: %s FILE verity|salted|plain\n", argv[0]);
		return 2;
	}
	if (strcmp(argv[2], "verity") == 0)
		return cmocka_run_group_tests_name("verity", verity, NULL, NULL);
	if (strcmp(argv[2], "salted") == 0)
		return cmocka_run_group_tests_name("salted", salted, NULL, NULL);
	return cmocka_run_group_tests_name("plain", plain, NULL, NULL);
}

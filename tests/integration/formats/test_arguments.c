/* SPDX-License-Identifier: MIT */
/* Arguments that are wrong, and what a model returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dmaload-models.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gguf_models.h"

static struct known known[] = {
	{ .name = "a", .type = "F32", .shape = "[3]", .bytes = 12 },
};

static char folder[] = "/tmp/models.XXXXXX", path[64];
static struct dmaload_model *model;

static int begin(void **state)
{
	struct bytes bytes = { 0 };
	int fd, r;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/model.gguf", folder);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	gguf_start(&bytes, 1, 0);
	gguf_finish(&bytes, known, 1, 32, 0);
	r = write(fd, bytes.data, bytes.length) == (ssize_t)bytes.length ? 0 : -1;
	close(fd);
	bytes_free(&bytes);
	return r < 0 ? r : dmaload_model_open(&model, path, NULL);
}

static int end(void **state)
{
	(void)state;
	dmaload_model_close(model);
	return unlink(path) | rmdir(folder);
}

static void nulls_are_refused(void **state)
{
	struct dmaload_error err = { 0 };
	struct dmaload_model *other = NULL;
	const char *patterns[] = { "a", NULL };
	struct dmaload_place place;
	uint64_t size;
	size_t found;

	(void)state;
	assert_int_equal(dmaload_model_open(NULL, path, &err), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_int_equal(dmaload_model_open(&other, NULL, &err), -EINVAL);
	assert_int_equal(dmaload_model_open(&other, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_model_from_fd(NULL, 0, &err), -EINVAL);
	assert_int_equal(dmaload_model_from_fd(&other, -1, NULL), -EBADF);
	assert_null(other);
	dmaload_model_close(NULL);
	assert_null(dmaload_model_format(NULL));
	assert_int_equal(dmaload_model_files(NULL), 0);
	assert_int_equal(dmaload_model_fd(NULL, 0), -EINVAL);
	assert_null(dmaload_model_path(NULL, 0));
	assert_int_equal(dmaload_model_unclaimed(NULL), 0);
	assert_int_equal(dmaload_model_tensors(NULL), 0);
	assert_null(dmaload_model_tensor(NULL, 0));
	assert_int_equal(dmaload_model_omissions(NULL), 0);
	assert_null(dmaload_model_omitted(NULL, 0));
	assert_null(dmaload_model_find(NULL, "a"));
	assert_null(dmaload_model_find(model, NULL));
	assert_int_equal(dmaload_model_choose(NULL, NULL, 0, &place, &found,
					      NULL), -EINVAL);
	assert_int_equal(dmaload_model_choose(model, NULL, 1, &place, &found,
					      NULL), -EINVAL);
	assert_int_equal(dmaload_model_choose(model, patterns, 2, &place, &found,
					      NULL), -EINVAL);
	assert_int_equal(dmaload_model_choose(model, NULL, 0, NULL, &found,
					      NULL), -EINVAL);
	assert_int_equal(dmaload_model_choose(model, NULL, 0, &place, NULL,
					      NULL), -EINVAL);
	assert_int_equal(dmaload_model_align(NULL, 1, 1, &size, NULL), -EINVAL);
	assert_int_equal(dmaload_model_align(&place, 0, 1, NULL, NULL), -EINVAL);
	place.tensor = NULL;
	assert_int_equal(dmaload_model_align(&place, 1, 1, &size, NULL), -EINVAL);
	assert_int_equal(dmaload_model_align(&place, 0, 3, &size, NULL), -EINVAL);
	assert_int_equal(dmaload_model_align(&place, 0, 0, &size, NULL), -EINVAL);
}

static void a_model_has_its_file(void **state)
{
	const struct dmaload_tensor *tensor = dmaload_model_tensor(model, 0);
	struct stat by_path, by_fd;

	(void)state;
	assert_string_equal(dmaload_model_format(model), "gguf");
	assert_int_equal(dmaload_model_files(model), 1);
	assert_string_equal(dmaload_model_path(model, 0), path);
	assert_null(dmaload_model_path(model, 1));
	assert_int_equal(dmaload_model_fd(model, 1), -EINVAL);
	assert_int_equal(fstat(dmaload_model_fd(model, 0), &by_fd), 0);
	assert_int_equal(stat(path, &by_path), 0);
	assert_int_equal(by_fd.st_ino, by_path.st_ino);
	assert_int_equal(dmaload_model_tensors(model), 1);
	assert_null(dmaload_model_tensor(model, 1));
	assert_int_equal(dmaload_model_unclaimed(model), 0);
	assert_int_equal(dmaload_model_omissions(model), 0);
	assert_null(dmaload_model_omitted(model, 0));
	assert_int_equal(tensor->file, 0);
	assert_int_equal(tensor->rank, 1);
	assert_int_equal(tensor->shape[0], 3);
	assert_int_equal(tensor->bytes, 12);
}

static void an_fd_is_enough(void **state)
{
	struct dmaload_model *other = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(dmaload_model_from_fd(&other, fd, NULL), 0);
	assert_int_equal(close(fd), 0);
	assert_null(dmaload_model_path(other, 0));
	assert_int_equal(dmaload_model_tensors(other), 1);
	assert_true(fcntl(dmaload_model_fd(other, 0), F_GETFD) & FD_CLOEXEC);
	dmaload_model_close(other);
}

/* A failure leaves no fd open, and its message has no byte that a terminal
 * would obey. */
static void what_is_no_model_is_refused(void **state)
{
	char empty[] = "/tmp/dmaload-empty-XXXXXX";
	const struct {
		const char *path, *reason;
		int code;
	} cases[] = {
		{ "/tmp/no\x1b[2J/such", "/tmp/no\\x1b[2J/such: ", -ENOENT },
		{ "/tmp", "/tmp: is a directory", -EINVAL },
		{ "/dev/null", "/dev/null: is a device", -EINVAL },
		{ empty, "is empty", -EBADMSG },
	};
	struct dmaload_model *other = NULL;
	struct dmaload_error err;
	const int next = mkstemp(empty);
	size_t i;
	int fd;

	(void)state;
	assert_int_equal(close(next), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dmaload_model_open(&other, cases[i].path, &err),
				 cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		if (!strstr(err.message, cases[i].reason))
			fail_msg("%s", err.message);
	}
	assert_null(other);
	assert_int_equal(unlink(empty), 0);
	fd = dup(0);
	assert_int_equal(fd, next);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nulls_are_refused),
		cmocka_unit_test(a_model_has_its_file),
		cmocka_unit_test(an_fd_is_enough),
		cmocka_unit_test(what_is_no_model_is_refused),
	};

	return cmocka_run_group_tests_name("models", tests, begin, end);
}

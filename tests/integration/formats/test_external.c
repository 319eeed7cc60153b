/* SPDX-License-Identifier: MIT */
/* ONNX models whose tensors lie in other files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dmaload-models.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx_models.h"

/* A text with its length, which may have a NUL inside. */
#define TEXT(text) (text), sizeof(text) - 1

static char folder[] = "/tmp/dmaload-external-XXXXXX";
static struct bytes graph;

static int begin(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 &&
	       mkdir("sub", 0777) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const void *data, size_t length)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* A file of zeros. */
static void write_zeros(const char *name, off_t length)
{
	write_file(name, NULL, 0);
	assert_int_equal(truncate(name, length), 0);
}

/* Add a tensor of some bytes. Of its place, what is NULL is left out. */
static void add(const char *name, uint64_t bytes, const char *location,
		size_t length, const char *offset)
{
	struct bytes tensor = { 0 };

	onnx_value(&tensor, DIMS, bytes);
	onnx_value(&tensor, DATA_TYPE, UINT8);
	onnx_text(&tensor, NAME, name);
	if (location)
		onnx_pair(&tensor, "location", location, length);
	if (offset)
		onnx_pair(&tensor, "offset", offset, strlen(offset));
	onnx_pair(&tensor, "checksum", "", 0);
	onnx_value(&tensor, DATA_LOCATION, 1);
	onnx_message(&graph, GRAPH_INITIALIZER, &tensor);
}

/* Open the model of the tensors that were added. */
static int open_model(struct dmaload_model **model, struct dmaload_error *err)
{
	struct bytes file = { 0 };

	onnx_model(&file, &graph);
	write_file("model.onnx", file.data, file.length);
	bytes_free(&file);
	return dmaload_model_open(model, "model.onnx", err);
}

static void refuse(int code, const char *reason)
{
	struct dmaload_model *model = NULL;
	struct dmaload_error err;

	assert_int_equal(open_model(&model, &err), code);
	assert_null(model);
	if (!strstr(err.message, reason))
		fail_msg("\"%s\" does not say \"%s\"", err.message, reason);
}

static void check(const struct dmaload_model *model, const char *name,
		  const char *path, uint64_t offset, uint64_t bytes)
{
	const struct dmaload_tensor *tensor = dmaload_model_find(model, name);

	assert_non_null(tensor);
	assert_string_equal(dmaload_model_path(model, tensor->file), path);
	assert_int_equal(tensor->file_offset, offset);
	assert_int_equal(tensor->bytes, bytes);
}

static void several_files_are_opened(void **state)
{
	struct dmaload_model *model = NULL;
	struct dmaload_error err;

	(void)state;
	write_zeros("w.data", 70000);
	write_zeros("sub/v", 5);
	add("last", 10, TEXT("w.data"), "65536");
	add("v", 5, TEXT("sub/v"), NULL);
	add("first", 4096, TEXT("./w.data"), "0");
	add("empty", 0, TEXT("w.data"), "0");
	write_zeros("nothing", 0);
	add("none", 0, TEXT("nothing"), "0");
	if (open_model(&model, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(dmaload_model_files(model), 4);
	assert_string_equal(dmaload_model_path(model, 0), "model.onnx");
	assert_int_equal(dmaload_model_tensors(model), 5);
	assert_int_equal(dmaload_model_omissions(model), 0);
	check(model, "last", "w.data", 65536, 10);
	check(model, "v", "sub/v", 0, 5);
	check(model, "first", "w.data", 0, 4096);
	check(model, "empty", "w.data", 0, 0);
	check(model, "none", "nothing", 0, 0);
	assert_int_equal(dmaload_model_unclaimed(model), 70000 - 65546);
	dmaload_model_close(model);
}

/* By an fd, no other file is found. */
static void an_fd_has_no_other_files(void **state)
{
	struct dmaload_model *model = NULL;
	struct dmaload_error err;
	int fd;

	(void)state;
	add("a", 10, TEXT("missing"), NULL);
	refuse(-ENOENT, "cannot open missing, which has tensor \"a\": No such");
	fd = open("model.onnx", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dmaload_model_from_fd(&model, fd, &err), 0);
	close(fd);
	assert_int_equal(dmaload_model_files(model), 1);
	assert_int_equal(dmaload_model_tensors(model), 0);
	assert_int_equal(dmaload_model_omissions(model), 1);
	assert_string_equal(dmaload_model_omitted(model, 0)->name, "a");
	assert_int_equal(dmaload_model_omitted(model, 0)->shape[0], 10);
	assert_null(dmaload_model_omitted(model, 1));
	dmaload_model_close(model);
}

static void locations_stay_in_the_folder(void **state)
{
	static const struct {
		const char *location;
		size_t length;
	} outside[] = {
		{ TEXT("../x") }, { TEXT("/etc/passwd") }, { TEXT("") },
		{ TEXT("sub/../../x") }, { TEXT("sub/..") }, { TEXT("..") },
		{ TEXT("a\0b") }, { TEXT("sub//v") }, { TEXT("sub/") },
		{ TEXT(".") }, { TEXT("./") }, { TEXT("sub/.") },
		{ TEXT("a\x1b[2J") }, { TEXT("a\nb") }, { TEXT("a\xff") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		add("a", 5, outside[i].location, outside[i].length, NULL);
		refuse(-EBADMSG, "is a file outside of the model's folder");
	}
	add("a", 5, TEXT("sub"), NULL);
	refuse(-EINVAL, "sub: is a directory; a regular file is needed");
}

static void offsets_are_numbers(void **state)
{
	static const char *const bad[] = {
		"-1", "1e3", "", "+1", " 1", "1 ", "0x10", "1_000", "a",
		"18446744073709551616", "99999999999999999999999",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		add("a", 5, TEXT("w.data"), bad[i]);
		refuse(-EBADMSG, "offset of external_data before byte");
	}
	add("a", 5, TEXT("w.data"), "18446744073709551615");
	refuse(-EBADMSG, "5 bytes at 18446744073709551615 are not in the file");
}

static void tensors_lie_in_their_file(void **state)
{
	(void)state;
	add("a", 70001, TEXT("w.data"), NULL);
	refuse(-EBADMSG, "w.data: tensor \"a\": 70001 bytes at 0 are not in the");
	add("a", 1, TEXT("w.data"), "70000");
	refuse(-EBADMSG, "1 bytes at 70000 are not in the file, which has 70000");
	add("a", UINT64_C(1) << 60, TEXT("w.data"), "9223372036854775807");
	refuse(-EBADMSG, "are not in the file, which has 70000");
	add("a", 100, TEXT("w.data"), "50");
	add("b", 51, TEXT("./w.data"), "0");
	refuse(-EBADMSG, "tensor \"a\" shares bytes with what lies before it");
	add("a", 100, TEXT("w.data"), "50");
	add("b", 100, TEXT("w.data"), "50");
	refuse(-EBADMSG, "shares bytes with what lies before it");
}

/* One file for each tensor: the limit of open files counts. */
static void files_are_limited_by_fds(void **state)
{
	enum { FILES = 200 };
	struct dmaload_model *model = NULL;
	struct dmaload_error err;
	struct rlimit limit, low;
	char name[16];
	int i, r;

	(void)state;
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		write_zeros(name, 8);
		add(name, 8, name, strlen(name), NULL);
	}
	r = open_model(&model, NULL);
	assert_int_equal(r, 0);
	assert_int_equal(dmaload_model_files(model), FILES + 1);
	check(model, "t0", "t0", 0, 8);
	check(model, "t199", "t199", 0, 8);
	dmaload_model_close(model);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = FILES / 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	model = NULL;
	r = dmaload_model_open(&model, "model.onnx", &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(r, -EMFILE);
	assert_non_null(strstr(err.message, "ulimit -n"));
	assert_null(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_files_are_opened),
		cmocka_unit_test(an_fd_has_no_other_files),
		cmocka_unit_test(locations_stay_in_the_folder),
		cmocka_unit_test(offsets_are_numbers),
		cmocka_unit_test(tensors_lie_in_their_file),
		cmocka_unit_test(files_are_limited_by_fds),
	};

	return cmocka_run_group_tests_name("external", tests, begin, end);
}

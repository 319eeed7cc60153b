/* SPDX-License-Identifier: MIT */
/* ONNX models with tensors that cannot be loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dmaload-models.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "onnx_models.h"

static struct bytes graph;

/* Add a tensor of two elements: numbers in one field, texts or parts of the
 * numbers in two. */
static void add_omitted(const char *name, unsigned type, unsigned field,
			const void *data, size_t length)
{
	struct bytes tensor = { 0 };

	onnx_value(&tensor, DIMS, 2);
	onnx_value(&tensor, DATA_TYPE, type);
	onnx_text(&tensor, NAME, name);
	if (field != INT64_DATA)
		onnx_bytes(&tensor, field, data, length);
	onnx_bytes(&tensor, field, data, length);
	onnx_message(&graph, GRAPH_INITIALIZER, &tensor);
}

static void add_sparse(void)
{
	struct bytes values = { 0 }, sparse = { 0 };

	onnx_value(&values, DATA_TYPE, FLOAT);
	onnx_text(&values, NAME, "sparse");
	onnx_bytes(&values, RAW_DATA, "1234", 4);
	onnx_message(&sparse, 1, &values);
	onnx_bytes(&sparse, 3, "\5\7", 2);
	onnx_message(&graph, GRAPH_SPARSE, &sparse);
}

/* Numbers of different lengths, texts, pieces, and sparse tensors. */
static void other_elements_are_omitted(void **state)
{
	static const char *const names[] = {
		"shape", "texts", "pieces", "sparse",
	};
	const int fd = memfd_create("model", MFD_CLOEXEC);
	const struct dmaload_tensor *tensor = NULL;
	struct bytes file = { 0 };
	struct dmaload_model *model = NULL;
	struct dmaload_place place[2];
	struct dmaload_error err;
	size_t count, i;

	(void)state;
	add_omitted("shape", INT64, INT64_DATA, "\1\x80\2", 3);
	add_omitted("texts", STRING, STRING_DATA, "text", 4);
	add_omitted("pieces", DOUBLE, DOUBLE_DATA, "12345678", 8);
	add_sparse();
	onnx_model(&file, &graph);
	assert_int_equal(write(fd, file.data, file.length),
			 (ssize_t)file.length);
	bytes_free(&file);
	if (dmaload_model_from_fd(&model, fd, &err) < 0)
		fail_msg("%s", err.message);
	close(fd);
	assert_int_equal(dmaload_model_tensors(model), 0);
	assert_int_equal(dmaload_model_omissions(model), 4);
	for (i = 0; i < 4; i++) {
		tensor = dmaload_model_omitted(model, i);
		assert_string_equal(tensor->name, names[i]);
		assert_null(dmaload_model_find(model, names[i]));
		assert_int_equal(dmaload_model_choose(model, &names[i], 1, place,
						      &count, &err), -ENOENT);
		assert_non_null(strstr(err.message, "cannot be loaded"));
	}
	assert_int_equal(tensor->rank, 2);
	assert_int_equal(tensor->shape[1], 7);
	assert_string_equal(tensor->type, "FLOAT");
	dmaload_model_close(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_elements_are_omitted),
	};

	return cmocka_run_group_tests_name("omitted", tests, NULL, NULL);
}

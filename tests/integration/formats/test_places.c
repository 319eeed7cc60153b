/* SPDX-License-Identifier: MIT */
/* Which tensors patterns choose, and where they must lie in a buffer. */
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

#include "gguf_models.h"

/* Three tensors, and one whose name has escapes. */
static struct known known[] = {
	{ .name = "a", .type = "I8", .shape = "[12]", .bytes = 12 },
	{ .name = "b.weight", .type = "I8", .shape = "[36]", .bytes = 36 },
	{ .name = "c", .type = "I8", .shape = "[24]", .bytes = 24 },
	{ .name = "d\\n\n[e]", .type = "I8", .shape = "[1]", .bytes = 1 },
};
#define TENSORS (sizeof(known) / sizeof(known[0]))

static struct dmaload_place places[TENSORS];

static int open_model(void **state)
{
	const int fd = memfd_create("model", MFD_CLOEXEC);
	static struct dmaload_model *model;
	struct bytes bytes = { 0 };
	int r;

	gguf_start(&bytes, TENSORS, 0);
	gguf_finish(&bytes, known, TENSORS, 32, 0);
	if (write(fd, bytes.data, bytes.length) != (ssize_t)bytes.length)
		return -1;
	r = dmaload_model_from_fd(&model, fd, NULL);
	bytes_free(&bytes);
	close(fd);
	*state = model;
	return r;
}

static int close_model(void **state)
{
	dmaload_model_close(*state);
	return 0;
}

static void patterns_choose(void **state)
{
	const char *patterns[] = { "c", "[ab]*", "*" };
	struct dmaload_error err = { 0 };
	size_t count = 7;

	assert_int_equal(dmaload_model_choose(*state, patterns, 3, places, &count,
					      NULL), 0);
	assert_int_equal(count, 4);
	assert_string_equal(places[0].tensor->name, "c");
	assert_string_equal(places[1].tensor->name, "a");
	assert_string_equal(places[2].tensor->name, "b.weight");
	assert_int_equal(places[0].pattern, 0);
	assert_int_equal(places[2].pattern, 1);
	assert_int_equal(places[3].pattern, 2);

	patterns[1] = "d\n";
	assert_int_equal(dmaload_model_choose(*state, patterns, 3, places, &count,
					      &err), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.message, "no tensor is named \"d\\x0a\"");
	assert_int_equal(dmaload_model_choose(*state, NULL, 0, places, &count,
					      NULL), 0);
	assert_int_equal(count, 4);
}

/* A pattern may be a name as it is printed, even if it has special
 * characters. */
static void a_printed_name_is_a_name(void **state)
{
	const struct dmaload_tensor *last = dmaload_model_tensor(*state, 3);
	size_t count;

	assert_string_equal(last->name, "d\\\\n\\x0a[e]");
	assert_int_equal(dmaload_model_choose(*state, &last->name, 1, places,
					      &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_ptr_equal(places[0].tensor, last);
	assert_ptr_equal(dmaload_model_find(*state, last->name), last);
	assert_null(dmaload_model_find(*state, known[3].name));
}

static void places_are_aligned(void **state)
{
	struct dmaload_error err = { 0 };
	uint64_t align, size;
	size_t count, i;

	assert_int_equal(dmaload_model_choose(*state, NULL, 0, places, &count,
					      NULL), 0);
	for (align = 1; align <= UINT64_C(1) << 62; align *= 2) {
		assert_int_equal(dmaload_model_align(places, 3, align, &size,
						     NULL), 0);
		assert_int_equal(places[0].offset, 0);
		for (i = 1; i < 3; i++) {
			assert_int_equal(places[i].offset % align, 0);
			assert_true(places[i].offset - places[i - 1].offset >=
				    places[i - 1].tensor->bytes);
			assert_true(places[i].offset - places[i - 1].offset <
				    places[i - 1].tensor->bytes + align);
		}
		assert_int_equal(size, places[2].offset +
				 places[2].tensor->bytes);
	}
	/* Two fit, at 0 and at 2^63. There is no third multiple. */
	assert_int_equal(dmaload_model_align(places, 2, align, &size, NULL), 0);
	assert_int_equal(dmaload_model_align(places, 3, align, &size, &err),
			 -EOVERFLOW);
	assert_non_null(strstr(err.message, "do not fit into 64 bits"));
	assert_int_equal(dmaload_model_align(places, 0, 64, &size, NULL), 0);
	assert_int_equal(size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_choose),
		cmocka_unit_test(a_printed_name_is_a_name),
		cmocka_unit_test(places_are_aligned),
	};

	return cmocka_run_group_tests_name("places", tests, open_model,
					   close_model);
}

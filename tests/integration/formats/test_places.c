/* SPDX-License-Identifier: MIT */
/* Which tensors patterns choose, and where they must lie in a buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../examples/places.h"

static struct header header;

/* Add three tensors, and one whose name has escapes. */
static int add_tensors(void **state)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} all[] = {
		{ "a", 12 }, { "b.weight", 36 }, { "c", 24 },
		{ "d\\n\n[e]", 1 },
	};
	static struct tensors tensors;
	struct tensor *tensor;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tensor = tensors_add(&tensors, &header, all[i].name,
				     strlen(all[i].name));
		if (!tensor)
			return -1;
		tensor->bytes = all[i].bytes;
	}
	*state = &tensors;
	return 0;
}

static int free_tensors(void **state)
{
	tensors_free(*state);
	return 0;
}

static void patterns_choose(void **state)
{
	static char *patterns[] = {
		(char *)"c", (char *)"[ab]*", (char *)"*",
	};
	struct place places[4];
	size_t count;

	assert_null(places_choose(places, &count, *state, patterns, 3));
	assert_int_equal(count, 4);
	assert_string_equal(places[0].tensor->name, "c");
	assert_string_equal(places[1].tensor->name, "a");
	assert_string_equal(places[2].tensor->name, "b.weight");
	assert_int_equal(places[0].pattern, 0);
	assert_int_equal(places[2].pattern, 1);
	assert_int_equal(places[3].pattern, 2);

	patterns[1] = (char *)"d";
	assert_string_equal(places_choose(places, &count, *state, patterns, 3),
			    "d");
	assert_null(places_choose(places, &count, *state, NULL, 0));
	assert_int_equal(count, 4);
}

/* A pattern may be a name as it is printed, even if it has special
 * characters. */
static void a_printed_name_is_a_name(void **state)
{
	struct tensors *tensors = *state;
	struct place places[4];
	size_t count;

	assert_string_equal(tensors->items[3].name, "d\\\\n\\x0a[e]");
	assert_null(places_choose(places, &count, tensors,
				  &tensors->items[3].name, 1));
	assert_int_equal(count, 1);
	assert_ptr_equal(places[0].tensor, &tensors->items[3]);
}

static void places_are_aligned(void **state)
{
	struct place places[4];
	uint64_t align, size;
	size_t count, i;

	assert_null(places_choose(places, &count, *state, NULL, 0));
	for (align = 1; align <= UINT64_C(1) << 62; align *= 2) {
		assert_true(places_align(places, 3, align, &size));
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
	assert_true(places_align(places, 2, align, &size));
	assert_false(places_align(places, 3, align, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_choose),
		cmocka_unit_test(a_printed_name_is_a_name),
		cmocka_unit_test(places_are_aligned),
	};

	return cmocka_run_group_tests_name("places", tests, add_tensors,
					   free_tensors);
}

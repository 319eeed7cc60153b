/* SPDX-License-Identifier: MIT */
/* Chunks that come back to the plan. */
#include <errno.h>
#include <stdlib.h>

#include "plans.h"

static bool out_of_memory;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
	return out_of_memory ? NULL : __real_realloc(memory, size);
}

static void assert_same(const struct chunk *a, const struct chunk *b)
{
	assert_int_equal(a->file_offset, b->file_offset);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->skip, b->skip);
	assert_int_equal(a->data_length, b->data_length);
	assert_int_equal(a->wanted, b->wanted);
	assert_int_equal(a->position, b->position);
}

/* However many are in flight: all can come back in any order, and come again in
 * the order of the plan. */
static void any_number_comes_back(void **state)
{
	const struct geometry geometry = plans_bounced(512, 4096);
	const unsigned count = 1000;
	struct plan plan = plans_one(0, 0, count * 4096);
	struct chunk *chunks = calloc(count, sizeof(*chunks)), again;
	unsigned i;

	(void)state;
	assert_non_null(chunks);
	for (i = 0; i < count; i++)
		plan_get(&plan, &geometry, &chunks[i]);
	assert_true(plan_is_empty(&plan));
	for (i = 0; i < count; i++)
		assert_int_equal(plan_return(&plan, &chunks[i * 7 % count]), 0);
	assert_int_equal(plan_position(&plan), 0);
	for (i = 0; i < count; i++) {
		plan_get(&plan, &geometry, &again);
		assert_same(&again, &chunks[i]);
	}
	plans_expect_end(&plan);
	free(chunks);
}

/* A chunk that cannot be noted has not come back, nor become shorter. */
static void no_memory_for_what_comes_back(void **state)
{
	const struct geometry geometry = plans_bounced(512, 4096);
	struct plan plan = plans_one(0, 0, 8192);
	struct chunk chunk, before;

	(void)state;
	plan_get(&plan, &geometry, &chunk);
	before = chunk;
	out_of_memory = true;
	assert_int_equal(plan_return(&plan, &chunk), -ENOMEM);
	assert_int_equal(plan_shorten(&plan, &chunk, 512), -ENOMEM);
	out_of_memory = false;
	assert_same(&chunk, &before);
	assert_int_equal(plan_position(&plan), 4096);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	assert_int_equal(plan_position(&plan), 0);
	/* There is room by now. */
	out_of_memory = true;
	plan_get(&plan, &geometry, &chunk);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	out_of_memory = false;
	plan_destroy(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_comes_back),
		cmocka_unit_test(no_memory_for_what_comes_back),
	};

	return cmocka_run_group_tests_name("plan_back", tests, NULL, NULL);
}

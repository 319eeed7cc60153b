/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan.h"

static void expect(struct plan *plan, const struct geometry *geometry,
		   const struct chunk *expected)
{
	struct chunk chunk;

	assert_true(plan_take(plan, geometry, &chunk));
	assert_int_equal(chunk.file_offset, expected->file_offset);
	assert_int_equal(chunk.length, expected->length);
	assert_int_equal(chunk.skip, expected->skip);
	assert_int_equal(chunk.want, expected->want);
	assert_int_equal(chunk.buffer_offset, expected->buffer_offset);
	assert_int_equal(chunk.in_place, expected->in_place);
}

static void aligned_range_in_place(void **state)
{
	const struct geometry geometry = { 4096, 512, 8192, true };
	struct plan plan;

	(void)state;
	plan_init(&plan, &(struct extent){ 4096, 0, 16384 });
	assert_true(plan_fits_in_place(&plan, &geometry));
	assert_false(plan_has_edges(&plan, &geometry));
	expect(&plan, &geometry, &(struct chunk){ 4096, 4096, 0, 4096, 0, true });
	expect(&plan, &geometry,
	       &(struct chunk){ 8192, 8192, 0, 8192, 4096, true });
	expect(&plan, &geometry,
	       &(struct chunk){ 16384, 4096, 0, 4096, 12288, true });
	assert_false(plan_take(&plan, &geometry, &(struct chunk){ 0 }));
}

static void edges_are_cut_off(void **state)
{
	const struct geometry geometry = { 512, 4, 4096, true };
	struct plan plan;

	(void)state;
	/* Bytes 500 to 1124: an edge, a block, an edge. */
	plan_init(&plan, &(struct extent){ 500, 4, 624 });
	assert_true(plan_fits_in_place(&plan, &geometry));
	assert_true(plan_has_edges(&plan, &geometry));
	expect(&plan, &geometry, &(struct chunk){ 0, 512, 500, 12, 4, false });
	expect(&plan, &geometry, &(struct chunk){ 512, 512, 0, 512, 16, true });
	expect(&plan, &geometry,
	       &(struct chunk){ 1024, 512, 0, 100, 528, false });
	assert_false(plan_take(&plan, &geometry, &(struct chunk){ 0 }));
}

/* Less than two blocks, over the boundary of two, with no whole one. */
static void range_over_a_boundary_is_two_edges(void **state)
{
	const struct geometry geometry = { 4096, 512, 65536, true };
	struct plan plan;

	(void)state;
	plan_init(&plan, &(struct extent){ 3000, 3000, 2000 });
	assert_true(plan_fits_in_place(&plan, &geometry));
	expect(&plan, &geometry,
	       &(struct chunk){ 0, 4096, 3000, 1096, 3000, false });
	expect(&plan, &geometry,
	       &(struct chunk){ 4096, 4096, 0, 904, 4096, false });
	assert_false(plan_take(&plan, &geometry, &(struct chunk){ 0 }));
}

static void misplaced_blocks_do_not_fit(void **state)
{
	const struct geometry geometry = { 512, 512, 4096, true };
	struct plan plan;

	(void)state;
	plan_init(&plan, &(struct extent){ 0, 100, 5000 });
	assert_false(plan_fits_in_place(&plan, &geometry));
	assert_true(plan_has_edges(&plan, &geometry));
	expect(&plan, &geometry,
	       &(struct chunk){ 0, 4096, 0, 4096, 100, false });

	/* No whole block, and so none that is in the wrong place. */
	plan_init(&plan, &(struct extent){ 10, 100, 400 });
	assert_true(plan_fits_in_place(&plan, &geometry));
}

static void what_is_returned_comes_first(void **state)
{
	const struct geometry geometry = { 512, 512, 4096, false };
	struct chunk first, second;
	struct plan plan;

	(void)state;
	plan_init(&plan, &(struct extent){ 100, 7, 20000 });
	assert_true(plan_take(&plan, &geometry, &first));
	assert_true(plan_take(&plan, &geometry, &second));
	plan_return(&plan, &second);
	plan_return(&plan, &first);
	expect(&plan, &geometry, &first);
	expect(&plan, &geometry, &second);
	assert_true(plan_take(&plan, &geometry, &first));
	assert_int_equal(first.file_offset, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligned_range_in_place),
		cmocka_unit_test(edges_are_cut_off),
		cmocka_unit_test(range_over_a_boundary_is_two_edges),
		cmocka_unit_test(misplaced_blocks_do_not_fit),
		cmocka_unit_test(what_is_returned_comes_first),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}

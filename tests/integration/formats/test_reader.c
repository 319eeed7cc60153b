/* SPDX-License-Identifier: MIT */
/*
 * The reader of a format, in this process: well-formed files, malformed ones,
 * and files that are damaged at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../models/format.h"
#include "../pattern.h"
#include "models.h"
#include "opened.h"

#define ROUNDS 20000

static struct header header;

static int read_as(const struct bytes *file, uint64_t size,
		   struct tensors *tensors)
{
	opened_write(file, &header, size);
	*tensors = (struct tensors){ 0 };
	return opened_format()->read_tensors(tensors, &header);
}

/* Check that the reason is one line that a terminal can show. */
static void check_reason(const char *name)
{
	const char *c;

	if (header.error[0] == '\0')
		fail_msg("%s: refused without a reason", name);
	for (c = header.error; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			fail_msg("%s: a control character in \"%s\"", name,
				 header.error);
}

static void check_tensor(const struct tensor *tensor, const struct known *known,
			 unsigned number, const struct bytes *file)
{
	char shape[256] = "[";
	size_t n = 1;
	unsigned i;

	for (i = 0; i < tensor->rank; i++)
		n += (size_t)snprintf(shape + n, sizeof(shape) - n,
				      "%s%" PRIu64, i > 0 ? "," : "",
				      tensor->shape[i]);
	snprintf(shape + n, sizeof(shape) - n, "]");
	assert_string_equal(tensor->name, known->name);
	assert_string_equal(tensor->type, known->type);
	assert_string_equal(shape, known->shape);
	assert_int_equal(tensor->bytes, known->bytes);
	assert_int_equal(tensor->file_offset, known->at);
	if (number < 100)
		assert_int_equal(pattern_differs(file->data + known->at,
						 known->bytes, (uint64_t)
						 (number + 1) << 32),
				 known->bytes);
}

static void good_ones_are_read(void **state)
{
	const struct good *good = models.good;
	struct bytes file = { 0 };
	struct tensors tensors;
	size_t i;

	(void)state;
	for (; good < models.good + models.n_good; good++) {
		good->build(&file, good->tensors, good->count);
		if (read_as(&file, file.length, &tensors) < 0)
			fail_msg("%s: %s", good->name, header.error);
		assert_int_equal(tensors.count, good->count);
		for (i = 0; i < tensors.count; i++)
			check_tensor(&tensors.items[i], &good->tensors[i],
				     strcmp(good->name, "backwards") == 0 ?
				     (unsigned)(good->count - 1 - i) :
				     (unsigned)i, &file);
		tensors_free(&tensors);
		bytes_free(&file);
	}
}

/* Their names alone are longer than the window. */
static void many_tensors_are_read(void **state)
{
	enum { MANY = 9000 };
	struct known *known = calloc(MANY, sizeof(*known));
	char (*names)[40] = calloc(MANY, sizeof(*names));
	struct bytes file = { 0 };
	struct tensors tensors;
	size_t i;

	(void)state;
	assert_non_null(known);
	assert_non_null(names);
	for (i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "model.layers.%zu.weight",
			 i * 7919 % MANY);
		known[i] = (struct known){ names[i], models.floats, "[5]", 20, 0 };
	}
	models.good[0].build(&file, known, MANY);
	if (read_as(&file, file.length, &tensors) < 0)
		fail_msg("%s", header.error);
	assert_int_equal(tensors.count, MANY);
	for (i = 0; i < MANY; i++)
		check_tensor(&tensors.items[i], &known[i], (unsigned)i, &file);
	tensors_free(&tensors);
	bytes_free(&file);
	free(names);
	free(known);
}

/* As long as memory allows. */
static void long_names_are_read(void **state)
{
	enum { LENGTH = 1 << 20 };
	char *name = malloc(LENGTH + 1);
	struct known known = { name, models.floats, "[5]", 20, 0 };
	struct bytes file = { 0 };
	struct tensors tensors;

	(void)state;
	assert_non_null(name);
	memset(name, 'n', LENGTH);
	name[LENGTH] = '\0';
	models.good[0].build(&file, &known, 1);
	if (read_as(&file, file.length, &tensors) < 0)
		fail_msg("%s", header.error);
	assert_int_equal(tensors.count, 1);
	check_tensor(&tensors.items[0], &known, 0, &file);
	tensors_free(&tensors);
	bytes_free(&file);
	free(name);
}

static void bad_ones_are_refused(void **state)
{
	const struct bad *bad;
	struct bytes file = { 0 };
	struct tensors tensors;
	size_t i;

	(void)state;
	for (i = 0; (bad = models_refused(i)); i++) {
		bad->build(&file);
		if (read_as(&file, file.length + file.hole, &tensors) == 0)
			fail_msg("%s: accepted", bad->name);
		check_reason(bad->name);
		if (!strstr(header.error, bad->reason))
			fail_msg("%s: \"%s\" does not say \"%s\"", bad->name,
				 header.error, bad->reason);
		tensors_free(&tensors);
		bytes_free(&file);
	}
}

/* Truncate the file at every byte, before or while it is read. */
static void short_ones_are_refused(void **state)
{
	const struct good *small = &models.good[1];
	struct bytes file = { 0 };
	struct tensors tensors;
	size_t full, begin;

	(void)state;
	small->build(&file, small->tensors, small->count);
	begin = small->tensors[0].at;
	full = file.length;
	for (file.length = 0; file.length < full; file.length++) {
		if (read_as(&file, file.length, &tensors) == 0)
			fail_msg("accepted with %zu of %zu bytes", file.length,
				 full);
		check_reason("cut off");
		tensors_free(&tensors);
		/* Padding is not read. */
		if (file.length + 64 > begin)
			continue;
		if (read_as(&file, full, &tensors) == 0)
			fail_msg("accepted, with %zu bytes there", file.length);
		assert_non_null(strstr(header.error, "has become shorter"));
		tensors_free(&tensors);
	}
	bytes_free(&file);
}

/* Check what a reader promises about a file that it accepts. */
static void check_promises(const struct tensors *tensors, uint64_t size)
{
	const struct tensor *a, *b;
	uint64_t sum = 0;
	size_t i, j;

	for (i = 0; i < tensors->count; i++) {
		a = &tensors->items[i];
		assert_non_null(a->type);
		assert_true(a->rank == 0 || a->shape);
		assert_null(strpbrk(a->name, "\n\t\r\x1b"));
		assert_true(a->file_offset <= size);
		assert_true(a->bytes <= size - a->file_offset);
		sum += a->bytes;
		for (j = 0; j < i; j++) {
			b = &tensors->items[j];
			assert_string_not_equal(a->name, b->name);
			assert_true(a->bytes == 0 || b->bytes == 0 ||
				    a->file_offset + a->bytes <= b->file_offset
				    || b->file_offset + b->bytes <=
				    a->file_offset);
		}
	}
	assert_true(sum <= size);
}

static void random_damage_breaks_nothing(void **state)
{
	const struct good *good;
	unsigned accepted = 0, refused = 0, round;
	struct bytes file = { 0 };
	struct tensors tensors;
	uint64_t seed = 1;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		/* Leave out the first, which is large. */
		good = &models.good[1 + draw(&seed, models.n_good - 1)];
		good->build(&file, good->tensors, good->count);
		mutate(&file, &seed);
		if (read_as(&file, file.length, &tensors) == 0) {
			check_promises(&tensors, file.length);
			accepted++;
		} else {
			check_reason("by chance");
			refused++;
		}
		tensors_free(&tensors);
		bytes_free(&file);
	}
	/* Otherwise the mutations would change too little, or too much. */
	assert_true(accepted > ROUNDS / 50);
	assert_true(refused > ROUNDS / 5);
	print_message("%u accepted, %u refused\n", accepted, refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_are_read),
		cmocka_unit_test(many_tensors_are_read),
		cmocka_unit_test(long_names_are_read),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(short_ones_are_refused),
		cmocka_unit_test(random_damage_breaks_nothing),
	};

	return cmocka_run_group_tests_name(models.format, tests, opened_setup,
					   opened_teardown);
}

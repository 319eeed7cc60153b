/* SPDX-License-Identifier: MIT */
/*
 * The files of a model, found by the format and their names: correct names and
 * others, and an index or a part that is damaged at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../models/format.h"
#include "models.h"
#include "opened.h"

#define ROUNDS 20000
#define FOLDER "no/such/folder/"

static struct header header;

static void names_are_parsed(void **state)
{
	static const struct {
		const char *path;
		bool good;
		uint64_t number, count;
		int digits;
		const char *rest;
	} names[] = {
		{ "m-00001-of-00003.gguf", true, 1, 3, 5, "-of-00003.gguf" },
		{ "m-00003-of-000163.fp16.x", true, 3, 163, 5,
		  "-of-000163.fp16.x" },
		{ "a/b-1-of-2", true, 1, 2, 1, "-of-2" },
		{ "a-of-b-00002-of-00002.gguf", true, 2, 2, 5,
		  "-of-00002.gguf" },
		{ "m.safetensors-00001-of-00014.safetensors", true, 1, 14, 5,
		  "-of-00014.safetensors" },
		{ "m-00000-of-65535.gguf", true, 0, 65535, 5,
		  "-of-65535.gguf" },
		{ "m-00001-of-65536.gguf", false, 0, 0, 0, NULL },
		{ "m-1-of-18446744073709551617.gguf", false, 0, 0, 0, NULL },
		{ "a-00001-of-00003.gguf/model.gguf", false, 0, 0, 0, NULL },
		{ "00001-of-00003.gguf", false, 0, 0, 0, NULL },
		{ "m00001-of-00003.gguf", false, 0, 0, 0, NULL },
		{ "m-00001-of-00003a.gguf", false, 0, 0, 0, NULL },
		{ "m-00001-of-.gguf", false, 0, 0, 0, NULL },
		{ "m--of-00003.gguf", false, 0, 0, 0, NULL },
		{ "m-00001-of-00003-of-b.gguf", false, 0, 0, 0, NULL },
		{ "", false, 0, 0, 0, NULL },
	};
	struct part_name name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (part_name_parse(names[i].path, &name) != names[i].good)
			fail_msg("%s", names[i].path);
		if (!names[i].good)
			continue;
		assert_int_equal(name.number, names[i].number);
		assert_int_equal(name.count, names[i].count);
		assert_int_equal(name.digits, names[i].digits);
		assert_string_equal(name.rest, names[i].rest);
	}
}

static void names_are_made(void **state)
{
	const char *path = "a/m-00002-of-000012.gguf";
	struct parts parts = { 0 };
	struct part_name name;
	char expected[64];
	size_t i;

	(void)state;
	assert_true(part_name_parse(path, &name));
	assert_int_equal(parts_add_named(&parts, &header, path, &name), 0);
	assert_int_equal(parts.count, 12);
	for (i = 0; i < 12; i++) {
		snprintf(expected, sizeof(expected),
			 "a/m-%05zu-of-000012.gguf", i + 1);
		assert_string_equal(parts.paths[i], expected);
	}
	parts_free(&parts);
}

/* A header of a few bytes must not make the program allocate much memory. */
static void long_paths_are_limited(void **state)
{
	char path[1024] = "", *end = path + 1000;
	struct parts parts = { 0 };
	struct part_name name;

	(void)state;
	memset(path, 'a', 1000);
	strcpy(end, "-00001-of-65535.gguf");
	assert_true(part_name_parse(path, &name));
	assert_int_equal(parts_add_named(&parts, &header, path, &name), -1);
	assert_non_null(strstr(header.error, "more than 16777216 bytes"));
	assert_int_equal(parts.count, 0);
	strcpy(end, "-00001-of-00163.gguf");
	assert_true(part_name_parse(path, &name));
	assert_int_equal(parts_add_named(&parts, &header, path, &name), 0);
	assert_int_equal(parts.count, 163);
	parts_free(&parts);
}

static void as_many_as_can_be_counted(void **state)
{
	struct parts parts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < PARTS_MAX; i++)
		assert_int_equal(parts_add(&parts, &header, strdup("a")), 0);
	assert_int_equal(parts_add(&parts, &header, strdup("a")), -1);
	assert_non_null(strstr(header.error, "more than 65535 files"));
	assert_int_equal(parts.count, PARTS_MAX);
	parts_free(&parts);
}

/* Build an index, or the first of three parts if the format has no index. */
static void build(struct bytes *file)
{
	const struct good *small = &models.good[1];
	const struct cut cut = { 1, 3, 0, 1, small->count };
	char part[32];
	size_t i;

	if (!models.index) {
		models.build_part(file, small->tensors, &cut);
		return;
	}
	for (i = 0; i < small->count; i++) {
		snprintf(part, sizeof(part), "sub/part-%zu.x", i % 2);
		models.index(file, &small->tensors[i], part);
	}
	models.index(file, NULL, NULL);
}

static int find(const struct bytes *file, struct parts *parts)
{
	opened_write(file, &header, file->length);
	*parts = (struct parts){ 0 };
	return opened_format()->find_parts(parts, &header,
					      FOLDER "m-00001-of-00003.x");
}

/* All files are in the folder or below it, and each entry of the map has one of
 * them. */
static void check_promises(const struct parts *parts)
{
	const char *path;
	size_t i;

	assert_true(parts->count <= PARTS_MAX);
	for (i = 0; i < parts->count; i++) {
		path = parts->paths[i];
		assert_memory_equal(path, FOLDER, strlen(FOLDER));
		path += strlen(FOLDER);
		assert_true(path[0] != '/' && path[0] != '\0');
		assert_null(strstr(path, "/../"));
		assert_int_not_equal(strncmp(path, "../", 3), 0);
	}
	for (i = 0; i < parts->n_map; i++) {
		assert_non_null(parts->map[i].tensor);
		assert_true(parts->map[i].part < parts->count);
	}
}

static void good_ones_are_found(void **state)
{
	struct bytes file = { 0 };
	struct parts parts;

	(void)state;
	build(&file);
	if (find(&file, &parts) < 0)
		fail_msg("%s", header.error);
	check_promises(&parts);
	assert_int_equal(parts.count, models.index ? 2 : 3);
	assert_string_equal(parts.paths[1], models.index ?
			    FOLDER "sub/part-1.x" : FOLDER "m-00002-of-00003.x");
	assert_int_equal(parts.n_map, models.index ? 3 : 0);
	assert_int_equal(parts.split.count, models.index ? 0 : 3);
	parts_free(&parts);
	bytes_free(&file);
}

static void random_damage_breaks_nothing(void **state)
{
	unsigned accepted = 0, refused = 0, round;
	struct bytes file = { 0 };
	struct tensors none = { 0 };
	struct parts parts;
	uint64_t seed = 1;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		build(&file);
		mutate(&file, &seed);
		if (find(&file, &parts) == 0) {
			check_promises(&parts);
			/* No tensor is given, so those of the map are
			 * missing. */
			if (parts.n_map > 0)
				assert_int_equal(parts_check(&parts, &none,
							     &header), -1);
			accepted++;
		} else {
			assert_true(header.error[0] != '\0');
			assert_null(strpbrk(header.error, "\n\t\r\x1b"));
			refused++;
		}
		parts_free(&parts);
		bytes_free(&file);
	}
	/* Otherwise the mutations would change too little, or too much. */
	assert_true(accepted > ROUNDS / 50);
	assert_true(refused > ROUNDS / 50);
	print_message("%u accepted, %u refused\n", accepted, refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_parsed),
		cmocka_unit_test(names_are_made),
		cmocka_unit_test(long_paths_are_limited),
		cmocka_unit_test(as_many_as_can_be_counted),
		cmocka_unit_test(good_ones_are_found),
		cmocka_unit_test(random_damage_breaks_nothing),
	};

	return cmocka_run_group_tests_name(models.format, tests, opened_setup,
					   opened_teardown);
}

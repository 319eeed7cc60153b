/* SPDX-License-Identifier: MIT */
/* Lines of sha256sum and its relatives: what they mean, and why not. */
#include "kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define H32 "0123456789abcdef0123456789abcdef"
#define H64 H32 H32
#define H128 H64 H64
#define UPPER "0123456789ABCDEF0123456789ABCDEF" H32

static const struct {
	const char *line, *digest, *name;
} good[] = {
	{ H64 "  name", "sha256:" H64, "name" },
	{ H64 " *name", "sha256:" H64, "name" },
	{ UPPER "  name", "sha256:" H64, "name" },
	{ H64 "   two blanks  ", "sha256:" H64, " two blanks  " },
	{ H64 "  *name", "sha256:" H64, "*name" },
	{ H64 "  a\\nb", "sha256:" H64, "a\\nb" },
	{ "\\" H64 "  a\\nb\\\\c\\rd", "sha256:" H64, "a\nb\\c\rd" },
	{ " \t" H64 "  name", "sha256:" H64, "name" },
	{ H64 "  name\r", "sha256:" H64, "name" },
	{ H64 "  \xff\xfe", "sha256:" H64, "\xff\xfe" },
	{ H128 "  name", "sha512:" H128, "name" },
	{ "SHA256 (name) = " H64, "sha256:" H64, "name" },
	{ "SHA512 (name) = " H128, "sha512:" H128, "name" },
	{ "BLAKE2b (name) = " H128, "blake2b512:" H128, "name" },
	{ "SHA256(name)= " H64, "sha256:" H64, "name" },
	{ "SHA256 (a (b) = c) = " H64, "sha256:" H64, "a (b) = c" },
	{ "\\SHA256 (a\\\\b) = " H64, "sha256:" H64, "a\\b" },
};

static const struct {
	const char *line, *word;
} bad[] = {
	{ "x", "neither \"DIGITS  NAME\" nor" },
	{ "name", "neither" },
	{ H64, "neither" },
	{ H64 " name", "neither" },
	{ H64 "\tname", "neither" },
	{ H64 "  ", "the name is empty" },
	{ H64 " *", "the name is empty" },
	{ H32 "  name", "has 64 digits, not 32" },
	{ H64 "0  name", "has 64 digits, not 65" },
	{ H128 "0  name", "has 64 digits, not 129" },
	{ "MD5 (name) = " H32, "neither" },
	{ "BLAKE2b-256 (name) = " H64, "neither" },
	{ "SHA256 (name)", "does not go on with" },
	{ "SHA256 (name = " H64, "does not go on with" },
	{ "SHA256 (", "does not go on with" },
	{ "SHA256 () = " H64, "the name is empty" },
	{ "SHA256 (name) = ", "has 64 digits, not 0" },
	{ "SHA256 (name) = " H64 " ", "not a hexadecimal digit" },
	{ "SHA256 (name) = " H128, "has 64 digits, not 128" },
	{ "SHA512 (name) = " H64, "has 128 digits, not 64" },
	{ "\\" H64 "  a\\b", "\\n and \\r only" },
	{ "\\" H64 "  a\\", "\\n and \\r only" },
	{ "\\", "neither" },
	{ "\\# no comment", "neither" },
	{ " # no comment", "neither" },
};

static struct dmaload_digest_list *parsed(const char *text)
{
	/* Without a NUL after it, so that ASan sees a byte too many. */
	const size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	struct dmaload_digest_list *list = NULL;
	struct dmaload_error err;
	int r;

	assert_non_null(copy);
	memcpy(copy, text, length);
	r = dmaload_digest_list_create(&list, copy, length, NULL, &err);
	free(copy);
	if (r < 0)
		fail_msg("\"%s\": %s", text, err.message);
	return list;
}

static void test_good(void **state)
{
	struct dmaload_digest_list *list;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		list = parsed(good[i].line);
		assert_int_equal(dmaload_digest_list_count(list), 1);
		assert_string_equal(dmaload_digest_list_name(list, 0),
				    good[i].name);
		assert_string_equal(dmaload_digest_list_digest(list, 0),
				    good[i].digest);
		assert_null(dmaload_digest_list_name(list, 1));
		assert_null(dmaload_digest_list_digest(list, 1));
		dmaload_digest_list_destroy(list);
	}
}

static void test_bad(void **state)
{
	struct dmaload_digest_list *list = (void *)1;
	struct dmaload_error err;
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "# a comment\n" H64 "  a\n%s\n"
			 H64 "  b\n", bad[i].line);
		assert_int_equal(dmaload_digest_list_create(&list, text,
			strlen(text), NULL, &err), -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		assert_int_equal(strncmp(err.message, "line 3 of", 9), 0);
		if (!strstr(err.message, bad[i].word))
			fail_msg("\"%s\": %s", bad[i].line, err.message);
	}
	assert_ptr_equal(list, (void *)1);
}

static void test_nul(void **state)
{
	static const char line[] = H64 "  a\0b\n";
	struct dmaload_digest_list *list = NULL;
	struct dmaload_error err;

	(void)state;
	assert_int_equal(dmaload_digest_list_create(&list, line,
		sizeof(line) - 1, NULL, &err), -EINVAL);
	assert_string_equal(err.message, "line 1 of the digests: it has a NUL");
}

static void test_many(void **state)
{
	struct dmaload_digest_list *list = parsed("");
	char text[100 * 80], *at = text, name[8];
	size_t i;

	(void)state;
	assert_int_equal(dmaload_digest_list_count(list), 0);
	dmaload_digest_list_destroy(list);
	list = parsed("\n# a comment\n\r\n \n");
	assert_int_equal(dmaload_digest_list_count(list), 0);
	dmaload_digest_list_destroy(list);

	for (i = 0; i < 100; i++)
		at += sprintf(at, H64 "  %zu%s", i, i < 99 ? "\n\n" : "");
	list = parsed(text);
	assert_int_equal(dmaload_digest_list_count(list), 100);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		assert_string_equal(dmaload_digest_list_name(list, i), name);
	}
	dmaload_digest_list_destroy(list);
}

static void test_algorithm(void **state)
{
	static const char line[] = H128 "  name\nSHA256 (b) = " H64;
	struct dmaload_digest_list *list = NULL;
	struct dmaload_error err;

	(void)state;
	assert_int_equal(dmaload_digest_list_create(&list, line, strlen(line),
						    "blake2b512", NULL), 0);
	assert_string_equal(dmaload_digest_list_digest(list, 0),
			    "blake2b512:" H128);
	assert_string_equal(dmaload_digest_list_digest(list, 1), "sha256:" H64);
	dmaload_digest_list_destroy(list);
	assert_int_equal(dmaload_digest_list_create(&list, line, strlen(line),
						    "sha256", &err), -EINVAL);
	assert_non_null(strstr(err.message, "64 digits, not 128"));
}

static void test_no_memory(void **state)
{
	static const char text[] = H64 "  a\n" H64 "  b\n";
	struct dmaload_digest_list *list = NULL;
	struct dmaload_error err;
	unsigned n;

	(void)state;
	kit_count();
	/* The list, its entries, and two names. */
	for (n = 1; n <= 4; n++) {
		kit_fail = n;
		assert_int_equal(dmaload_digest_list_create(&list, text,
			strlen(text), NULL, &err), -ENOMEM);
		assert_int_equal(err.code, -ENOMEM);
		assert_int_equal(kit_fail, 0);
		assert_int_equal(kit_allocated, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_algorithm),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("digest-list", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Known digests; texts that are compared and parsed; NULL for each pointer
 * argument. tests/api/nulls.py checks that none is missing here.
 */
#include "kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dmaload_error err;

#define REFUSED(call) do {					\
	err = (struct dmaload_error){ .code = 0 };		\
	assert_int_equal(call, -EINVAL);			\
	assert_int_equal(err.code, -EINVAL);			\
	assert_true(err.message[0] != '\0');			\
} while (0)

#define ABC "sha256:" \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "sha256:" \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* FIPS 180-4, RFC 7693, and what fsverity-utils prints for an empty file. */
static const struct {
	const char *bytes;
	const char *text;
} known[] = {
	{ "", EMPTY },
	{ "abc", ABC },
	{ "abc", "sha512:"
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ "abc", "blake2b512:"
		"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" },
	{ "", "fsverity:"
		"3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95" },
};

static void test_known(void **state)
{
	char name[32], bytes[8];
	struct dmaload_digest *digest;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		memset(name, 0, sizeof(name));
		memcpy(name, known[i].text, strcspn(known[i].text, ":"));
		strcpy(bytes, known[i].bytes);
		digest = kit_create(name, 1);
		assert_int_equal(kit_give(digest, 0, 0, bytes, strlen(bytes)), 0);
		kit_expect(digest, known[i].text);
	}
}

/* Each range has its own digest. */
static void test_ranges(void **state)
{
	struct dmaload_digest *digest = kit_create("sha256", 3);
	char text[DMALOAD_DIGEST_SIZE], bytes[] = "abc";

	(void)state;
	assert_int_equal(kit_give(digest, 2, 0, bytes, 1), 0);
	assert_int_equal(kit_give(digest, 1, 0, bytes, 3), 0);
	assert_int_equal(kit_give(digest, 2, 1, bytes + 1, 2), 0);
	assert_int_equal(dmaload_digest_result(digest, 1, text, NULL), 0);
	assert_string_equal(text, ABC);
	assert_int_equal(dmaload_digest_result(digest, 2, text, NULL), 0);
	assert_string_equal(text, ABC);
	kit_expect(digest, EMPTY);
}

static void test_order(void **state)
{
	struct dmaload_digest *digest = kit_create("sha256", 1);
	char bytes[] = "abc";

	(void)state;
	assert_int_equal(kit_give(digest, 0, 1, bytes, 1), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "range 0: the bytes at 1 came where "
			   "those at 0 were to come");
	digest = kit_create("sha256", 1);
	assert_int_equal(dmaload_digest_result(digest, 0, (char[200]){ 0 }, NULL),
			 0);
	assert_int_equal(kit_give(digest, 0, 0, bytes, 1), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "after the result");
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{ "", "ALGORITHM:DIGITS" },
		{ "e3b0", "ALGORITHM:DIGITS" },
		{ ":e3b0", "unknown digest algorithm" },
		{ "SHA256:e3b0", "unknown digest algorithm" },
		{ "sha25:e3b0", "unknown digest algorithm" },
		{ "md5:e3b0", "use one of sha256," },
		{ "sha256:", "has 64 digits, not 0" },
		{ "sha256:e3b0", "has 64 digits, not 4" },
		{ EMPTY "0", "has 64 digits, not 65" },
		{ EMPTY " ", "not a hexadecimal digit" },
		{ "sha256:xyz", "not a hexadecimal digit" },
	};
	char text[DMALOAD_DIGEST_SIZE] = "sha256:"
		"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
	size_t i;

	(void)state;
	assert_int_equal(dmaload_digest_compare(text, EMPTY, &err), 0);
	assert_int_equal(dmaload_digest_parse(text, text, &err), 0);
	assert_string_equal(text, EMPTY);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(dmaload_digest_parse(text, bad[i].text, &err));
		if (!strstr(err.message, bad[i].word))
			fail_msg("\"%s\": %s", bad[i].text, err.message);
	}
	assert_string_equal(text, EMPTY);
}

static void test_compare(void **state)
{
	char same[] = "fsverity:" "0123456701234567012345670123456701234567012345"
		"670123456701234567";

	(void)state;
	assert_int_equal(dmaload_digest_compare(ABC, EMPTY, &err), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_non_null(strstr(err.message, "is " ABC ", but " EMPTY));
	assert_int_equal(dmaload_digest_compare(same, same, &err), 0);
	REFUSED(dmaload_digest_compare(same, EMPTY, &err));
	assert_non_null(strstr(err.message, "two algorithms"));
	REFUSED(dmaload_digest_compare("sha256:1", EMPTY, &err));
	REFUSED(dmaload_digest_compare(EMPTY, "sha256:1", &err));
}

static void test_nulls(void **state)
{
	struct dmaload_digest *digest = (void *)1;
	struct dmaload_digest_list *list = (void *)1;
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_piece piece = { 0 };

	(void)state;
	REFUSED(dmaload_digest_create(NULL, "sha256", 1, &err));
	REFUSED(dmaload_digest_create(&digest, NULL, 1, &err));
	REFUSED(dmaload_digest_create(&digest, "sha256", 0, &err));
	REFUSED(dmaload_digest_create(&digest, "md5", 1, &err));
	assert_int_equal(dmaload_digest_create(&digest, "md5", 1, NULL), -EINVAL);
	assert_int_equal(dmaload_digest_create(&digest, "sha256", SIZE_MAX, &err),
			 -ENOMEM);
	assert_ptr_equal(digest, (void *)1);
	digest = kit_create("sha256", 1);
	assert_int_equal(dmaload_digest_piece(NULL, digest), -EINVAL);
	assert_int_equal(dmaload_digest_piece(&piece, NULL), -EINVAL);
	REFUSED(dmaload_digest_result(NULL, 0, text, &err));
	REFUSED(dmaload_digest_result(digest, 0, NULL, &err));
	REFUSED(dmaload_digest_result(digest, 1, text, &err));
	assert_int_equal(dmaload_digest_result(digest, 1, text, NULL), -EINVAL);
	dmaload_digest_destroy(digest);
	dmaload_digest_destroy(NULL);

	REFUSED(dmaload_digest_measure(0, NULL, &err));
	/* qemu-user does not know the ioctl. */
	assert_true(dmaload_digest_measure(-1, text, NULL) < 0);
	REFUSED(dmaload_digest_parse(NULL, EMPTY, &err));
	REFUSED(dmaload_digest_parse(text, NULL, &err));
	assert_int_equal(dmaload_digest_parse(text, "", NULL), -EINVAL);
	REFUSED(dmaload_digest_compare(NULL, EMPTY, &err));
	REFUSED(dmaload_digest_compare(EMPTY, NULL, &err));
	assert_int_equal(dmaload_digest_compare(ABC, EMPTY, NULL), -EBADMSG);

	REFUSED(dmaload_digest_list_create(NULL, "", 0, NULL, &err));
	REFUSED(dmaload_digest_list_create(&list, NULL, 0, NULL, &err));
	REFUSED(dmaload_digest_list_create(&list, "", 0, "md5", &err));
	assert_int_equal(dmaload_digest_list_create(&list, "x", 1, NULL, NULL),
			 -EINVAL);
	assert_ptr_equal(list, (void *)1);
	assert_int_equal(dmaload_digest_list_count(NULL), 0);
	assert_null(dmaload_digest_list_name(NULL, 0));
	assert_null(dmaload_digest_list_digest(NULL, 0));
	dmaload_digest_list_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_nulls),
	};

	return cmocka_run_group_tests_name("digest-arguments", tests, NULL, NULL);
}

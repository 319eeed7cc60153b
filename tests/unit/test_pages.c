/* SPDX-License-Identifier: MIT */
/* How large the pages behind a mapping are: the figures, and what is said of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer/buffer.h"
#include "buffer/pages.h"
#include "scene.h"

#define MIB ((uint64_t)1 << 20)

static void setting_is_the_word_in_brackets(void **state)
{
	static const struct {
		const char *text;
		const char *word;
	} cases[] = {
		{ "always within_size advise [never] deny force\n", "never" },
		{ "[always] within_size advise never deny force\n", "always" },
		{ "always within_size [advise] never", "advise" },
		{ "always within_size [within_size_of_all]", "within_" },
		{ "[]", "" },
		{ "advise never\n", "" },
		{ "[advise", "" },
		{ "advise] [", "" },
		{ "", "" },
	};
	char word[8];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pages_setting(cases[i].text, word, sizeof(word));
		assert_string_equal(word, cases[i].word);
	}
}

static void kind_is_of_what_could_be_huge(void **state)
{
	struct pages pages = { .bytes = 7 * MIB, .whole = 4 * MIB,
			       .huge_size = 2 * MIB };

	(void)state;
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_UNKNOWN);
	pages.present = 7 * MIB;
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_BASE);
	pages.huge = 2 * MIB;
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_BASE);
	pages.huge = 4 * MIB;
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_TRANSPARENT);
	/* Half of it populated. */
	pages.present = 3 * MIB;
	pages.huge = 2 * MIB;
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_TRANSPARENT);
	/* Too small for any. */
	pages = (struct pages){ .bytes = MIB, .present = MIB };
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_BASE);
}

static void check_text(struct pages *pages, const char *setting, int code,
		       const char *expected)
{
	char text[DMALOAD_REASON_SIZE], small[32];

	snprintf(pages->setting, sizeof(pages->setting), "%s", setting);
	pages_explain(pages, code, text, sizeof(text));
	assert_string_equal(text, expected);
	/* Cut short, and ended. */
	pages_explain(pages, code, small, sizeof(small));
	assert_memory_equal(small, expected, sizeof(small) - 1);
	assert_int_equal(small[sizeof(small) - 1], 0);
}

static void want_of_huge_pages_has_a_reason(void **state)
{
	struct pages pages = { .bytes = 5 * MIB, .whole = 4 * MIB,
			       .present = 5 * MIB, .huge = 4 * MIB };
	char unknown[DMALOAD_REASON_SIZE];

	(void)state;
	check_text(&pages, "advise", 0, "4194304 of 5242880 bytes are in "
		   "huge pages");
	pages.huge = 2 * MIB;
	check_text(&pages, "always", 0, "2097152 of 5242880 bytes are in "
		   "huge pages: shmem_enabled is always, the kernel gave no "
		   "more");
	pages.huge = 0;
	check_text(&pages, "never", 0, "0 of 5242880 bytes are in huge "
		   "pages: shmem_enabled is never, advise would grant them");
	check_text(&pages, "deny", 0, "0 of 5242880 bytes are in huge "
		   "pages: shmem_enabled is deny, advise would grant them");
	check_text(&pages, "", 0, "0 of 5242880 bytes are in huge pages; the "
		   "kernel has none for shared memory");
	pages.whole = 0;
	check_text(&pages, "advise", 0, "0 of 5242880 bytes are in huge "
		   "pages: shmem_enabled is advise, the buffer is "
		   "smaller than one");
	/* The C libraries have different words for the code. */
	snprintf(unknown, sizeof(unknown), "unknown how much of 5242880 bytes "
		 "is in huge pages: PAGEMAP_SCAN (Linux 6.7): %s; "
		 "shmem_enabled is advise", strerror(ENOTTY));
	check_text(&pages, "advise", -ENOTTY, unknown);
}

static void *map(struct dmaload_buffer **buffer, const char *source,
		 uint64_t size)
{
	struct dmaload_error err;

	if (dmaload_buffer_create(buffer, source, size, &err) != 0)
		fail_msg("%s", err.message);
	return dmaload_buffer_map(*buffer);
}

static void look_goes_on_to_the_end(void **state)
{
	struct dmaload_buffer *buffer;
	struct pages pages, again;
	void *at;

	(void)state;
	fake.huge_pages = true;
	at = map(&buffer, "memfd", 21 * MIB);
	assert_int_equal(pages_inspect(at, 21 * MIB, &pages), 0);
	assert_int_equal(pages.bytes, 21 * MIB);
	assert_int_equal(pages.present, 21 * MIB);
	assert_int_equal(pages.huge_size, 2 * MIB);
	assert_true(pages.whole >= 18 * MIB && pages.whole <= 20 * MIB);
	assert_int_equal(pages.huge, pages.whole);
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_TRANSPARENT);

	/* The pages do not fit into one answer. */
	fake.look_most = 3 * MIB;
	assert_int_equal(pages_inspect(at, 21 * MIB, &again), 0);
	assert_memory_equal(&again, &pages, sizeof(pages));

	fake.huge_gap = 3;
	assert_int_equal(pages_inspect(at, 21 * MIB, &pages), 0);
	assert_int_equal(pages.whole - pages.huge, 3 * 2 * MIB);
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_BASE);

	/* Where base pages are of 64 KiB. */
	fake.huge_size = "536870912\n";
	assert_int_equal(pages_inspect(at, 21 * MIB, &pages), 0);
	assert_int_equal(pages.huge_size, 512 * MIB);
	assert_int_equal(pages.whole, 0);
	fake.huge_size = "3\n";
	assert_int_equal(pages_inspect(at, 21 * MIB, &pages), 0);
	assert_int_equal(pages.huge_size, 2 * MIB);
	dmaload_buffer_destroy(buffer);
}

static void unknown_is_said(void **state)
{
	struct dmaload_buffer *buffer;
	struct pages pages;
	void *at;

	(void)state;
	fake.shmem_enabled = "always within_size [advise] never deny force\n";
	fake_fail_calls(FAKE_PAGEMAP, 1, 1, -ENOTTY);
	at = map(&buffer, "memfd", 4 * MIB);
	assert_int_equal(buffer->pages_code, -ENOTTY);
	assert_int_equal(buffer->pages.bytes, 4 * MIB);
	assert_string_equal(buffer->pages.setting, "advise");
	assert_int_equal(pages_inspect_shared(at, 4 * MIB, &pages), 0);
	assert_int_equal(pages.present, 4 * MIB);
	assert_string_equal(pages.setting, "advise");
	dmaload_buffer_destroy(buffer);

	/* A heap's pages have no struct page. */
	fake_find("/dev/dma_heap/system")->pfnmap = true;
	at = map(&buffer, "system", 4 * MIB);
	assert_int_equal(pages_inspect(at, 4 * MIB, &pages), 0);
	assert_int_equal(pages.present, 0);
	assert_int_equal(buffer->pages_code, -ENODATA);
	assert_int_equal(pages_kind(&pages), DMALOAD_PAGES_UNKNOWN);
	dmaload_buffer_destroy(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_is_the_word_in_brackets),
		cmocka_unit_test(kind_is_of_what_could_be_huge),
		cmocka_unit_test(want_of_huge_pages_has_a_reason),
		SCENE_TEST(look_goes_on_to_the_end),
		SCENE_TEST(unknown_is_said),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Which source is taken where none is asked for. */
#include <errno.h>
#include <string.h>

#include "buffer/source_default.h"
#include "buffers.h"

#define MIB ((uint64_t)1 << 20)

static const struct dmaload_error no_heap = { -ENODEV, "no heap here" };
static const struct dmaload_error heap_refused = { -EACCES, "heap refused" };
static const struct dmaload_error no_udmabuf = { -ENODEV, "no udmabuf here" };
static const struct dmaload_error udmabuf_refused = { -EACCES, "udmabuf refused" };

struct expected {
	struct source_facts facts;
	/* A source and a part of its reason, or an error and a part of it. */
	int code;
	const char *source;
	const char *says;
};

static void rules(void **state)
{
	const struct expected table[] = {
		{ { .size = MIB, .heap = "system" }, 0, "heap:system",
		  "\"system\" may be used;" },
		{ { .size = MIB, .heap = "linux,cma" }, 0, "heap:linux,cma",
		  "and \"system\" may not" },
		/* Even where it is small enough for a udmabuf. */
		{ { .size = MIB, .heap = "system", .udmabuf_limit = 64 * MIB }, 0,
		  "heap:system", "importer" },
		{ { .size = 64 * MIB, .heap_error = no_heap,
		    .udmabuf_limit = 64 * MIB }, 0, "udmabuf", "ENODEV" },
		{ { .size = 1, .heap_error = heap_refused,
		    .udmabuf_limit = UINT64_MAX }, 0, "udmabuf", "EACCES" },
		{ { .size = 64 * MIB + 1, .heap_error = no_heap,
		    .udmabuf_limit = 64 * MIB }, -E2BIG, NULL, "65" },
		{ { .size = 64 * MIB + 1, .heap_error = heap_refused,
		    .udmabuf_limit = 64 * MIB }, -EACCES, NULL,
		  "heap refused; nor is there a udmabuf for it (E2BIG: several "
		  "might do)" },
		{ { .size = 1, .heap_error = no_heap,
		    .udmabuf_error = no_udmabuf }, -ENODEV, NULL,
		  "no heap here; nor is there a udmabuf for it (ENODEV); to "
		  "develop without either, use the source \"memfd\"" },
		{ { .size = 1, .heap_error = no_heap,
		    .udmabuf_error = udmabuf_refused }, -EACCES, NULL,
		  "udmabuf refused" },
		{ { .size = 1, .heap_error = heap_refused,
		    .udmabuf_error = udmabuf_refused }, -EACCES, NULL,
		  "heap refused" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct source_default choice = { .source = "", .reason = "" };
		struct dmaload_error err = { 0 };
		const int r = source_default_from(&table[i].facts, &choice,
						  &err);

		assert_int_equal(r, table[i].code);
		assert_int_equal(err.code, r);
		assert_string_equal(choice.source, r < 0 ? "" : table[i].source);
		if (!strstr(r < 0 ? err.message : choice.reason, table[i].says))
			fail_msg("row %zu: \"%s%s\" does not say \"%s\"", i,
				 err.message, choice.reason, table[i].says);
		assert_int_equal(source_default_from(&table[i].facts, &choice,
						     NULL), r);
	}
}

/* A heap's name is a heap's name, whatever it is. */
static void heap_with_the_name_of_a_source(void **state)
{
	(void)state;
	fake_remove(fake_find("/dev/dma_heap/system"));
	fake_add_heap("udmabuf");
	expect_buffer(NULL, "udmabuf");
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(rules),
		SCENE_TEST(heap_with_the_name_of_a_source),
	};

	return cmocka_run_group_tests_name("source_default", tests, NULL, NULL);
}

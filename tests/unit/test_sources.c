/* SPDX-License-Identifier: MIT */
/* The list of sources: what is in it, what may be used, and what is recommended. */
#include <errno.h>

#include "buffers.h"

#define MIB ((uint64_t)1 << 20)

static void expect_names(const char *const *names)
{
	const struct dmaload_source *source;
	struct dmaload_sources *list;
	size_t i;

	assert_int_equal(dmaload_sources_create(&list, 1, NULL), 0);
	for (i = 0; names[i]; i++) {
		source = dmaload_sources_get(list, i);
		assert_non_null(source);
		assert_string_equal(source->name, names[i]);
	}
	assert_int_equal(dmaload_sources_count(list), i);
	assert_null(dmaload_sources_get(list, i));
	assert_null(dmaload_sources_get(list, SIZE_MAX));
	dmaload_sources_destroy(list);
}

static void heaps_are_sorted_and_come_first(void **state)
{
	static const char *const all[] = {
		"heap:linux,cma", "heap:system", "udmabuf", "udmabuf:2M",
		"memfd", NULL,
	};
	struct fake_node *cma = fake_add_heap("linux,cma");

	(void)state;
	fake_add_udmabuf();
	expect_names(all);
	fake_remove(cma);
	fake_remove(fake_find("/dev/dma_heap/system"));
	expect_names(all + 2);
	fake_add(FAKE_DIR, "/dev/dma_heap", 0);
	expect_names(all + 2);
}

static void nothing_is_allocated(void **state)
{
	struct fake_node *system = fake_find("/dev/dma_heap/system");
	struct listed source;

	(void)state;
	fake_add_udmabuf();
	find_source(&source, "heap:system", 4096);
	assert_int_equal(system->allocations, 0);
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
}

static void access_of_a_heap(void **state)
{
	struct fake_node *cma = fake_add_heap("linux,cma");
	struct listed source;

	(void)state;
	cma->open_error = -EACCES;
	find_source(&source, "heap:linux,cma", 1);
	assert_int_equal(source.access, -EACCES);
	check_says(source.remedy, "/dev/dma_heap/linux,cma");
	check_says(source.reason, "EACCES");
	find_source(&source, "heap:system", 1);
	assert_int_equal(source.access, 0);
	assert_true(source.max_bytes == UINT64_MAX);
	cma->open_error = 0;
	find_source(&source, "heap:linux,cma", 1);
	check_says(source.reason, "\"system\" comes first");
}

static void access_and_limit_of_udmabuf(void **state)
{
	static const char *const names[] = { "udmabuf", "udmabuf:2M" };
	struct fake_node *node;
	struct listed source;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		find_source(&source, names[i], 1);
		assert_int_equal(source.access, -ENODEV);
		assert_true(source.max_bytes == UINT64_MAX);
		check_says(source.remedy, "CONFIG_UDMABUF");
		node = fake_add_udmabuf();
		find_source(&source, names[i], 1);
		assert_int_equal(source.access, 0);
		assert_int_equal(source.max_bytes, 64 * MIB);
		node->open_error = -EACCES;
		find_source(&source, names[i], 1);
		assert_int_equal(source.access, -EACCES);
		check_says(source.remedy,
			   "cannot open /dev/udmabuf: permission denied");
		fake_remove(node);
		fake.udmabuf_limit = NULL;
	}
}

/* They fall short of the request without any harm: the list says what there is. */
static void reserved_huge_pages(void **state)
{
	struct listed source;

	(void)state;
	fake_add_udmabuf();
	fake.huge_free = "3\n";
	find_source(&source, "udmabuf:2M", 1);
	check_says(source.reason, "of which 6291456 bytes are free");
	fake.huge_free = NULL;
	find_source(&source, "udmabuf:2M", 1);
	check_says(source.reason, "of which 0 bytes are free");
	find_source(&source, "memfd", 1);
	assert_int_equal(source.access, 0);
	assert_true(source.max_bytes == UINT64_MAX);
	check_says(source.reason, "not a dma-buf");
}

/* The same that a buffer without a source gets. */
static void recommended_as_it_is_chosen(void **state)
{
	struct fake_node *system = fake_find("/dev/dma_heap/system");
	struct fake_node *cma = fake_add_heap("default_cma_region");
	struct fake_node *zoned = fake_add_heap("zoned");
	struct listed source;

	(void)state;
	fake_add_udmabuf();
	fake_add_heap("protected,secure-video");
	expect_recommended("heap:system", 1, "every importer takes its memory");
	expect_buffer(NULL, "system");
	find_source(&source, "udmabuf", 1);
	check_says(source.reason, "heaps come first");
	system->open_error = -EACCES;
	expect_recommended("heap:default_cma_region", 1, "\"system\" may not");
	expect_buffer(NULL, "default_cma_region");
	cma->open_error = -EACCES;
	expect_recommended("heap:zoned", 1, "\"system\" may not");
	expect_buffer(NULL, "zoned");
	zoned->open_error = -EACCES;
	expect_recommended("udmabuf", 64 * MIB, "no heap may be used (EACCES)");
	expect_buffer(NULL, "udmabuf");
	find_source(&source, "heap:protected,secure-video", 1);
	assert_int_equal(source.access, 0);
	check_says(source.reason, "only on request");
}

static void size_decides(void **state)
{
	struct fake_node *system = fake_find("/dev/dma_heap/system");
	struct listed source;

	(void)state;
	fake_add_udmabuf();
	system->open_error = -EACCES;
	expect_recommended("udmabuf", 1, "EACCES");
	expect_recommended(NULL, 65 * MIB, NULL);
	expect_refusal(NULL, 65 * MIB, -EACCES, "several might do");
	find_source(&source, "udmabuf", 65 * MIB);
	check_says(source.reason, "size_limit_mb");
	fake_remove(system);
	expect_recommended("udmabuf", 64 * MIB, "ENODEV");
	expect_recommended(NULL, 65 * MIB, NULL);
	expect_refusal(NULL, 65 * MIB, -E2BIG, "size_limit_mb");
	fake_remove(fake_find("/dev/udmabuf"));
	expect_recommended(NULL, 1, NULL);
	expect_refusal(NULL, 1, -ENODEV, "no dma-heap");
}

/* A heap's name is a heap's name, whatever it is. */
static void heap_with_the_name_of_a_source(void **state)
{
	struct listed source;

	(void)state;
	fake_remove(fake_find("/dev/dma_heap/system"));
	fake_add_heap("udmabuf");
	expect_recommended("heap:udmabuf", 1, "\"udmabuf\" may be used");
	find_source(&source, "udmabuf", 1);
	assert_int_equal(source.access, -ENODEV);
}

static void failures(void **state)
{
	struct dmaload_sources *list, *untouched = (void *)&refusal;

	(void)state;
	list = untouched;
	assert_int_equal(dmaload_sources_create(&list, 0, &refusal), -EINVAL);
	assert_int_equal(refusal.code, -EINVAL);
	fake_fail_calls(FAKE_LIST, 1, 1, -EACCES);
	assert_int_equal(dmaload_sources_create(&list, 1, &refusal), -EACCES);
	assert_int_equal(refusal.code, -EACCES);
	check_says(refusal.message, "/dev/dma_heap");
	assert_ptr_equal(list, untouched);
	assert_int_equal(dmaload_sources_create(NULL, 1, NULL), -EINVAL);
	fake_check_balanced();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(heaps_are_sorted_and_come_first),
		SCENE_TEST(nothing_is_allocated),
		SCENE_TEST(access_of_a_heap),
		SCENE_TEST(access_and_limit_of_udmabuf),
		SCENE_TEST(reserved_huge_pages),
		SCENE_TEST(recommended_as_it_is_chosen),
		SCENE_TEST(size_decides),
		SCENE_TEST(heap_with_the_name_of_a_source),
		SCENE_TEST(failures),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}

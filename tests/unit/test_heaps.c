/* SPDX-License-Identifier: MIT */
/* The heaps: which is taken, and why not another. */
#include <errno.h>

#include "buffers.h"

static void default_heap_is_the_first_usable(void **state)
{
	struct fake_node *system = fake_find("/dev/dma_heap/system");
	struct fake_node *cma = fake_add_heap("default_cma_region");

	(void)state;
	fake_add_heap("protected,secure-video");
	fake_add_heap("zoned");
	expect_buffer(NULL, "system");
	system->open_error = -EACCES;
	expect_buffer(NULL, "default_cma_region");
	cma->open_error = -EACCES;
	expect_buffer(NULL, "zoned");
	fake_remove(system);
	fake_remove(cma);
	expect_buffer(NULL, "zoned");
}

static void protected_heaps_are_only_asked_by_name(void **state)
{
	(void)state;
	fake_remove(fake_find("/dev/dma_heap/system"));
	fake_add_heap("protected,secure-video");
	expect_refusal(NULL, 4096, -ENODEV, "CONFIG_DMABUF_HEAPS");
	expect_buffer("protected,secure-video", "protected,secure-video");
}

static void no_heap_is_enodev(void **state)
{
	(void)state;
	expect_refusal("none", 4096, -ENODEV, "/dev/dma_heap/none");
	fake_remove(fake_find("/dev/dma_heap/system"));
	expect_refusal(NULL, 4096, -ENODEV, "no dma-heap");
	fake_add(FAKE_DIR, "/dev/dma_heap", 0);
	expect_refusal(NULL, 4096, -ENODEV, "no dma-heap");
}

static void refusal_names_owner_group_and_remedy(void **state)
{
	struct fake_node *heap = fake_find("/dev/dma_heap/system");

	(void)state;
	heap->open_error = -EACCES;
	heap->st.uid = 0;
	heap->st.gid = 12345;
	heap->st.mode = (heap->st.mode & ~07777u) | 0440;
	expect_refusal("system", 4096, -EACCES, "/dev/dma_heap/system: permission denied (owner uid 0, "
					"group 12345, mode 0440)");
	check_says(refusal.message, "add yourself to group 12345");
	expect_refusal(NULL, 4096, -EACCES, "group 12345");

	heap->st.gid = 0;
	expect_refusal("system", 4096, -EACCES, "udev rule");
	heap->open_error = -EIO;
	expect_refusal("system", 4096, -EIO, "/dev/dma_heap/system");
}

/* The only heap is refused at first, and then not: that is no failure. */
static void heap_that_is_granted_late(void **state)
{
	(void)state;
	fake_fail_calls(FAKE_OPEN, 1, 2, -EACCES);
	expect_buffer(NULL, "system");
	assert_int_equal(fake_count(FAKE_OPEN), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(default_heap_is_the_first_usable),
		SCENE_TEST(protected_heaps_are_only_asked_by_name),
		SCENE_TEST(no_heap_is_enodev),
		SCENE_TEST(refusal_names_owner_group_and_remedy),
		SCENE_TEST(heap_that_is_granted_late),
	};

	return cmocka_run_group_tests_name("heaps", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The heaps: which is taken, and why not another. */
#include <errno.h>
#include <string.h>

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

static void contiguous_memory_is_too_small(void **state)
{
	static const char *const names[] = {
		"reserved", "linux,cma", "default-pool", "default_cma_region",
	};
	size_t i;

	(void)state;
	fake.meminfo = "MemAvailable: 1048576 kB\n"
		       "CmaTotal:       65536 kB\nCmaFree:        31000 kB\n";
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_add_heap(names[i]);
		fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -ENOMEM);
		expect_refusal(names[i], 4096, -ENOMEM, "30 of 64 MiB of contiguous "
			       "memory are free (CmaFree): set cma=");
	}
}

/* These areas say nothing about another heap, or another error. */
static void contiguous_memory_is_not_the_cause(void **state)
{
	(void)state;
	fake.meminfo = "MemAvailable: 1048576 kB\n"
		       "CmaTotal:       65536 kB\nCmaFree:        31000 kB\n";
	fake_add_heap("reserved");
	fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -ENOMEM);
	expect_refusal("system", 4096, -ENOMEM, "did not allocate 4096 bytes");
	assert_null(strstr(refusal.message, "Cma"));
	fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -EINTR);
	expect_refusal("reserved", 4096, -EINTR, "did not allocate 4096 bytes");
	assert_null(strstr(refusal.message, "Cma"));
	fake.meminfo = "MemAvailable: 1048576 kB\n";
	fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -ENOMEM);
	expect_refusal("reserved", 4096, -ENOMEM, "did not allocate 4096 bytes");
	assert_null(strstr(refusal.message, "Cma"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(default_heap_is_the_first_usable),
		SCENE_TEST(protected_heaps_are_only_asked_by_name),
		SCENE_TEST(no_heap_is_enodev),
		SCENE_TEST(refusal_names_owner_group_and_remedy),
		SCENE_TEST(heap_that_is_granted_late),
		SCENE_TEST(contiguous_memory_is_too_small),
		SCENE_TEST(contiguous_memory_is_not_the_cause),
	};

	return cmocka_run_group_tests_name("heaps", tests, NULL, NULL);
}

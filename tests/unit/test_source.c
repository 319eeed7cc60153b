/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer/source.h"
#include "buffers.h"

static void names_mean_sources(void **state)
{
	const char *arg;

	(void)state;
	assert_ptr_equal(source_find("heap", &arg), &source_heap);
	assert_null(arg);
	assert_ptr_equal(source_find("udmabuf:2M", &arg), &source_udmabuf);
	assert_string_equal(arg, "2M");
	assert_ptr_equal(source_find("system", &arg), &source_heap);
	assert_string_equal(arg, "system");
	assert_ptr_equal(source_find("heap:memfd", &arg), &source_heap);
	assert_string_equal(arg, "memfd");
	assert_ptr_equal(source_find("memfd", &arg), &source_memfd);
	assert_null(arg);
	assert_ptr_equal(source_find("memfd:x", &arg), &source_memfd);
	assert_string_equal(arg, "x");
	/* The beginning of a source's name is not its name. */
	assert_ptr_equal(source_find("memfd2", &arg), &source_heap);
	assert_string_equal(arg, "memfd2");
	assert_ptr_equal(source_find("heapster", &arg), &source_heap);
	assert_string_equal(arg, "heapster");
}

static void buffers_come_from_sources(void **state)
{
	(void)state;
	fake_add_heap("linux,cma");
	fake_add_heap("memfd");
	expect_buffer(NULL, "system");
	expect_buffer("system", "system");
	expect_buffer("heap:system", "system");
	expect_buffer("linux,cma", "linux,cma");
	expect_buffer("memfd", "memfd");
	expect_buffer("heap:memfd", "memfd");
}

static void memfd_is_sealed(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", 1, NULL), 0);
	assert_int_equal(fake_node_of(dmaload_buffer_fd(buffer))->seals,
			 F_SEAL_SHRINK | F_SEAL_GROW);
	dmaload_buffer_destroy(buffer);
}

static void malformed_requests(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	expect_refusal("system", 0, -EINVAL, "size");
	expect_refusal("", 4096, -EINVAL, "name of a heap");
	expect_refusal("heap:", 4096, -EINVAL, "name of a heap");
	expect_refusal("heap:../null", 4096, -EINVAL, "../null");
	expect_refusal("..", 4096, -EINVAL, "..");
	expect_refusal(name, 4096, -EINVAL, "nnn");
	expect_refusal("memfd:x", 4096, -EINVAL, ":x");
	expect_refusal("system", UINT64_MAX, -EOVERFLOW, "18446744073709551615");
	expect_refusal("memfd", (uint64_t)INT64_MAX - 4094, -EOVERFLOW, "offset");
	assert_int_equal(dmaload_buffer_create(NULL, NULL, 1, NULL), -EINVAL);
}

static void memory_is_checked_before_the_heap(void **state)
{
	struct fake_node *heap = fake_find("/dev/dma_heap/system");

	(void)state;
	fake.meminfo = "MemTotal: 100 kB\nMemAvailable:      40 kB\n";
	expect_refusal("system", 40961, -ENOMEM, "MemAvailable");
	expect_refusal("memfd", 40961, -ENOMEM, "MemAvailable");
	assert_int_equal(heap->allocations, 0);
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	expect_buffer("system", "system");
}

static void memory_that_is_not_told_is_not_checked(void **state)
{
	(void)state;
	fake.meminfo = "MemTotal: 1 kB\n";
	expect_buffer("system", "system");
	fake.meminfo = "MemAvailable: much\n";
	expect_buffer("system", "system");
	fake.meminfo = NULL;
	expect_buffer("memfd", "memfd");
}

static void errors_of_allocation(void **state)
{
	struct fake_node *heap = fake_find("/dev/dma_heap/system");

	(void)state;
	heap->alloc_error = -ENOMEM;
	expect_refusal("system", 4096, -ENOMEM, "system");
	heap->alloc_error = -EMFILE;
	expect_refusal("system", 4096, -EMFILE, "fd");
	heap->alloc_error = 0;
	heap->no_mmap = true;
	expect_refusal("system", 4096, -ENODEV, "map");
	fake_fail_calls(FAKE_MADVISE, 2, 1, -EFAULT);
	expect_refusal("memfd", 4096, -ENOMEM, "cannot populate");
}

/* EINTR is restarted; EINVAL is a kernel that cannot, and no failure. */
/* A limit that can be raised, and that several smaller ones keep to. */
static void memfd_is_limited(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;

	(void)state;
	fake.file_size_max = 1 << 20;
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", (1 << 20) + 4096,
					       &err), -E2BIG);
	check_says(err.message,
		   "RLIMIT_FSIZE is 1048576; raise it (ulimit -f)");
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", 1 << 20, &err),
			 0);
	dmaload_buffer_destroy(buffer);
}

static void memfd_is_populated(void **state)
{
	(void)state;
	fake_fail_calls(FAKE_MADVISE, 2, 3, -EINTR);
	expect_buffer("memfd", "memfd");
	assert_int_equal(fake_count(FAKE_MADVISE), 5);
	fake.no_populate = true;
	expect_buffer("memfd", "memfd");
}

static void brackets_are_the_callers_too(void **state)
{
	const unsigned both = DMALOAD_ACCESS_READ | DMALOAD_ACCESS_WRITE;
	struct dmaload_buffer *buffer;
	struct fake_node *node;

	(void)state;
	assert_int_equal(dmaload_buffer_create(&buffer, NULL, 4096, NULL), 0);
	node = fake_node_of(dmaload_buffer_fd(buffer));
	fake_fail_calls(FAKE_SYNC, 1, 2, -EINTR);
	fake_fail_calls(FAKE_SYNC, 3, 2, -EAGAIN);
	assert_int_equal(dmaload_buffer_begin(buffer, both, NULL), 0);
	assert_int_equal(fake_count(FAKE_SYNC), 5);
	assert_int_equal(node->reading, 1);
	assert_int_equal(node->writing, 1);
	memset(dmaload_buffer_map(buffer), 7, 4096);
	assert_int_equal(dmaload_buffer_end(buffer, both, NULL), 0);
	assert_int_equal(node->bytes[4095], 7);

	assert_int_equal(dmaload_buffer_begin(buffer, 0, &refusal), -EINVAL);
	assert_int_equal(dmaload_buffer_end(buffer, 4, &refusal), -EINVAL);
	fake_fail_calls(FAKE_SYNC, 1, 1, -EIO);
	assert_int_equal(dmaload_buffer_begin(buffer, 1, &refusal), -EIO);
	check_says(refusal.message, "DMA_BUF_IOCTL_SYNC");
	dmaload_buffer_destroy(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(names_mean_sources),
		SCENE_TEST(buffers_come_from_sources),
		SCENE_TEST(memfd_is_sealed),
		SCENE_TEST(malformed_requests),
		SCENE_TEST(memory_is_checked_before_the_heap),
		SCENE_TEST(memory_that_is_not_told_is_not_checked),
		SCENE_TEST(errors_of_allocation),
		SCENE_TEST(memfd_is_limited),
		SCENE_TEST(memfd_is_populated),
		SCENE_TEST(brackets_are_the_callers_too),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}

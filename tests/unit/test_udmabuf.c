/* SPDX-License-Identifier: MIT */
/* The source "udmabuf": what it asks of the kernel, and what it says if refused. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffers.h"

#define MIB ((uint64_t)1 << 20)

static struct dmaload_buffer *create(const char *source, uint64_t size)
{
	struct dmaload_buffer *buffer;

	if (dmaload_buffer_create(&buffer, source, size, &refusal) != 0)
		fail_msg("%s", refusal.message);
	return buffer;
}

/* The report of a load into the buffer says this of its pages. */
static const char *note_of(struct dmaload_buffer *buffer)
{
	static struct dmaload_report report;
	struct dmaload_range range = { .buffer = buffer, .length = 1 };

	report = (struct dmaload_report)DMALOAD_REPORT_INIT;
	fake_add(FAKE_FILE, "/data/one", 1);
	assert_int_equal(dmaload_file_open(&range.file, "/data/one", NULL), 0);
	assert_int_equal(dmaload_load(NULL, &range, 1, NULL, &report, NULL), 0);
	dmaload_file_close(range.file);
	fake_remove(fake_find("/data/one"));
	return report.buffer_pages_note;
}

static void memfd_and_dmabuf_are_one(void **state)
{
	struct fake_node *memfd, *dmabuf;
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	expect_buffer("udmabuf", "udmabuf");
	buffer = create("udmabuf", 5000);
	memfd = fake_node_of(buffer->map_fd);
	dmabuf = fake_node_of(dmaload_buffer_fd(buffer));
	assert_int_equal(memfd->kind, FAKE_MEMFD);
	assert_int_equal(memfd->seals, F_SEAL_SHRINK | F_SEAL_GROW);
	assert_int_equal(dmabuf->kind, FAKE_DMABUF);
	memset(dmaload_buffer_map(buffer), 7, 8192);
	assert_int_equal(dmabuf->bytes[8191], 7);
	assert_null(strstr(note_of(buffer), "reserved"));
	assert_int_equal(dmaload_buffer_wait(buffer, NULL), 0);
	dmaload_buffer_destroy(buffer);
}

static void limit_is_kept_before_anything_is_allocated(void **state)
{
	(void)state;
	fake_add_udmabuf();
	expect_refusal("udmabuf", 64 * MIB + 1, -E2BIG, "size_limit_mb");
	check_says(refusal.message, "it is 64, and 65 is needed");
	check_says(refusal.message,
		   "echo 65 > /sys/module/udmabuf/parameters/size_limit_mb");
	check_says(refusal.message, "udmabuf.size_limit_mb=65");
	expect_refusal("udmabuf:2M", 64 * MIB + 1, -E2BIG, "65 is needed");
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	fake.udmabuf_limit = "0\n";
	expect_refusal("udmabuf", 1, -E2BIG, "it is 0, and 1 is needed");
	fake.udmabuf_limit = "-1\n";
	expect_refusal("udmabuf", 1, -E2BIG, "it is 0, and 1 is needed");
	/* Linux 7.3. */
	fake.udmabuf_limit = "2147483647\n";
	dmaload_buffer_destroy(create("udmabuf", 65 * MIB));
	/* Not told: the kernel decides. */
	fake.udmabuf_limit = NULL;
	dmaload_buffer_destroy(create("udmabuf", 65 * MIB));
	fake.udmabuf_limit = "much\n";
	dmaload_buffer_destroy(create("udmabuf", 65 * MIB));
}

static void refusals_name_what_is_to_be_done(void **state)
{
	struct fake_node *node;

	(void)state;
	expect_refusal("udmabuf", 1, -ENODEV, "CONFIG_UDMABUF");
	node = fake_add_udmabuf();
	expect_refusal("udmabuf:1G", 1, -EINVAL, ":1G");
	node->open_error = -EACCES;
	node->st.uid = node->st.gid = 0;
	expect_refusal("udmabuf", 1, -EACCES, "/dev/udmabuf: permission denied (owner uid 0, group 0");
	check_says(refusal.message,
		   "SUBSYSTEM==\"misc\", KERNEL==\"udmabuf\", GROUP=\"");
	node->st.gid = 12345;
	node->st.mode |= 0040;
	expect_refusal("udmabuf", 1, -EACCES, "add yourself to group 12345");
	node->open_error = -ENXIO;
	expect_refusal("udmabuf", 1, -ENODEV, "CONFIG_UDMABUF");
	node->open_error = -EMFILE;
	expect_refusal("udmabuf", 1, -EMFILE, "/dev/udmabuf");
	node->open_error = 0;
	fake.meminfo = "MemAvailable: 40 kB\n";
	expect_refusal("udmabuf", 40961, -ENOMEM, "MemAvailable");
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	fake.meminfo = NULL;
	fake_fail_calls(FAKE_THREAD, 1, 1, -EAGAIN);
	expect_refusal("udmabuf", 1, -EAGAIN, "thread");
}

static void huge_pages(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	fake.hugetlb = true;
	/* They are not part of MemAvailable. */
	fake.meminfo = "MemAvailable: 40 kB\n";
	buffer = create("udmabuf:2M", 2 * MIB + 1);
	assert_true(fake_node_of(buffer->map_fd)->huge);
	assert_int_equal(dmaload_buffer_size(buffer), 2 * MIB + 4096);
	assert_int_equal(fake_node_of(buffer->map_fd)->size, 4 * MIB);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf:2M");
	assert_null(strstr(note_of(buffer), "reserved"));
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
}

static void absent_huge_pages_are_a_note(void **state)
{
	struct dmaload_buffer *buffer;

	(void)state;
	fake_add_udmabuf();
	fake.huge_free = "1\n";
	buffer = create("udmabuf:2M", 3 * MIB);
	assert_false(fake_node_of(buffer->map_fd)->huge);
	assert_int_equal(fake_node_of(buffer->map_fd)->size, 3 * MIB);
	assert_string_equal(dmaload_buffer_source(buffer), "udmabuf");
	check_says(note_of(buffer), "2 of 2 MiB are wanted, and free are 1 (");
	check_says(note_of(buffer), " of 3145728 bytes");
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);

	/* A kernel without any. */
	fake.huge_free = NULL;
	fake_fail_calls(FAKE_MEMFD_CREATE, 1, 1, -ENODEV);
	buffer = create("udmabuf:2M", 1);
	check_says(note_of(buffer), "free are unknown");
	dmaload_buffer_destroy(buffer);
	/* Failures that other pages do not cure. */
	fake_fail_calls(FAKE_MEMFD_CREATE, 1, 1, -EMFILE);
	expect_refusal("udmabuf:2M", 1, -EMFILE, "memfd");
	fake.meminfo = "MemAvailable: 40 kB\n";
	expect_refusal("udmabuf:2M", 40961, -ENOMEM, "MemAvailable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(memfd_and_dmabuf_are_one),
		SCENE_TEST(limit_is_kept_before_anything_is_allocated),
		SCENE_TEST(refusals_name_what_is_to_be_done),
		SCENE_TEST(huge_pages),
		SCENE_TEST(absent_huge_pages_are_a_note),
	};

	return cmocka_run_group_tests_name("udmabuf", tests, NULL, NULL);
}

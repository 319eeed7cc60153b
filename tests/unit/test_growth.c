/* SPDX-License-Identifier: MIT */
/* A stream of unknown length, into a buffer that is made for it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "crowd.h"
#include "model.h"

#define PAGE FAKE_PAGE

struct growth {
	struct crowd crowd;
	struct fake_node *node;
	struct dmaload_buffer *buffer;
	uint64_t length;
};

static void *const untouched = &fake;

static void make(struct growth *growth, uint64_t size)
{
	memset(growth, 0, sizeof(*growth));
	crowd_make(&growth->crowd, 4096, 2);
	growth->node = crowd_add_stream(&growth->crowd, FAKE_SOCKET, size);
	growth->buffer = untouched;
	growth->length = 77;
}

static int load(struct growth *growth, const char *source, uint64_t hint,
		uint64_t limit)
{
	struct crowd *crowd = &growth->crowd;

	crowd_prepare(crowd);
	return dmaload_load_stream(&growth->buffer, &growth->length, crowd->ctx,
				   crowd->files[0], source, hint, limit,
				   &crowd->options, &crowd->report,
				   &crowd->err);
}

static void drop(struct growth *growth)
{
	if (growth->buffer != untouched)
		dmaload_buffer_destroy(growth->buffer);
	crowd_drop(&growth->crowd);
	fake_check_balanced();
	fake_reset();
}

/* All of it is there, and behind it nothing. */
static void check(const struct growth *growth, uint64_t from, uint64_t length)
{
	const int fd = dmaload_buffer_fd(growth->buffer);
	const struct fake_node *memory = fake_node_of(fd);
	uint64_t i;

	fake_check_quiet();
	assert_int_equal(growth->length, length);
	assert_int_equal(growth->crowd.report.bytes_streamed, length);
	assert_int_equal(growth->crowd.report.bytes_total, length);
	assert_memory_equal(memory->bytes, growth->node->bytes + from, length);
	for (i = length; i < memory->size; i++)
		assert_int_equal(memory->bytes[i], 0);
}

static void check_refusal(const struct growth *growth, int r, int code,
			  const char *message)
{
	crowd_check_failure(&growth->crowd, r, code, message);
	assert_ptr_equal(growth->buffer, untouched);
	assert_int_equal(growth->length, 77);
	fake_check_quiet();
	assert_int_equal(fake_maps(), 0);
}

static const uint64_t sizes[] = { 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE,
				  2 * PAGE + 1, 4 * PAGE, 4 * PAGE + 1, 100000 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* The buffer doubles from the hint on, and stays as large as it has become. */
static void doubles_until_it_fits(void **state)
{
	static const char *const sources[] = { "system", "memfd" };
	struct growth growth;
	uint64_t room;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * SIZES; i++) {
		fake_find("/dev/dma_heap/system")->pfnmap = true;
		make(&growth, sizes[i / 2]);
		growth.node->comes_most = i % 3 * 1111;
		if (load(&growth, sources[i % 2], PAGE, 0) != 0)
			fail_msg("%s", growth.crowd.err.message);
		check(&growth, 0, sizes[i / 2]);
		for (room = PAGE; room < sizes[i / 2]; room *= 2)
			;
		assert_int_equal(dmaload_buffer_size(growth.buffer), room);
		/* The last two, while the one is copied to the other. */
		assert_int_equal(fake_mapped_most(),
				 room > PAGE ? room + room / 2 : PAGE);
		assert_string_equal(dmaload_buffer_source(growth.buffer),
				    sources[i % 2]);
		drop(&growth);
	}
}

static void a_hint_that_is_enough(void **state)
{
	struct growth growth;

	(void)state;
	make(&growth, 100000);
	assert_int_equal(load(&growth, NULL, 100000, 0), 0);
	check(&growth, 0, 100000);
	assert_int_equal(dmaload_buffer_size(growth.buffer), 25 * PAGE);
	assert_int_equal(fake_find("/dev/dma_heap/system")->allocations, 1);
	drop(&growth);

	make(&growth, 5000);
	assert_int_equal(load(&growth, NULL, 0, 0), 0);
	assert_int_equal(dmaload_buffer_size(growth.buffer), 16 << 20);
	check(&growth, 0, 5000);
	drop(&growth);
}

/* The limit is one of bytes that come, and of memory that is asked for. */
static void never_more_than_the_limit(void **state)
{
	static const uint64_t limits[] = { 1, PAGE, PAGE + 1, 3 * PAGE, 50000 };
	struct growth growth;
	uint64_t limit;
	size_t i;

	(void)state;
	for (i = 0; i < 3 * 5; i++) {
		limit = limits[i / 3];
		make(&growth, limit + i % 3 - (limit > 1));
		if (i % 3 == 2 || (limit == 1 && i % 3 == 1)) {
			check_refusal(&growth, load(&growth, NULL, PAGE, limit),
				      -EFBIG, "bytes that are allowed");
			drop(&growth);
			continue;
		}
		if (load(&growth, NULL, PAGE, limit) != 0)
			fail_msg("%s", growth.crowd.err.message);
		check(&growth, 0, growth.node->size);
		assert_true(dmaload_buffer_size(growth.buffer) <
			    limit + PAGE);
		drop(&growth);
	}
	/* Nor is the hint. */
	make(&growth, 5000);
	assert_int_equal(load(&growth, NULL, 1 << 20, 5000), 0);
	check(&growth, 0, 5000);
	assert_int_equal(dmaload_buffer_size(growth.buffer), 2 * PAGE);
	drop(&growth);
}

static void begins_where_the_stream_stands(void **state)
{
	struct dmaload_range range;
	struct growth growth;

	(void)state;
	make(&growth, 60000);
	crowd_add_buffer(&growth.crowd, "memfd", 1 << 16);
	range = crowd_range(&growth.crowd, 0, 100, 0, 0, 20000);
	crowd_load_all(&growth.crowd, &range, 1);
	assert_int_equal(load(&growth, NULL, PAGE, 0), 0);
	check(&growth, 20100, 39900);
	/* And then it is at its end. */
	dmaload_buffer_destroy(growth.buffer);
	growth.buffer = untouched;
	growth.length = 77;
	crowd_check_failure(&growth.crowd, load(&growth, NULL, PAGE, 0),
			    -ENODATA, "was empty");
	assert_ptr_equal(growth.buffer, untouched);
	assert_int_equal(growth.length, 77);
	drop(&growth);
}

static void what_is_refused(void **state)
{
	struct growth growth;
	struct crowd *crowd = &growth.crowd;

	(void)state;
	make(&growth, 5000);
	crowd_add_file(crowd, 5000, 0);
	assert_int_equal(dmaload_load_stream(&growth.buffer, &growth.length,
					     crowd->ctx, crowd->files[1], NULL,
					     0, 0, NULL, NULL, &crowd->err),
			 -EINVAL);
	assert_non_null(strstr(crowd->err.message, "is no stream"));
	assert_int_equal(dmaload_load_stream(&growth.buffer, &growth.length,
					     NULL, crowd->files[1], NULL, 0, 0,
					     NULL, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(NULL, &growth.length, crowd->ctx,
					     crowd->files[0], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(&growth.buffer, NULL, crowd->ctx,
					     crowd->files[0], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	check_refusal(&growth, load(&growth, "heap:none", PAGE, 0), -ENODEV,
		      "none");
	crowd->options.reserved = 1;
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -EINVAL,
		      "reserved");
	assert_int_equal(growth.node->came, 0);
	drop(&growth);

	make(&growth, 0);
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -ENODATA,
		      "was empty");
	drop(&growth);
}

/* Nothing of the old buffer, nor of the new one, is left. */
static void no_memory_midway(void **state)
{
	struct growth growth;

	(void)state;
	make(&growth, 100000);
	fake_fail_calls(FAKE_HEAP_ALLOC, 3, 1, -ENOMEM);
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -ENOMEM,
		      "out of memory after 8193 bytes");
	assert_int_equal(growth.node->came, 8193);
	drop(&growth);

	make(&growth, 100000);
	fake.meminfo = "MemAvailable: 16 kB\n";
	check_refusal(&growth, load(&growth, NULL, 2 * PAGE, 0), -ENOMEM,
		      "for a buffer of 32768");
	drop(&growth);

	make(&growth, 100000);
	fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -ENOMEM);
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -ENOMEM,
		      "did not allocate 4096");
	drop(&growth);
}

/* Each SYNC in turn: of the loads, and of what is copied over. */
static void syncs_that_fail(void **state)
{
	struct growth growth;
	unsigned n = 0;
	int r = -1;

	(void)state;
	while (r != 0) {
		make(&growth, 20000);
		fake_fail_calls(FAKE_SYNC, ++n, 1, -ENOMEM);
		r = load(&growth, NULL, PAGE, 0);
		if (r == 0)
			check(&growth, 0, 20000);
		else
			check_refusal(&growth, r, -ENOMEM,
				      "DMA_BUF_IOCTL_SYNC");
		drop(&growth);
	}
	/* Four buffers that are filled, and three times four to copy. */
	assert_int_equal(n - 1, 4 * 2 + 3 * 4);
}

struct seen {
	uint64_t done;
	uint64_t calls;
};

static int on_progress(const struct dmaload_progress *how, void *data)
{
	struct seen *seen = data;

	assert_int_equal(how->size, sizeof(*how));
	assert_true(how->bytes_done >= seen->done);
	assert_true(how->bytes_done <= how->bytes_total);
	assert_int_equal(how->bytes_prefix, how->bytes_done);
	/* Complete is the stream when it has ended, which nobody knows before. */
	assert_int_equal(how->ranges_done, 0);
	assert_int_equal(how->ranges_total, 1);
	seen->done = how->bytes_done;
	seen->calls++;
	return 0;
}

/* All loads that it takes count as one. */
static void progress_never_goes_back(void **state)
{
	struct growth growth;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		seen = (struct seen){ .calls = 0 };
		make(&growth, sizes[i]);
		growth.node->comes_most = 1000;
		growth.node->stalls = 1;
		growth.crowd.options.progress = on_progress;
		growth.crowd.options.progress_data = &seen;
		assert_int_equal(load(&growth, NULL, PAGE, 0), 0);
		check(&growth, 0, sizes[i]);
		assert_int_equal(seen.done, sizes[i]);
		assert_true(seen.calls > sizes[i] / 1000);
		drop(&growth);
	}
}

static void trouble_of_the_stream(void **state)
{
	struct growth growth;

	(void)state;
	make(&growth, 50000);
	growth.node->comes_most = 1000;
	fake_fail_calls(FAKE_READ_STREAM, 20, 1, -ECONNRESET);
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -ECONNRESET,
		      "cannot be read at offset");
	assert_true(growth.crowd.report.bytes_streamed > 10000);
	drop(&growth);

	make(&growth, 50000);
	growth.node->comes_most = 1000;
	growth.node->stalls = 100;
	growth.crowd.options.deadline_ns = sys_now() + 10000000;
	check_refusal(&growth, load(&growth, NULL, PAGE, 0), -ETIME,
		      "deadline");
	drop(&growth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(doubles_until_it_fits),
		SCENE_TEST(a_hint_that_is_enough),
		SCENE_TEST(never_more_than_the_limit),
		SCENE_TEST(begins_where_the_stream_stands),
		SCENE_TEST(what_is_refused),
		SCENE_TEST(no_memory_midway),
		SCENE_TEST(syncs_that_fail),
		SCENE_TEST(progress_never_goes_back),
		SCENE_TEST(trouble_of_the_stream),
	};

	return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}

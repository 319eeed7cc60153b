/* SPDX-License-Identifier: MIT */
/* A stream of unknown length, into a buffer that is made for it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "scene.h"
#include "model.h"

#define PAGE FAKE_PAGE

struct stream_load {
	struct scene scene;
	struct fake_node *node;
	struct dmaload_buffer *buffer;
	uint64_t length;
};

static void *const untouched = &fake;

static void make(struct stream_load *stream_load, uint64_t size)
{
	memset(stream_load, 0, sizeof(*stream_load));
	scene_make_empty(&stream_load->scene, 4096, 2);
	stream_load->node = scene_add_stream(&stream_load->scene, FAKE_SOCKET,
					     size);
	stream_load->buffer = untouched;
	stream_load->length = 77;
}

static int load(struct stream_load *stream_load, const char *source,
		uint64_t hint, uint64_t limit)
{
	struct scene *scene = &stream_load->scene;

	scene_prepare(scene);
	return dmaload_load_stream(&stream_load->buffer, &stream_load->length,
				   scene->ctx,
				   scene->files[0], source, hint, limit,
				   &scene->options, &scene->report,
				   &scene->err);
}

static void drop(struct stream_load *stream_load)
{
	if (stream_load->buffer != untouched)
		dmaload_buffer_destroy(stream_load->buffer);
	scene_drop(&stream_load->scene);
	fake_check_balanced();
	fake_reset();
}

/* All of it is there, and behind it nothing. */
static void check(const struct stream_load *stream_load, uint64_t from,
		  uint64_t length)
{
	const int fd = dmaload_buffer_fd(stream_load->buffer);
	const struct fake_node *memory = fake_node_of(fd);
	uint64_t i;

	fake_check_quiet();
	assert_int_equal(stream_load->length, length);
	assert_int_equal(stream_load->scene.report.bytes_streamed, length);
	assert_int_equal(stream_load->scene.report.bytes_total, length);
	assert_memory_equal(memory->bytes, stream_load->node->bytes + from,
			    length);
	for (i = length; i < memory->size; i++)
		assert_int_equal(memory->bytes[i], 0);
}

static void check_refusal(const struct stream_load *stream_load, int r,
			  int code, const char *message)
{
	scene_check_failure(&stream_load->scene, r, code, message);
	assert_ptr_equal(stream_load->buffer, untouched);
	assert_int_equal(stream_load->length, 77);
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
	struct stream_load stream_load;
	uint64_t room;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * SIZES; i++) {
		fake_find("/dev/dma_heap/system")->pfnmap = true;
		make(&stream_load, sizes[i / 2]);
		stream_load.node->comes_most = i % 3 * 1111;
		if (load(&stream_load, sources[i % 2], PAGE, 0) != 0)
			fail_msg("%s", stream_load.scene.err.message);
		check(&stream_load, 0, sizes[i / 2]);
		for (room = PAGE; room < sizes[i / 2]; room *= 2)
			;
		assert_int_equal(dmaload_buffer_size(stream_load.buffer), room);
		/* The last two, while the one is copied to the other. */
		assert_int_equal(fake_mapped_max(),
				 room > PAGE ? room + room / 2 : PAGE);
		assert_string_equal(dmaload_buffer_source(stream_load.buffer),
				    sources[i % 2]);
		drop(&stream_load);
	}
}

static void a_hint_that_is_enough(void **state)
{
	struct stream_load stream_load;

	(void)state;
	make(&stream_load, 100000);
	assert_int_equal(load(&stream_load, NULL, 100000, 0), 0);
	check(&stream_load, 0, 100000);
	assert_int_equal(dmaload_buffer_size(stream_load.buffer), 25 * PAGE);
	assert_int_equal(fake_find("/dev/dma_heap/system")->allocations, 1);
	drop(&stream_load);

	make(&stream_load, 5000);
	assert_int_equal(load(&stream_load, NULL, 0, 0), 0);
	assert_int_equal(dmaload_buffer_size(stream_load.buffer), 16 << 20);
	check(&stream_load, 0, 5000);
	drop(&stream_load);
}

/* The limit is one of bytes that come, and of memory that is asked for. */
static void never_more_than_the_limit(void **state)
{
	static const uint64_t limits[] = { 1, PAGE, PAGE + 1, 3 * PAGE, 50000 };
	struct stream_load stream_load;
	uint64_t limit;
	size_t i;

	(void)state;
	for (i = 0; i < 3 * 5; i++) {
		limit = limits[i / 3];
		make(&stream_load, limit + i % 3 - (limit > 1));
		if (i % 3 == 2 || (limit == 1 && i % 3 == 1)) {
			check_refusal(&stream_load,
				      load(&stream_load, NULL, PAGE, limit),
				      -EFBIG, "more bytes than the limit");
			drop(&stream_load);
			continue;
		}
		if (load(&stream_load, NULL, PAGE, limit) != 0)
			fail_msg("%s", stream_load.scene.err.message);
		check(&stream_load, 0, stream_load.node->size);
		assert_true(dmaload_buffer_size(stream_load.buffer) <
			    limit + PAGE);
		drop(&stream_load);
	}
	/* Nor is the hint. */
	make(&stream_load, 5000);
	assert_int_equal(load(&stream_load, NULL, 1 << 20, 5000), 0);
	check(&stream_load, 0, 5000);
	assert_int_equal(dmaload_buffer_size(stream_load.buffer), 2 * PAGE);
	drop(&stream_load);
}

static void begins_where_the_stream_stands(void **state)
{
	struct dmaload_range range;
	struct stream_load stream_load;

	(void)state;
	make(&stream_load, 60000);
	scene_add_buffer(&stream_load.scene, "memfd", 1 << 16);
	range = scene_range(&stream_load.scene, 0, 100, 0, 0, 20000);
	scene_expect_load(&stream_load.scene, &range, 1);
	assert_int_equal(load(&stream_load, NULL, PAGE, 0), 0);
	check(&stream_load, 20100, 39900);
	/* And then it is at its end. */
	dmaload_buffer_destroy(stream_load.buffer);
	stream_load.buffer = untouched;
	stream_load.length = 77;
	scene_check_failure(&stream_load.scene,
			    load(&stream_load, NULL, PAGE, 0),
			    -ENODATA, "was empty");
	assert_ptr_equal(stream_load.buffer, untouched);
	assert_int_equal(stream_load.length, 77);
	drop(&stream_load);
}

static void what_is_refused(void **state)
{
	struct stream_load stream_load;
	struct scene *scene = &stream_load.scene;

	(void)state;
	make(&stream_load, 5000);
	scene_add_file(scene, 5000, 0);
	assert_int_equal(dmaload_load_stream(&stream_load.buffer,
					     &stream_load.length,
					     scene->ctx, scene->files[1], NULL,
					     0, 0, NULL, NULL, &scene->err),
			 -EINVAL);
	check_says(scene->err.message, "is not a stream");
	assert_int_equal(dmaload_load_stream(&stream_load.buffer,
					     &stream_load.length,
					     NULL, scene->files[1], NULL, 0, 0,
					     NULL, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(NULL, &stream_load.length,
					     scene->ctx,
					     scene->files[0], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(&stream_load.buffer, NULL,
					     scene->ctx,
					     scene->files[0], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	check_refusal(&stream_load, load(&stream_load, "heap:none", PAGE, 0),
		      -ENODEV,
		      "none");
	scene->options.reserved = 1;
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0), -EINVAL,
		      "reserved");
	assert_int_equal(stream_load.node->came, 0);
	drop(&stream_load);

	make(&stream_load, 0);
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0), -ENODATA,
		      "was empty");
	drop(&stream_load);
}

/* Nothing of the old buffer, nor of the new one, is left. */
static void no_memory_midway(void **state)
{
	struct stream_load stream_load;

	(void)state;
	make(&stream_load, 100000);
	fake_fail_calls(FAKE_HEAP_ALLOC, 3, 1, -ENOMEM);
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0), -ENOMEM,
		      "out of memory after 8193 bytes");
	assert_int_equal(stream_load.node->came, 8193);
	drop(&stream_load);

	make(&stream_load, 100000);
	fake.meminfo = "MemAvailable: 16 kB\n";
	check_refusal(&stream_load, load(&stream_load, NULL, 2 * PAGE, 0),
		      -ENOMEM,
		      "for a buffer of 32768");
	drop(&stream_load);

	make(&stream_load, 100000);
	fake_fail_calls(FAKE_HEAP_ALLOC, 1, 1, -ENOMEM);
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0), -ENOMEM,
		      "did not allocate 4096");
	drop(&stream_load);
}

/* Each SYNC in turn: of the loads, and of what is copied over. */
static void syncs_that_fail(void **state)
{
	struct stream_load stream_load;
	unsigned n = 0;
	int r = -1;

	(void)state;
	while (r != 0) {
		make(&stream_load, 20000);
		fake_fail_calls(FAKE_SYNC, ++n, 1, -ENOMEM);
		r = load(&stream_load, NULL, PAGE, 0);
		if (r == 0)
			check(&stream_load, 0, 20000);
		else
			check_refusal(&stream_load, r, -ENOMEM,
				      "DMA_BUF_IOCTL_SYNC");
		drop(&stream_load);
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
	struct stream_load stream_load;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		seen = (struct seen){ .calls = 0 };
		make(&stream_load, sizes[i]);
		stream_load.node->comes_most = 1000;
		stream_load.node->stalls = 1;
		stream_load.scene.options.progress = on_progress;
		stream_load.scene.options.progress_data = &seen;
		assert_int_equal(load(&stream_load, NULL, PAGE, 0), 0);
		check(&stream_load, 0, sizes[i]);
		assert_int_equal(seen.done, sizes[i]);
		assert_true(seen.calls > sizes[i] / 1000);
		drop(&stream_load);
	}
}

static void trouble_of_the_stream(void **state)
{
	struct stream_load stream_load;

	(void)state;
	make(&stream_load, 50000);
	stream_load.node->comes_most = 1000;
	fake_fail_calls(FAKE_READ_STREAM, 20, 1, -ECONNRESET);
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0),
		      -ECONNRESET,
		      "cannot read ");
	assert_true(stream_load.scene.report.bytes_streamed > 10000);
	drop(&stream_load);

	make(&stream_load, 50000);
	stream_load.node->comes_most = 1000;
	stream_load.node->stalls = 100;
	stream_load.scene.options.deadline_ns = sys_now() + 10000000;
	check_refusal(&stream_load, load(&stream_load, NULL, PAGE, 0), -ETIME,
		      "deadline");
	drop(&stream_load);
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

	return cmocka_run_group_tests_name("stream_load", tests, NULL, NULL);
}

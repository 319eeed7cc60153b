/* SPDX-License-Identifier: MIT */
/* Load a stream of unknown length into a buffer that is made for it. */
#include <errno.h>
#include <fcntl.h>

#include "model.h"
#include "rows.h"

#define PAGE FAKE_PAGE

static struct scene scene;
/* The results of a load. */
static struct dmaload_buffer *buffer;
static uint64_t length;

static void *const untouched = &fake;

static void make(uint64_t size)
{
	scene_make_empty(&scene, 4096, 2);
	scene_add_stream(&scene, FAKE_SOCKET, size);
	buffer = untouched;
	length = 77;
}

static int load(const char *source, uint64_t hint, uint64_t limit)
{
	scene_prepare(&scene);
	return dmaload_load_stream(&buffer, &length, scene.ctx, scene.file,
				   source, hint, limit, &scene.options,
				   &scene.report, &scene.err);
}

static void drop(void)
{
	if (buffer != untouched)
		dmaload_buffer_destroy(buffer);
	scene_drop(&scene);
	fake_check_balanced();
	fake_reset();
}

/* Check that the buffer has these bytes of the stream, and zeroes behind them. */
static void check(uint64_t from, uint64_t expected)
{
	const int fd = dmaload_buffer_fd(buffer);
	const struct fake_node *memory = fake_node_of(fd);
	uint64_t i;

	fake_check_quiet();
	assert_int_equal(length, expected);
	assert_int_equal(scene.report.bytes_streamed, expected);
	assert_int_equal(scene.report.bytes_total, expected);
	assert_memory_equal(memory->bytes, scene.node->bytes + from, expected);
	for (i = expected; i < memory->size; i++)
		assert_int_equal(memory->bytes[i], 0);
}

static void check_refusal(int r, int code, const char *message)
{
	scene_check_failure(&scene, r, code, message);
	assert_ptr_equal(buffer, untouched);
	assert_int_equal(length, 77);
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
	uint64_t room;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * SIZES; i++) {
		fake_find("/dev/dma_heap/system")->pfnmap = true;
		make(sizes[i / 2]);
		scene.node->comes_most = i % 3 * 1111;
		if (load(sources[i % 2], PAGE, 0) != 0)
			fail_msg("%s", scene.err.message);
		check(0, sizes[i / 2]);
		for (room = PAGE; room < sizes[i / 2]; room *= 2)
			;
		assert_int_equal(dmaload_buffer_size(buffer), room);
		/* The last two are mapped while one is copied to the other. */
		assert_int_equal(fake_mapped_max(),
				 room > PAGE ? room + room / 2 : PAGE);
		assert_string_equal(dmaload_buffer_source(buffer),
				    sources[i % 2]);
		drop();
	}
}

static void a_hint_that_is_enough(void **state)
{
	(void)state;
	make(100000);
	assert_int_equal(load(NULL, 100000, 0), 0);
	check(0, 100000);
	assert_int_equal(dmaload_buffer_size(buffer), 25 * PAGE);
	assert_int_equal(fake_find("/dev/dma_heap/system")->allocations, 1);
	drop();

	make(5000);
	assert_int_equal(load(NULL, 0, 0), 0);
	assert_int_equal(dmaload_buffer_size(buffer), 16 << 20);
	check(0, 5000);
	drop();
}

/* The limit is for the bytes of the stream and for the memory. */
static void never_more_than_the_limit(void **state)
{
	static const uint64_t limits[] = { 1, PAGE, PAGE + 1, 3 * PAGE, 50000 };
	uint64_t limit;
	size_t i;

	(void)state;
	for (i = 0; i < 3 * 5; i++) {
		limit = limits[i / 3];
		make(limit + i % 3 - (limit > 1));
		if (i % 3 == 2 || (limit == 1 && i % 3 == 1)) {
			check_refusal(load(NULL, PAGE, limit), -EFBIG,
				      "more bytes than the limit");
			drop();
			continue;
		}
		if (load(NULL, PAGE, limit) != 0)
			fail_msg("%s", scene.err.message);
		check(0, scene.node->size);
		assert_true(dmaload_buffer_size(buffer) < limit + PAGE);
		drop();
	}
	/* The hint is limited, too. */
	make(5000);
	assert_int_equal(load(NULL, 1 << 20, 5000), 0);
	check(0, 5000);
	assert_int_equal(dmaload_buffer_size(buffer), 2 * PAGE);
	drop();
}

static void begins_where_the_stream_stands(void **state)
{
	struct dmaload_range range;

	(void)state;
	make(60000);
	scene_add_buffer(&scene, "memfd", 1 << 16);
	range = scene_range(&scene, 0, 100, 0, 0, 20000);
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(load(NULL, PAGE, 0), 0);
	check(20100, 39900);
	/* Now the stream is at its end. */
	dmaload_buffer_destroy(buffer);
	buffer = untouched;
	length = 77;
	scene_check_failure(&scene, load(NULL, PAGE, 0), -ENODATA, "was empty");
	assert_ptr_equal(buffer, untouched);
	assert_int_equal(length, 77);
	drop();
}

static void arguments_are_checked(void **state)
{
	struct dmaload_file *file;

	(void)state;
	make(5000);
	file = scene.file;
	scene_add_file(&scene, 5000, 0);
	scene.file = scene.files[1];
	check_refusal(load(NULL, 0, 0), -EINVAL, "is not a stream");
	scene.file = file;
	assert_int_equal(dmaload_load_stream(&buffer, &length, NULL,
					     scene.files[1], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_load_stream(NULL, &length, scene.ctx, file,
					     NULL, 0, 0, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_load_stream(&buffer, NULL, scene.ctx, file,
					     NULL, 0, 0, NULL, NULL, NULL),
			 -EINVAL);
	scene.options.reserved = 1;
	check_refusal(load(NULL, PAGE, 0), -EINVAL, "reserved");
	assert_int_equal(scene.node->came, 0);
	drop();
}

/* Loads that fail. Nothing of the old buffer, nor of the new one, is left. */
static const struct failure {
	const char *name;
	uint64_t size;
	const char *source;
	uint64_t hint;
	struct row_failure fails;
	const char *meminfo;
	unsigned stalls;
	int code;
	const char *message;
	/* Bytes that came, at least. */
	uint64_t came;
} failures[] = {
	{ "no such source", 5000, "heap:none", PAGE, .code = -ENODEV,
	  .message = "none" },
	{ "the stream is empty", 0, NULL, PAGE, .code = -ENODATA,
	  .message = "was empty" },
	{ "no memory for the first buffer", 100000, NULL, PAGE,
	  { FAKE_HEAP_ALLOC, 1, 1, -ENOMEM }, .code = -ENOMEM,
	  .message = "did not allocate 4096" },
	{ "no memory for the third buffer", 100000, NULL, PAGE,
	  { FAKE_HEAP_ALLOC, 3, 1, -ENOMEM }, .code = -ENOMEM,
	  .message = "out of memory after 8193 bytes", .came = 8193 },
	{ "the machine has too little memory", 100000, NULL, 2 * PAGE,
	  .meminfo = "MemAvailable: 16 kB\n", .code = -ENOMEM,
	  .message = "for a buffer of 32768", .came = 2 * PAGE + 1 },
	{ "the stream fails", 50000, NULL, PAGE,
	  { FAKE_READ_STREAM, 20, 1, -ECONNRESET }, .code = -ECONNRESET,
	  .message = "cannot read ", .came = 10001 },
	{ "the deadline passes", 50000, NULL, PAGE, .stalls = 100,
	  .code = -ETIME, .message = "deadline" },
};

static void loads_that_fail(void **state)
{
	const struct failure *row = *state;

	make(row->size);
	scene.node->comes_most = 1000;
	scene.node->stalls = row->stalls;
	if (row->stalls)
		scene.options.deadline_ns = sys_now() + 10000000;
	if (row->meminfo)
		fake.meminfo = row->meminfo;
	row_fail(&row->fails);
	check_refusal(load(row->source, row->hint, 0), row->code, row->message);
	assert_true(scene.node->came >= row->came);
	assert_int_equal(scene.report.bytes_streamed, scene.node->came);
	drop();
}

/* Each SYNC fails in turn: of a load, or of a copy to the next buffer. */
static void syncs_that_fail(void **state)
{
	unsigned n = 0;
	int r = -1;

	(void)state;
	while (r != 0) {
		make(20000);
		fake_fail_calls(FAKE_SYNC, ++n, 1, -ENOMEM);
		r = load(NULL, PAGE, 0);
		if (r == 0)
			check(0, 20000);
		else
			check_refusal(r, -ENOMEM, "DMA_BUF_IOCTL_SYNC");
		drop();
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
	/* The range is complete only when the stream has ended. */
	assert_int_equal(how->ranges_done, 0);
	assert_int_equal(how->ranges_total, 1);
	seen->done = how->bytes_done;
	seen->calls++;
	return 0;
}

/* The loads that it takes count as one. */
static void progress_never_goes_back(void **state)
{
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		seen = (struct seen){ .calls = 0 };
		make(sizes[i]);
		scene.node->comes_most = 1000;
		scene.node->stalls = 1;
		scene.options.progress = on_progress;
		scene.options.progress_data = &seen;
		assert_int_equal(load(NULL, PAGE, 0), 0);
		check(0, sizes[i]);
		assert_int_equal(seen.done, sizes[i]);
		assert_true(seen.calls > sizes[i] / 1000);
		drop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(doubles_until_it_fits),
		SCENE_TEST(a_hint_that_is_enough),
		SCENE_TEST(never_more_than_the_limit),
		SCENE_TEST(begins_where_the_stream_stands),
		SCENE_TEST(arguments_are_checked),
		SCENE_TEST(syncs_that_fail),
		SCENE_TEST(progress_never_goes_back),
	};

	return ROWS_RUN("stream_load, failures", loads_that_fail, failures) +
	       cmocka_run_group_tests_name("stream_load", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Loads of a stream of unknown length that fail: they return no buffer. */
#include <errno.h>

#include "growing.h"
#include "rows.h"

#define PAGE FAKE_PAGE

static struct growing growing;

static void arguments_are_checked(void **state)
{
	struct scene *scene = &growing.scene;
	struct dmaload_file *stream;
	uint64_t *length = &growing.length;

	(void)state;
	growing_make(&growing, 5000);
	stream = scene->file;
	scene_add_file(scene, 5000, 0);
	scene->file = scene->files[1];
	growing_refuse(&growing, growing_load(&growing, NULL, 0, 0), -EINVAL,
		       "is not a stream");
	assert_int_equal(dmaload_load_stream(&growing.buffer, length, NULL,
					     scene->files[1], NULL, 0, 0, NULL,
					     NULL, NULL), -EINVAL);
	scene->file = stream;
	assert_int_equal(dmaload_load_stream(NULL, length, scene->ctx, stream,
					     NULL, 0, 0, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_load_stream(&growing.buffer, NULL, scene->ctx,
					     stream, NULL, 0, 0, NULL, NULL,
					     NULL), -EINVAL);
	scene->options.reserved = 1;
	growing_refuse(&growing, growing_load(&growing, NULL, PAGE, 0), -EINVAL,
		       "reserved");
	assert_int_equal(scene->node->came, 0);
	growing_drop(&growing);
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

	growing_make(&growing, row->size);
	growing.scene.node->comes_most = 1000;
	growing.scene.node->stalls = row->stalls;
	if (row->stalls)
		growing.scene.options.deadline_ns = sys_now() + 10000000;
	if (row->meminfo)
		fake.meminfo = row->meminfo;
	row_fail(&row->fails);
	growing_refuse(&growing,
		       growing_load(&growing, row->source, row->hint, 0),
		       row->code, row->message);
	assert_true(growing.scene.node->came >= row->came);
	assert_int_equal(growing.scene.report.bytes_streamed,
			 growing.scene.node->came);
	growing_drop(&growing);
}

/* Each SYNC fails in turn: of a load, or of a copy to the next buffer. */
static void syncs_that_fail(void **state)
{
	unsigned n = 0;
	int r = -1;

	(void)state;
	while (r != 0) {
		growing_make(&growing, 20000);
		fake_fail_calls(FAKE_SYNC, ++n, 1, -ENOMEM);
		r = growing_load(&growing, NULL, PAGE, 0);
		if (r == 0)
			growing_check(&growing, 0, 20000);
		else
			growing_refuse(&growing, r, -ENOMEM, "DMA_BUF_IOCTL_SYNC");
		growing_drop(&growing);
	}
	/* Four buffers that are filled, and three times four to copy. */
	assert_int_equal(n - 1, 4 * 2 + 3 * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(arguments_are_checked),
		SCENE_TEST(syncs_that_fail),
	};

	return ROWS_RUN("stream_load, failures", loads_that_fail, failures) +
	       cmocka_run_group_tests_name("stream_load_errors", tests, NULL,
					   NULL);
}

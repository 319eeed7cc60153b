/* SPDX-License-Identifier: MIT */
/* Load a stream of unknown length into a buffer that is made for it. */
#include <errno.h>

#include "growing.h"

#define PAGE FAKE_PAGE

static struct growing growing;

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
		growing_make(&growing, sizes[i / 2]);
		growing.scene.node->comes_most = i % 3 * 1111;
		if (growing_load(&growing, sources[i % 2], PAGE, 0) != 0)
			fail_msg("%s", growing.scene.err.message);
		growing_check(&growing, 0, sizes[i / 2]);
		for (room = PAGE; room < sizes[i / 2]; room *= 2)
			;
		assert_int_equal(dmaload_buffer_size(growing.buffer), room);
		/* The last two are mapped while one is copied to the other. */
		assert_int_equal(fake_mapped_max(),
				 room > PAGE ? room + room / 2 : PAGE);
		assert_string_equal(dmaload_buffer_source(growing.buffer),
				    sources[i % 2]);
		growing_drop(&growing);
	}
}

static void a_hint_that_is_enough(void **state)
{
	(void)state;
	growing_make(&growing, 100000);
	assert_int_equal(growing_load(&growing, NULL, 100000, 0), 0);
	growing_check(&growing, 0, 100000);
	assert_int_equal(dmaload_buffer_size(growing.buffer), 25 * PAGE);
	assert_int_equal(fake_find("/dev/dma_heap/system")->allocations, 1);
	growing_drop(&growing);

	growing_make(&growing, 5000);
	assert_int_equal(growing_load(&growing, NULL, 0, 0), 0);
	assert_int_equal(dmaload_buffer_size(growing.buffer), 16 << 20);
	growing_check(&growing, 0, 5000);
	growing_drop(&growing);
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
		growing_make(&growing, limit + i % 3 - (limit > 1));
		if (i % 3 == 2 || (limit == 1 && i % 3 == 1)) {
			growing_refuse(&growing,
				       growing_load(&growing, NULL, PAGE, limit),
				       -EFBIG, "more bytes than the limit");
			growing_drop(&growing);
			continue;
		}
		if (growing_load(&growing, NULL, PAGE, limit) != 0)
			fail_msg("%s", growing.scene.err.message);
		growing_check(&growing, 0, growing.scene.node->size);
		assert_true(dmaload_buffer_size(growing.buffer) < limit + PAGE);
		growing_drop(&growing);
	}
	/* The hint is limited, too. */
	growing_make(&growing, 5000);
	assert_int_equal(growing_load(&growing, NULL, 1 << 20, 5000), 0);
	growing_check(&growing, 0, 5000);
	assert_int_equal(dmaload_buffer_size(growing.buffer), 2 * PAGE);
	growing_drop(&growing);
}

static void begins_where_the_stream_stands(void **state)
{
	struct dmaload_range range;

	(void)state;
	growing_make(&growing, 60000);
	scene_add_buffer(&growing.scene, "memfd", 1 << 16);
	range = scene_range(&growing.scene, 0, 100, 0, 0, 20000);
	scene_expect_load(&growing.scene, &range, 1);
	assert_int_equal(growing_load(&growing, NULL, PAGE, 0), 0);
	growing_check(&growing, 20100, 39900);
	/* Now the stream is at its end. */
	dmaload_buffer_destroy(growing.buffer);
	growing.buffer = GROWING_NO_BUFFER;
	growing.length = GROWING_NO_LENGTH;
	scene_check_failure(&growing.scene,
			    growing_load(&growing, NULL, PAGE, 0), -ENODATA,
			    "was empty");
	assert_ptr_equal(growing.buffer, GROWING_NO_BUFFER);
	assert_int_equal(growing.length, GROWING_NO_LENGTH);
	growing_drop(&growing);
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
		growing_make(&growing, sizes[i]);
		growing.scene.node->comes_most = 1000;
		growing.scene.node->stalls = 1;
		growing.scene.options.progress = on_progress;
		growing.scene.options.progress_data = &seen;
		assert_int_equal(growing_load(&growing, NULL, PAGE, 0), 0);
		growing_check(&growing, 0, sizes[i]);
		assert_int_equal(seen.done, sizes[i]);
		assert_true(seen.calls > sizes[i] / 1000);
		growing_drop(&growing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(doubles_until_it_fits),
		SCENE_TEST(a_hint_that_is_enough),
		SCENE_TEST(never_more_than_the_limit),
		SCENE_TEST(begins_where_the_stream_stands),
		SCENE_TEST(progress_never_goes_back),
	};

	return cmocka_run_group_tests_name("stream_load", tests, NULL, NULL);
}

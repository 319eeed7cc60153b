/* SPDX-License-Identifier: MIT */
/*
 * Sizes, offsets and counts of 64 bits, on any machine. Where a size_t or an off_t is
 * too small for one, it is refused, never truncated. No sum of them wraps.
 */
#include <dmaload/spread.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "buffers.h"
#include "scene.h"
#include "file/file.h"

#define GIB ((uint64_t)1 << 30)
#define UNTOUCHED ((void *)0x1)

static const bool narrow = sizeof(size_t) == 4;

/* Modulo 2^32, the numbers of buffers are 0, 1 or small. */
static void a_spread_of_too_many_is_refused(void **state)
{
	static const struct {
		uint64_t count;
		const char *says;
	} spreads[] = {
		{ UINT64_C(1) << 32, "4294967296 buffers of at most 4096" },
		{ (UINT64_C(1) << 32) + 1, "4294967297 buffers" },
		{ (UINT64_C(1) << 32) + 4096, "4294971392 buffers" },
		{ (UINT64_C(1) << 51) - 1, "2251799813685247 buffers" },
	};
	struct dmaload_spread *spread = UNTOUCHED;
	struct dmaload_error err;
	struct scene scene;
	size_t i;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_stream(&scene, FAKE_PIPE, 1000);
	for (i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++) {
		assert_int_equal(dmaload_spread_create(&spread, "memfd",
			scene.files[0], 0, spreads[i].count * 4096, 4096, &err),
			-E2BIG);
		if (!strstr(err.message, spreads[i].says))
			fail_msg("%s", err.message);
		assert_ptr_equal(spread, UNTOUCHED);
	}
	/* Few enough, but together too many bytes. */
	assert_int_equal(dmaload_spread_create(&spread, "memfd", scene.files[0],
					       0, 4 * GIB + 4096, GIB, &err),
			 narrow ? -EOVERFLOW : -ENOMEM);
	assert_ptr_equal(spread, UNTOUCHED);
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	scene_drop(&scene);
}

/* 32 bits cannot map it. 64 bits can, but the machine has less memory. */
static void refuse_size(const char *source, uint64_t size)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err;
	int code = -ENOMEM;

	if (size > INT64_MAX - (FAKE_PAGE - 1) ||
	    (narrow && size > UINT32_MAX - (FAKE_PAGE - 1)))
		code = -EOVERFLOW;
	assert_int_equal(dmaload_buffer_create(&buffer, source, size, &err), code);
	assert_int_equal(err.code, code);
	assert_ptr_equal(buffer, UNTOUCHED);
	assert_int_equal(fake_mapped_max(), 0);
}

static void a_buffer_is_not_truncated(void **state)
{
	static const char *const sources[] = {
		"memfd", "system", "udmabuf", "udmabuf:2M",
	};
	static const uint64_t sizes[] = {
		2 * GIB, 4 * GIB - 4096, 4 * GIB - 1, 4 * GIB, 4 * GIB + 1,
		4 * GIB + 4096, 4 * GIB + (2 << 20), 8 * GIB + 4096,
		(uint64_t)1 << 44, INT64_MAX - 4095, INT64_MAX, UINT64_MAX,
	};
	const struct fake_node *heap = fake_find("/dev/dma_heap/system");
	size_t i, k;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "9223372036854775807\n";
	/* A truncated size would succeed. */
	fake.hugetlb = narrow;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			if (narrow || i < 3 || sizes[k] > INT64_MAX - 4096)
				refuse_size(sources[i], sizes[k]);
	assert_int_equal(heap->allocations, 0);
}

static void a_foreign_buffer_is_not_truncated(void **state)
{
	struct fake_node *node = fake_add(FAKE_DMABUF, "", 8192);
	struct dmaload_buffer *buffer = UNTOUCHED;
	const int fd = fake_open(node, O_RDWR);
	struct dmaload_error err;

	(void)state;
	node->size = 4 * GIB + 8192;
	assert_int_equal(dmaload_buffer_from_fd(&buffer, fd, &err),
			 narrow ? -EOVERFLOW : 0);
	if (narrow) {
		assert_ptr_equal(buffer, UNTOUCHED);
		check_says(err.message, "4294975488 bytes");
	} else {
		assert_int_equal(dmaload_buffer_size(buffer), 4 * GIB + 8192);
		dmaload_buffer_destroy(buffer);
	}
	node->size = 8192;
	fake_close(fd);
}

static void a_hint_is_not_truncated(void **state)
{
	static const uint64_t hints[] = {
		4 * GIB, 4 * GIB + 4096, INT64_MAX, UINT64_MAX,
	};
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct scene scene;
	uint64_t length;
	size_t i;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_stream(&scene, FAKE_PIPE, 1000);
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		scene_prepare(&scene);
		assert_int_equal(dmaload_load_stream(&buffer, &length, scene.ctx,
				 scene.files[0], "memfd", hints[i], 0, NULL,
				 &scene.report, &scene.err),
				 narrow || hints[i] >= INT64_MAX ? -EOVERFLOW :
				 -ENOMEM);
	}
	assert_ptr_equal(buffer, UNTOUCHED);
	scene_drop(&scene);
}

static void refuse_offset(struct scene *scene, enum dmaload_operation operation,
			  uint64_t offset, uint64_t length)
{
	const struct dmaload_range range = scene_range(scene, 0, offset, 0, 0,
						       length);
	struct dmaload_job *job = UNTOUCHED;

	scene_prepare(scene);
	fake_count_anew();
	scene_check_failure(scene,
			    operation == DMALOAD_STORE ?
			    dmaload_store(scene->ctx, &range, 1, NULL,
					  &scene->report, &scene->err) :
			    dmaload_load(scene->ctx, &range, 1, NULL,
					 &scene->report, &scene->err),
			    -EOVERFLOW, "exceed");
	assert_int_equal(dmaload_submit(&job, scene->ctx, operation, &range, 1,
					NULL, NULL), -EOVERFLOW);
	assert_ptr_equal(job, UNTOUCHED);
	/* The context's process is checked, and nothing else is done. */
	assert_string_equal(fake_counts(), "pid 2");
}

static void beyond_the_largest_offset(void **state)
{
	static const struct {
		uint64_t offset, length;
	} places[] = {
		{ INT64_MAX, 1 }, { INT64_MAX - 4095, 4097 },
		{ (uint64_t)INT64_MAX + 1, 1 }, { UINT64_C(1) << 63, 4096 },
		{ (UINT64_C(1) << 63) + 12345, 5000 },
		{ UINT64_MAX - 4096, 4096 }, { UINT64_MAX - 1, 1 },
		{ UINT64_MAX, 1 }, { UINT64_MAX - 10, 5 },
	};
	struct scene scene;
	size_t i;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 5000, 0);
	scene_add_buffer(&scene, "memfd", 8192);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		refuse_offset(&scene, DMALOAD_STORE, places[i].offset,
			      places[i].length);
	assert_int_equal(scene.nodes[0]->size, 5000);
	scene_drop(&scene);

	scene_make_empty(&scene, 0, 0);
	scene_add_stream(&scene, FAKE_PIPE, 1000);
	scene_add_buffer(&scene, "memfd", 8192);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		refuse_offset(&scene, DMALOAD_LOAD, places[i].offset,
			      places[i].length);
	refuse_offset(&scene, DMALOAD_LOAD, INT64_MAX - 8000, DMALOAD_TO_END);
	scene_drop(&scene);
}

/* Each length fits its file and its buffer. */
static void lengths_that_add_up_to_more(void **state)
{
	struct dmaload_range ranges[3];
	struct dmaload_buffer *buffer;
	struct scene scene;
	char memory[64];
	unsigned i;

	(void)state;
	if (narrow)
		return;
	scene_make_empty(&scene, 0, 0);
	assert_int_equal(dmaload_buffer_from_memory(&buffer, memory, INT64_MAX,
						    NULL), 0);
	for (i = 0; i < 3; i++) {
		scene_add_file(&scene, 1000, 0);
		ranges[i] = (struct dmaload_range){
			.file = scene.files[i],
			.buffer = buffer,
			.length = INT64_MAX,
		};
	}
	scene_prepare(&scene);
	scene_check_failure(&scene, dmaload_store(scene.ctx, ranges, 3, NULL,
						  &scene.report, &scene.err),
			    -EOVERFLOW, "3 ranges together exceed 64 bits");
	dmaload_buffer_destroy(buffer);
	scene_drop(&scene);
}

/* Another thread's store may shorten it while a request is checked. */
static void a_file_that_has_become_smaller(void **state)
{
	struct dmaload_error err;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	assert_int_equal(file_check_end(scene.file, 99999, 1, &err), 0);
	assert_int_equal(file_check_end(scene.file, 100000, 1, &err), -ERANGE);
	assert_int_equal(file_check_end(scene.file, 100001, 1, &err), -ERANGE);
	assert_int_equal(file_check_end(scene.file, UINT64_MAX, 1, &err),
			 -ERANGE);
	scene_drop(&scene);
}

static void a_limit_is_not_truncated(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} limits[] = {
		{ "0\n", 0 }, { "-1\n", 0 }, { "64\n", 64 << 20 },
		{ "4096\n", 4 * GIB }, { "4097\n", 4 * GIB + (1 << 20) },
		{ "2147483646\n", (uint64_t)(INT32_MAX - 1) << 20 },
		{ "2147483647\n", UINT64_MAX },
		{ "2147483648\n", UINT64_C(2147483648) << 20 },
		{ "8796093022207\n", UINT64_C(8796093022207) << 20 },
		{ "8796093022208\n", UINT64_MAX },
		{ "17592186044416\n", UINT64_MAX },
		{ "9223372036854775807\n", UINT64_MAX },
	};
	struct listed udmabuf;
	size_t i;

	(void)state;
	fake_add_udmabuf();
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		fake.udmabuf_limit = limits[i].text;
		find_source(&udmabuf, "udmabuf", 1);
		assert_int_equal(udmabuf.max_bytes, limits[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_spread_of_too_many_is_refused),
		SCENE_TEST(a_buffer_is_not_truncated),
		SCENE_TEST(a_foreign_buffer_is_not_truncated),
		SCENE_TEST(a_hint_is_not_truncated),
		SCENE_TEST(beyond_the_largest_offset),
		SCENE_TEST(lengths_that_add_up_to_more),
		SCENE_TEST(a_file_that_has_become_smaller),
		SCENE_TEST(a_limit_is_not_truncated),
	};

	return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}

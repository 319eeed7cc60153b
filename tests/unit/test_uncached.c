/* SPDX-License-Identifier: MIT */
/* Heaps that are uncached, by their names: the library reads them, never the kernel, and says so. */
#include <stdatomic.h>
#include <stdio.h>

#include "io/copy.h"
#include "stored.h"

#define SIZE 131072u
#define NOTE "is uncached, by its name"

static atomic_ulong bytes_read;

void __real_copy_in(void *to, const void *buffer, size_t length);
void __wrap_copy_in(void *to, const void *buffer, size_t length);

void __wrap_copy_in(void *to, const void *buffer, size_t length)
{
	bytes_read += length;
	__real_copy_in(to, buffer, length);
}

static void make(struct scene *scene, const char *heap, uint32_t paths)
{
	char path[64];

	fake_reset();
	fake_add_heap(heap);
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	fake_find(path)->pfnmap = true;
	scene_make_empty(scene, 0, 0);
	scene_add_file(scene, SIZE, 0);
	scene_add_buffer(scene, heap, SIZE);
	scene->options.paths = paths;
}

/* Whole pages, ends that are none, and many ranges of less than a page. */
static void a_store_reads_each_byte_once(void **state)
{
	static const uint32_t paths[] = { DMALOAD_ALLOW_BUFFERED, DMALOAD_ALLOW_BOUNCE, 0 };
	static const char *const heaps[] = { "system-uncached", "cma-uncached", "vendor" };
	struct dmaload_range ranges[100];
	struct scene scene;
	unsigned i, n, counts[] = { 1, 1, 100 };

	(void)state;
	for (i = 0; i < 27; i++) {
		make(&scene, heaps[i % 3], paths[i / 3 % 3]);
		ranges[0] = scene_range(&scene, 0, 0, 0, 0, SIZE);
		if (i / 9 == 1)
			ranges[0] = scene_range(&scene, 0, 100, 0, 100, SIZE - 200);
		for (n = 0; i / 9 == 2 && n < 100; n++)
			ranges[n] = scene_range(&scene, 0, n * 1300, 0, n * 1300 + 7, 1200);
		bytes_read = 0;
		stored_all(&scene, ranges, counts[i / 9]);
		/* The kernel reads another heap on the buffered path. */
		if (i % 3 < 2) {
			assert_int_equal(bytes_read, scene.report.bytes_total);
			check_says(scene.report.buffer_pages_note, heaps[i % 3]);
			check_says(scene.report.buffer_pages_note, NOTE);
		} else {
			assert_string_equal(scene.report.buffer_pages_note, "");
		}
		stored_finish();
		scene_drop(&scene);
	}
}

static void a_load_says_it(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	make(&scene, "system-uncached-dma32", 0);
	range = scene_range(&scene, 0, 0, 0, 0, SIZE);
	bytes_read = 0;
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(bytes_read, 0);
	check_says(scene.report.buffer_pages_note, "system-uncached-dma32 " NOTE);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_store_reads_each_byte_once),
		SCENE_TEST(a_load_says_it),
	};

	return cmocka_run_group_tests_name("uncached", tests, NULL, NULL);
}

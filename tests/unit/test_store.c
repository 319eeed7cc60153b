/* SPDX-License-Identifier: MIT */
/* Stores on each path, where nothing goes wrong. */
#include <errno.h>
#include <fcntl.h>

#include "stored.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t file_offsets[] = { 0, 1, 511, 512, 4096, 5000, 12000 };
static const uint64_t buffer_offsets[] = { 0, 1, 512, 4096, 5000 };
static const uint64_t lengths[] = { 1, 500, 512, 1500, 4096, 8192, 40961 };
static const uint64_t sizes[] = { 0, 10000, 12288, 70000 };

static void shuffle(unsigned i)
{
	fake.order = (enum fake_order)(i % 3);
	fake.seed = i + 1;
	fake.batch = 1 + i % 4;
	fake.submit_most = i % 5 == 4 ? 2 : 0;
	fake.read_most = i % 7 == 6 ? 300 : 0;
}

static void check_path(const struct scene *scene, enum dmaload_path path)
{
	const struct dmaload_report *report = &scene->report;

	/* Only what is not whole goes through the page cache. */
	if (path != DMALOAD_PATH_BUFFERED)
		assert_true(report->bytes_buffered <= 2 * 4096);
	else
		assert_int_equal(report->bytes_buffered, report->bytes_total);
	if (path == DMALOAD_PATH_BOUNCE)
		assert_int_equal(report->bytes_direct, 0);
	assert_int_equal(report->brackets, 1);
}

static void store_grid(const char *kind, enum dmaload_path path, uint32_t block,
		       uint32_t depth)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i = 0;
	size_t f, b, l;

	scene_make_empty(&scene, 0, depth);
	scene_add_file(&scene, 100, block);
	scene_add_buffer(&scene, kind, 64 << 10);
	scene.options.paths = 1u << path;
	if (path == DMALOAD_PATH_DIRECT)
		scene.options.paths |= DMALOAD_ALLOW_BOUNCE;
	for (f = 0; f < COUNT(file_offsets); f++)
		for (b = 0; b < COUNT(buffer_offsets); b++)
			for (l = 0; l < COUNT(lengths); l++, i++) {
				shuffle(i);
				stored_renew(&scene, 0, sizes[i % 4],
					     i % 3 ? random_below(1 << 20) : 0);
				scene.nodes[0]->no_allocate = i % 9 == 8;
				range = scene_range(&scene, 0, file_offsets[f],
						    0, buffer_offsets[b],
						    lengths[l]);
				stored_all(&scene, &range, 1);
				check_path(&scene, path);
			}
	stored_finish();
	scene_drop(&scene);
}

static void direct_stores_any_range(void **state)
{
	(void)state;
	store_grid("memfd", DMALOAD_PATH_DIRECT, 512, 4);
	store_grid("foreign", DMALOAD_PATH_DIRECT, 4096, 7);
	store_grid("read-only", DMALOAD_PATH_DIRECT, 512, 1);
}

static void bounce_stores_any_range(void **state)
{
	(void)state;
	store_grid("pfnmap", DMALOAD_PATH_BOUNCE, 512, 4);
	store_grid("pfnmap", DMALOAD_PATH_BOUNCE, 4096, 1);
	store_grid("memory", DMALOAD_PATH_BOUNCE, 512, 64);
}

static void buffered_stores_any_range(void **state)
{
	(void)state;
	store_grid("pfnmap", DMALOAD_PATH_BUFFERED, 512, 4);
	store_grid("memory", DMALOAD_PATH_BUFFERED, 512, 1);
}

/* Many ranges, whose ends share pages, from two buffers into two files. */
static void random_ranges(void **state)
{
	struct dmaload_range ranges[20];
	struct scene scene;
	uint64_t at[2];
	unsigned i, f, b;
	size_t n;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 100, 0);
	scene_add_file(&scene, 100, 0);
	scene_add_buffer(&scene, "memfd", 64 << 10);
	scene_add_buffer(&scene, "pfnmap", 64 << 10);
	for (i = 0; i < 300; i++) {
		shuffle(i);
		scene.nodes[1]->direct_error = i % 4 == 3 ? -EINVAL : 0;
		scene.options.paths = i % 5 ? 0 :
			DMALOAD_ALLOW_BUFFERED;
		for (f = 0; f < 2; f++) {
			stored_renew(&scene, f, random_below(50000),
				     random_below(1 << 20));
			at[f] = random_below(3000);
		}
		for (n = 0; n < 20; n++) {
			const uint64_t length = 1 + random_below(
				random_below(3) ? 1500 : 15000);

			f = (unsigned)random_below(2);
			b = (unsigned)random_below(2);
			ranges[n] = scene_range(&scene, f, at[f], b,
						random_below(2) ? at[f] % 4096 :
						random_below(40000), length);
			ranges[n].priority = (uint32_t)random_below(2);
			at[f] += length + (random_below(2) ? 0 :
					   random_below(900));
		}
		stored_all(&scene, ranges, n);
	}
	stored_finish();
	scene_drop(&scene);
}

static void a_new_file(void **state)
{
	struct dmaload_range range;
	struct dmaload_file *file;
	struct scene scene;
	uint32_t path;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_buffer(&scene, "pfnmap", 20480);
	for (path = 1; path < 3; path++) {
		const char *name = path == 1 ? "/data/new" : "/data/other";

		scene.options.paths = 1u << path;
		assert_int_equal(dmaload_file_create(&file, name, 1, NULL), 0);
		assert_int_equal(dmaload_file_size(file), 0);
		scene.files[path - 1] = file;
		scene.nodes[path - 1] = fake_find(name);
		scene.n_files = path;
		/* Nothing is there to be loaded. */
		range = scene_range(&scene, path - 1, 0, 0, 0, DMALOAD_TO_END);
		scene_expect_failure(&scene, &range, 1, -ERANGE, "has 0 bytes");
		range.buffer_offset = 1;
		stored_all(&scene, &range, 1);
		assert_int_equal(scene.nodes[path - 1]->size, 20479);
		/* And now all of it. */
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(dmaload_file_create(&file, name, 1,
						     &scene.err), -EEXIST);
	}
	stored_finish();
	scene_drop(&scene);
}

/* Each file is made durable once, and only if it is asked for. */
static void durable_if_asked_for(void **state)
{
	struct dmaload_range ranges[3];
	struct scene scene;
	uint32_t path;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 30000, 0);
	scene_add_file(&scene, 30000, 0);
	scene_add_file(&scene, 30000, 0);
	scene_add_buffer(&scene, "memfd", 64 << 10);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 4096);
	ranges[1] = scene_range(&scene, 1, 700, 0, 700, 10000);
	ranges[2] = scene_range(&scene, 0, 20000, 0, 20000, 20000);
	for (path = 0; path < 3; path++) {
		scene.options.paths = 1u << path;
		scene.options.flags = DMALOAD_DURABLE;
		stored_all(&scene, ranges, 3);
		assert_int_equal(scene.nodes[0]->fsyncs, path + 1);
		assert_int_equal(scene.nodes[1]->fsyncs, path + 1);
		assert_int_equal(scene.nodes[2]->fsyncs, 0);
		scene.options.flags = 0;
		stored_all(&scene, ranges, 3);
		assert_int_equal(scene.nodes[0]->fsyncs, path + 1);
	}
	stored_finish();
	scene_drop(&scene);
}

/* A comparison after a store finds the same bytes. */
static void verified_after_it(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;
	uint32_t path;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 100, 0);
	scene_add_buffer(&scene, "pfnmap", 64 << 10);
	for (path = 1; path < 3; path++) {
		stored_renew(&scene, 0, 100, 0);
		scene.options.paths = 1u << path;
		ranges[0] = scene_range(&scene, 0, 50, 0, 3, 30000);
		ranges[1] = scene_range(&scene, 0, 31000, 0, 40000, 777);
		stored_all(&scene, ranges, 2);
		assert_int_equal(dmaload_verify(scene.ctx, ranges, 2,
						&scene.options, NULL, NULL), 0);
		scene.nodes[0]->bytes[31776] ^= 4;
		scene_check_failure(&scene, dmaload_verify(scene.ctx, ranges, 2,
				    &scene.options, NULL, &scene.err), -EBADMSG,
				    "byte 31776 of the file");
	}
	stored_finish();
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(direct_stores_any_range),
		SCENE_TEST(bounce_stores_any_range),
		SCENE_TEST(buffered_stores_any_range),
		SCENE_TEST(random_ranges),
		SCENE_TEST(a_new_file),
		SCENE_TEST(durable_if_asked_for),
		SCENE_TEST(verified_after_it),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Priorities: in their order, and seen by devices before they are announced. */
#include <errno.h>
#include <string.h>

#include "scene.h"

#define LEVELS 4

static const char *const kinds[] = { "pfnmap", "foreign", "heap" };

/* A range of each priority in each buffer, and one buffer of the last alone. */
static size_t make(struct scene *scene, struct dmaload_range *ranges,
		   uint32_t paths)
{
	uint32_t level, b;
	size_t n = 0;

	scene_make_empty(scene, 4096, 4);
	scene_add_file(scene, 200000, 0);
	scene_add_file(scene, 200000, 0)->direct_error = -EINVAL;
	for (b = 0; b < 3; b++)
		scene_add_buffer(scene, kinds[b], 64 << 10);
	scene_add_buffer(scene, "foreign", 64 << 10);
	scene->options.paths = paths;
	/* Named backwards, and with gaps between the priorities. */
	for (level = LEVELS; level-- > 0;)
		for (b = 0; b < 3; b++, n++) {
			ranges[n] = scene_range(scene, n % 4 == 3, 512 + n * 9728,
						b, 512 + level * 9728, 9000 + n);
			ranges[n].priority = level * 7;
		}
	ranges[n] = scene_range(scene, 0, 150000, 3, 77, 9000);
	ranges[n++].priority = (LEVELS - 1) * 7;
	return n;
}

#define RANGES (3 * LEVELS + 1)

struct watched {
	struct scene *scene;
	const struct dmaload_range *ranges;
	size_t count;
	uint64_t seen;
};

/* Announced priorities are complete for a device, and come in order. */
static int watch(const struct dmaload_progress *progress, void *data)
{
	struct watched *watched = data;
	const struct scene *scene = watched->scene;
	const uint64_t level = progress->ranges_done / 3;
	const struct dmaload_range *range;
	unsigned b;
	size_t i;

	assert_true(progress->ranges_done >= watched->seen);
	assert_int_equal(progress->ranges_total, watched->count);
	watched->seen = progress->ranges_done;
	for (i = 0; i < watched->count; i++) {
		range = &watched->ranges[i];
		if (range->priority / 7 >= level)
			continue;
		for (b = 0; scene->buffers[b] != range->buffer; b++)
			;
		/* Each earlier priority has cost it one pair of SYNCs. */
		assert_true(scene->memories[b]->brackets >= level);
		assert_memory_equal(scene->views[b] + range->buffer_offset,
				    scene->nodes[range->file ==
				    scene->files[1]]->bytes +
				    range->file_offset, range->length);
	}
	return 0;
}

static void brackets_for_each_priority(void **state)
{
	static const uint32_t paths[] = {
		0, DMALOAD_ALLOW_BUFFERED,
		DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED,
	};
	struct dmaload_range ranges[RANGES];
	struct watched watched;
	struct scene scene;
	unsigned i, b;
	size_t n;

	(void)state;
	for (i = 0; i < 9; i++) {
		n = make(&scene, ranges, paths[i / 3]);
		fake.order = (enum fake_order)(i % 3);
		fake.batch = 1 + i % 2;
		watched = (struct watched){ &scene, ranges, n, 0 };
		scene.options.progress = watch;
		scene.options.progress_data = &watched;
		scene_expect_load(&scene, ranges, n);
		for (b = 0; b < 3; b++)
			assert_int_equal(scene.memories[b]->brackets, LEVELS);
		/* A buffer with ranges of one priority has one bracket. */
		assert_int_equal(scene.memories[3]->brackets, 1);
		assert_int_equal(scene.report.brackets, 3 * LEVELS + 1);
		assert_int_equal(fake_count(FAKE_SYNC), 2 * (3 * LEVELS + 1));
		/* The last priority is announced by the return. */
		assert_int_equal(watched.seen, 3 * (LEVELS - 1));
		scene_drop(&scene);
		fake_reset();
	}
}

/* A buffer of its own for each priority: nobody waits for its bracket twice. */
static void a_buffer_for_each_priority(void **state)
{
	struct dmaload_range ranges[SCENE_MAX];
	struct scene scene;
	uint32_t i;

	(void)state;
	scene_make_empty(&scene, 4096, 2);
	scene_add_file(&scene, 200000, 0);
	for (i = 0; i < SCENE_MAX; i++) {
		scene_add_buffer(&scene, kinds[i % 3], 16384);
		ranges[i] = scene_range(&scene, 0, i * 20000, i, 0, 16384);
		ranges[i].priority = i;
	}
	scene_expect_load(&scene, ranges, SCENE_MAX);
	for (i = 0; i < SCENE_MAX; i++)
		assert_int_equal(scene.memories[i]->brackets, 1);
	assert_int_equal(fake_count(FAKE_SYNC), 2 * SCENE_MAX);
	scene_drop(&scene);
}

/* Lower priorities first, whatever the places in file and buffer. */
static void reads_are_in_order(void **state)
{
	struct dmaload_range ranges[10];
	struct scene scene;
	unsigned i;

	(void)state;
	scene_make_empty(&scene, 4096, 1);
	scene_add_file(&scene, 100000, 0);
	scene_add_buffer(&scene, "pfnmap", 64 << 10);
	for (i = 0; i < 10; i++) {
		ranges[i] = scene_range(&scene, 0, i * 4096, 0, i * 4096, 4096);
		ranges[i].priority = i * 7 % 10;
	}
	/* Each priority in turn is the last that arrives. */
	for (i = 0; i < 10; i++) {
		size_t r;

		fake_fail_calls(FAKE_READ, i + 1, 1, -EIO);
		assert_int_equal(scene_load_ranges(&scene, ranges, 10), -EIO);
		fake_fail_nothing();
		for (r = 0; r < 10; r++)
			assert_int_equal(memcmp(scene.views[0] + r * 4096,
						scene.nodes[0]->bytes +
						r * 4096, 4096) == 0,
					 ranges[r].priority < i);
	}
	scene_drop(&scene);
}

/* The next reads are announced, whichever way the priorities go. */
static void announced_in_any_order(void **state)
{
	struct dmaload_range ranges[8];
	unsigned round, forward = 0;
	struct scene scene;
	uint32_t i;

	(void)state;
	for (round = 0; round < 2; round++) {
		scene_make_empty(&scene, 4096, 4);
		scene_add_file(&scene, 800000, 0);
		scene_add_buffer(&scene, "pfnmap", 8 * 12288);
		scene.options.paths = DMALOAD_ALLOW_BUFFERED;
		for (i = 0; i < 8; i++) {
			ranges[i] = scene_range(&scene, 0, i * 100000, 0,
						i * 12288, 12288);
			ranges[i].priority = round ? 8 - i : i;
		}
		scene_expect_load(&scene, ranges, 8);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		if (round == 0)
			forward = fake_count(FAKE_FADVISE);
		else
			/* The first chunk, which is not announced, is a whole
			 * page there and parts of two here. */
			assert_int_equal(fake_count(FAKE_FADVISE), forward + 1);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Each SYNC in turn: the load fails, and every bracket is ended. */
static void syncs_that_fail(void **state)
{
	static const int codes[] = { -ENOMEM, -EIO, -EINTR };
	struct dmaload_range ranges[RANGES];
	struct scene scene;
	unsigned i, k;
	size_t n;
	int r;

	(void)state;
	for (k = 0; k < 3; k++)
		for (i = 1; i <= 2 * (3 * LEVELS + 1); i++) {
			n = make(&scene, ranges, 0);
			fake_fail_calls(FAKE_SYNC, i, 1, codes[k]);
			r = scene_load_ranges(&scene, ranges, n);
			fake_fail_nothing();
			if (codes[k] == -EINTR) {
				assert_int_equal(r, 0);
				scene_check_ranges(&scene, ranges, n, true);
			} else {
				scene_check_failure(&scene, r, codes[k],
						    "DMA_BUF_IOCTL_SYNC");
				scene_check_ranges(&scene, ranges, n, false);
			}
			scene_expect_load(&scene, ranges, n);
			scene_drop(&scene);
			fake_reset();
		}
}

/* An error of the disk in any priority: what was announced stays right. */
static void reads_that_fail(void **state)
{
	struct dmaload_range ranges[RANGES];
	struct watched watched;
	struct scene scene;
	unsigned i;
	size_t n;

	(void)state;
	for (i = 1; i <= 30; i++) {
		n = make(&scene, ranges, 0);
		fake.order = FAKE_RANDOM;
		fake.seed = i;
		watched = (struct watched){ &scene, ranges, n, 0 };
		scene.options.progress = watch;
		scene.options.progress_data = &watched;
		fake_fail_calls(i % 5 ? FAKE_READ : FAKE_READ_AT, i % 5 ? i : 3,
				1, -EIO);
		scene_expect_failure(&scene, ranges, n, -EIO, "cannot read ");
		scene_check_ranges(&scene, ranges, n, false);
		fake_fail_nothing();
		watched.seen = 0;
		scene_expect_load(&scene, ranges, n);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Without a bracket it makes no difference but to the order. */
static void stores_and_comparisons(void **state)
{
	struct dmaload_range ranges[RANGES];
	struct scene scene;
	size_t n;

	(void)state;
	n = make(&scene, ranges, 0);
	scene_fill(&scene);
	scene_prepare(&scene);
	if (dmaload_store(scene.ctx, ranges, n, &scene.options, &scene.report,
			  &scene.err) != 0)
		fail_msg("%s", scene.err.message);
	assert_int_equal(scene.report.brackets, 3 * LEVELS + 1);
	assert_int_equal(dmaload_verify(scene.ctx, ranges, n, &scene.options,
					&scene.report, &scene.err), 0);
	assert_int_equal(scene.report.brackets, 3 * LEVELS + 1);
	fake_check_quiet();
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(brackets_for_each_priority),
		SCENE_TEST(a_buffer_for_each_priority),
		SCENE_TEST(reads_are_in_order),
		SCENE_TEST(announced_in_any_order),
		SCENE_TEST(syncs_that_fail),
		SCENE_TEST(reads_that_fail),
		SCENE_TEST(stores_and_comparisons),
	};

	return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}

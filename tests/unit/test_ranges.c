/* SPDX-License-Identifier: MIT */
/* Many ranges in one call, over several files and buffers. */
#include <errno.h>

#include "rows.h"

static void shuffle(unsigned i)
{
	fake.order = (enum fake_order)(i % 3);
	fake.batch = 1 + i % 4;
	fake.submit_most = i % 5 == 4 ? 2 : 0;
	fake.read_most = i % 7 == 6 ? 3000 : 0;
}

/* Ranges that do not overlap in their buffers. Some are neighbours in the file
 * as well. */
static size_t make_ranges(const struct scene *scene,
			  struct dmaload_range *ranges, size_t most)
{
	uint64_t at[SCENE_MAX] = { 0 };
	size_t n = 0, tries;

	for (tries = 0; n < most && tries < 4 * most; tries++) {
		const unsigned f = (unsigned)random_below(scene->n_files);
		const unsigned b = (unsigned)random_below(scene->n_buffers);
		const uint64_t size = scene->nodes[f]->size;
		const struct dmaload_range *last = n > 0 ? &ranges[n - 1] : NULL;
		uint64_t from = random_below(size), length;

		length = 1 + random_below(random_below(4) ? 3000 : 30000);
		if (random_below(3) == 0)
			at[b] += random_below(2000);
		/* Blocks of the file may fall on blocks of the buffer. */
		if (random_below(2))
			from = from / 512 * 512 + at[b] % 512;
		if (last && random_below(4) == 0 &&
		    last->buffer == scene->buffers[b])
			from = last->file_offset + last->length;
		if (from >= size || length > size - from ||
		    at[b] + length > dmaload_buffer_size(scene->buffers[b]))
			continue;
		ranges[n++] = scene_range(scene, f, from, b, at[b], length);
		at[b] += length;
	}
	return n;
}

/* Random sets of ranges, so many, into buffers of these kinds. */
static const struct set {
	const char *name;
	const char *kinds[5];
	uint32_t paths, chunk, depth;
	unsigned rounds;
} sets[] = {
	{ "any path", { "pfnmap", "memfd", "foreign", "memory" }, .rounds = 200 },
	{ "any path, one read at a time",
	  { "pfnmap", "memfd", "foreign", "memory" }, 0, 4096, 1, 100 },
	{ "direct or buffered", { "memfd", "heap" },
	  DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BUFFERED, 16384, 7, 40 },
	{ "bounce or buffered", { "pfnmap", "pfnmap" },
	  DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED, 0, 64, 40 },
	{ "buffered", { "pfnmap", "memfd", "foreign", "memory" },
	  DMALOAD_ALLOW_BUFFERED, .rounds = 40 },
};

static void random_ranges(void **state)
{
	const struct set *row = *state;
	struct dmaload_range ranges[60];
	struct scene scene;
	unsigned i;
	size_t n;

	scene_make_empty(&scene, row->chunk, row->depth);
	scene_add_file(&scene, 70001, 0);
	scene_add_file(&scene, 50000, 4096);
	scene_add_file(&scene, 12288, 512)->direct_error = -EINVAL;
	for (i = 0; row->kinds[i]; i++)
		scene_add_buffer(&scene, row->kinds[i], 96 << 10);
	scene.options.paths = row->paths;
	for (i = 0; i < row->rounds; i++) {
		fake.seed = i + 1;
		shuffle(i);
		n = make_ranges(&scene, ranges, 1 + random_below(60));
		if (i % 2)
			shuffle_ranges(ranges, n);
		scene_expect_load(&scene, ranges, n);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_true(scene.report.extents <= n);
	}
	scene_drop(&scene);
}

struct part {
	unsigned file;
	uint64_t offset;
	unsigned buffer;
	uint64_t at, length;
	uint32_t priority;
};

/* The third has no neighbour in the buffer, the fourth is in another one. */
#define NEIGHBOURS(priority) \
	.size = 100000, .kinds = { "pfnmap", "pfnmap" }, \
	.parts = { { 0, 6000, 0, 7000, 1000, priority }, \
		   { 0, 5000, 0, 6000, 1000, 0 }, \
		   { 0, 7000, 0, 8001, 1000, priority }, \
		   { 0, 8000, 1, 9001, 1000, priority } }
#define THREE_PLACES \
	.size = 100000, .kinds = { "memfd", "foreign" }, .extents = 3, \
	.parts = { { 0, 5120, 0, 512, 20000, 0 }, { 0, 7168, 0, 32768, 20000, 0 }, \
		   { 0, 5120, 1, 0, 20000, 0 } }
#define FOUR_ROUTES \
	.size = 40960, .kinds = { "memfd", "pfnmap" }, .second_refuses = true, \
	.parts = { { 0, 0, 0, 0, 16384, 0 }, { 0, 16384, 1, 0, 24576, 0 }, \
		   { 1, 100, 0, 20000, 1000, 0 }, { 1, 3000, 1, 30000, 2000, 0 } }
#define ONE_FITS_BADLY \
	.size = 100000, .kinds = { "memfd" }, .direct = 16384 + 8192, \
	.bounced = 10000 + 100, .declined = "in 1 of 3 extents", \
	.parts = { { 0, 0, 0, 0, 16384, 0 }, { 0, 20480, 0, 20481, 10000, 0 }, \
		   { 0, 40960, 0, 40960, 8192 + 100, 0 } }
#define TWO_BLOCK_SIZES \
	.size = 50001, .second_size = 70001, .kinds = { "memfd" }, \
	.chunk = 16384, .block = 8192, \
	.parts = { { 0, 100, 0, 100, 30000, 0 }, \
		   { 1, 100, 0, 65536 + 100, 40000, 1 }, \
		   { 0, 30720, 0, 30720, 19281, 2 } }

/* Loads of a few ranges from two files. */
static const struct load {
	const char *name;
	/* The files' size, unless the second one has its own; and its block. */
	uint64_t size, second_size;
	uint32_t block;
	bool second_refuses;
	const char *kinds[3];
	uint32_t paths, chunk, depth;
	struct part parts[4];
	/* The figures, if they are not 0. Why a path declined: direct, and bounce
	 * too if there are buffered bytes; NULL: any. */
	uint64_t extents, brackets, direct, bounced, buffered;
	const char *declined;
	/* Why it fails with EOPNOTSUPP. */
	const char *fails;
} loads[] = {
	{ "neighbours become one", NEIGHBOURS(0), .extents = 3, .brackets = 2 },
	{ "neighbours of two priorities", NEIGHBOURS(1), .extents = 4 },
	{ "each route has its path", FOUR_ROUTES, .direct = 16384,
	  .bounced = 24576, .buffered = 3000, .declined = "part-1.bin" },
	{ "a route has no path", FOUR_ROUTES,
	  .paths = DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BOUNCE,
	  .fails = "part-1.bin cannot be loaded" },
	{ "what does not fit bounces", ONE_FITS_BADLY },
	{ "ends bounce by the direct path alone", ONE_FITS_BADLY,
	  .paths = DMALOAD_ALLOW_DIRECT },
	{ "direct declines if nothing fits", .size = 100000, .kinds = { "memfd" },
	  .parts = { { 0, 20480, 0, 20481, 10000, 0 } },
	  .paths = DMALOAD_ALLOW_DIRECT, .fails = "in 1 of 1 extents" },
	{ "three places, direct", THREE_PLACES, .paths = DMALOAD_ALLOW_DIRECT },
	{ "three places, bounce", THREE_PLACES, .paths = DMALOAD_ALLOW_BOUNCE },
	{ "three places, buffered", THREE_PLACES,
	  .paths = DMALOAD_ALLOW_BUFFERED },
	/* The pool for the ends fits the largest block so far. It cannot be
	 * replaced while reads are in flight. */
	{ "ends of two block sizes, one at a time", TWO_BLOCK_SIZES,
	  .depth = 1, .direct = 72704, .declined = "" },
	{ "ends of two block sizes", TWO_BLOCK_SIZES, .depth = 4, .direct = 48128,
	  .declined = "larger than those of another file" },
};

static size_t make_load(const struct load *row, struct scene *scene,
			struct dmaload_range ranges[4])
{
	struct fake_node *node;
	size_t i, n;

	scene_make_empty(scene, row->chunk, row->depth);
	scene_add_file(scene, row->size, 0);
	node = scene_add_file(scene, row->second_size ? row->second_size :
			      row->size, row->block);
	node->mem_align = node->st.dio_mem_align = 512;
	node->direct_error = row->second_refuses ? -EINVAL : 0;
	for (i = 0; row->kinds[i]; i++)
		scene_add_buffer(scene, row->kinds[i], 128 << 10);
	scene->options.paths = row->paths;
	for (n = 0; n < 4 && row->parts[n].length > 0; n++) {
		const struct part *part = &row->parts[n];

		ranges[n] = scene_range(scene, part->file, part->offset,
					part->buffer, part->at, part->length);
		ranges[n].priority = part->priority;
	}
	return n;
}

static void check_figure(uint64_t figure, uint64_t expected)
{
	if (expected)
		assert_int_equal(figure, expected);
}

static void check_load(const struct load *row, const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;

	check_figure(report->extents, row->extents);
	check_figure(report->brackets, row->brackets);
	check_figure(scene->memory->brackets, row->brackets / 2);
	check_figure(report->bytes_direct, row->direct);
	check_figure(report->bytes_bounced, row->bounced);
	check_figure(report->bytes_buffered, row->buffered);
	if (!row->declined)
		return;
	scene_check_reason(scene, DMALOAD_PATH_DIRECT, row->declined);
	scene_check_reason(scene, DMALOAD_PATH_BOUNCE,
			   row->buffered ? row->declined : NULL);
	scene_check_reason(scene, DMALOAD_PATH_BUFFERED, NULL);
}

static void few_ranges(void **state)
{
	const struct load *row = *state;
	struct dmaload_range ranges[4];
	struct scene scene;
	size_t n;

	n = make_load(row, &scene, ranges);
	if (row->fails) {
		scene_expect_failure(&scene, ranges, n, -EOPNOTSUPP, row->fails);
		scene_check_ranges(&scene, ranges, n, false);
	} else {
		scene_expect_load(&scene, ranges, n);
		check_load(row, &scene);
		shuffle(1);
		scene_expect_load(&scene, ranges, n);
	}
	scene_drop(&scene);
}

/* The smaller pool stays if there is no memory for the larger. */
static void no_memory_for_larger_ends(void **state)
{
	static const struct load load = { "", TWO_BLOCK_SIZES, .depth = 1 };
	struct dmaload_range ranges[4];
	struct scene scene;

	(void)state;
	make_load(&load, &scene, ranges);
	ranges[0].length = 20000;
	scene_expect_load(&scene, ranges, 1);
	fake_fail_calls(FAKE_MAP, 1, 2, -ENOMEM);
	scene_expect_load(&scene, ranges, 3);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "unaligned ends");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(no_memory_for_larger_ends),
	};

	return ROWS_RUN("ranges, random sets", random_ranges, sets) +
	       ROWS_RUN("ranges, a few", few_ranges, loads) +
	       cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}

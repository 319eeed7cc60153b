/* SPDX-License-Identifier: MIT */
/*
 * Count the calls of DMA_BUF_IOCTL_SYNC, each of which may take as long as the buffer is large, and
 * the bytes read from a buffer, which is slow if the mapping is uncached. A buffer
 * has one bracket for each priority of its ranges, however many ranges these are.
 */
#include <errno.h>
#include <stdatomic.h>

#include "growing.h"
#include "io/copy.h"
#include "rows.h"

#define SIZE 131072u
#define RANGES_MAX 1000u
#define BIT(path) DMALOAD_ALLOW_ ## path

/* The functions of the library that read a buffer, counted. */
static atomic_ulong bytes_read;

void __real_copy_in(void *to, const void *buffer, size_t length);
void __wrap_copy_in(void *to, const void *buffer, size_t length);
size_t __real_copy_compare(const void *buffer, const void *expected, size_t length,
			   unsigned char *differs);
size_t __wrap_copy_compare(const void *buffer, const void *expected, size_t length,
			   unsigned char *differs);
void __real_copy_between(void *to, const void *buffer, size_t length);
void __wrap_copy_between(void *to, const void *buffer, size_t length);

void __wrap_copy_in(void *to, const void *buffer, size_t length)
{
	bytes_read += length;
	__real_copy_in(to, buffer, length);
}

size_t __wrap_copy_compare(const void *buffer, const void *expected, size_t length,
			   unsigned char *differs)
{
	bytes_read += length;
	return __real_copy_compare(buffer, expected, length, differs);
}

void __wrap_copy_between(void *to, const void *buffer, size_t length)
{
	bytes_read += length;
	__real_copy_between(to, buffer, length);
}

/* How the ranges lie; range i is in buffer i % buffers, with priority i / per_priority. */
struct layout {
	unsigned ranges, buffers, per_priority;
};

#define ONE { 1, 1, 1 }
#define THOUSAND { 1000, 1, 1000 }
#define TWO_BUFFERS { 100, 2, 100 }
#define PRIORITIES { 100, 1, 25 }
#define BOTH { 1000, 2, 250 }
/* Ranges of whole pages: a store writes others through the page cache. */
#define PAGES { 16, 1, 16 }
#define PAGES_IN_BOTH { 16, 2, 4 }

static const struct row {
	const char *name;
	enum dmaload_operation operation;
	uint32_t paths;
	const char *kind;
	struct layout layout;
	unsigned syncs;
	/* Bytes read from buffers: all, those of partial blocks, or none. */
	enum { NONE, ENDS, ALL } reads;
} rows[] = {
	{ "load: direct", DMALOAD_LOAD, BIT(DIRECT), "heap", ONE, 2, NONE },
	{ "load: bounce", DMALOAD_LOAD, BIT(BOUNCE), "pfnmap", ONE, 2, NONE },
	{ "load: buffered", DMALOAD_LOAD, BIT(BUFFERED), "pfnmap", ONE, 2, NONE },
	{ "load: by itself", DMALOAD_LOAD, 0, "heap", THOUSAND, 2, NONE },
	{ "load: 1000 ranges, direct", DMALOAD_LOAD, BIT(DIRECT), "heap", THOUSAND, 2, NONE },
	{ "load: 1000 ranges, bounce", DMALOAD_LOAD, BIT(BOUNCE), "pfnmap", THOUSAND, 2, NONE },
	{ "load: 1000 ranges, buffered", DMALOAD_LOAD, BIT(BUFFERED), "pfnmap", THOUSAND, 2, NONE },
	{ "load: two buffers, direct", DMALOAD_LOAD, BIT(DIRECT), "heap", TWO_BUFFERS, 4, NONE },
	{ "load: two buffers, bounce", DMALOAD_LOAD, BIT(BOUNCE), "pfnmap", TWO_BUFFERS, 4, NONE },
	{ "load: priorities, direct", DMALOAD_LOAD, BIT(DIRECT), "heap", PRIORITIES, 8, NONE },
	{ "load: priorities, bounce", DMALOAD_LOAD, BIT(BOUNCE), "pfnmap", PRIORITIES, 8, NONE },
	{ "load: both, direct", DMALOAD_LOAD, BIT(DIRECT), "heap", BOTH, 16, NONE },
	{ "load: both, bounce", DMALOAD_LOAD, BIT(BOUNCE), "pfnmap", BOTH, 16, NONE },
	{ "load: memfd", DMALOAD_LOAD, 0, "memfd", BOTH, 0, NONE },
	{ "load: udmabuf", DMALOAD_LOAD, 0, "udmabuf", THOUSAND, 2, NONE },
	{ "store: direct", DMALOAD_STORE, BIT(DIRECT), "heap", ONE, 2, ENDS },
	{ "store: bounce", DMALOAD_STORE, BIT(BOUNCE), "pfnmap", ONE, 2, ALL },
	{ "store: buffered", DMALOAD_STORE, BIT(BUFFERED), "pfnmap", ONE, 2, NONE },
	{ "store: 16 ranges, bounce", DMALOAD_STORE, BIT(BOUNCE), "pfnmap", PAGES, 2, ALL },
	{ "store: 1000 ranges", DMALOAD_STORE, 0, "pfnmap", THOUSAND, 2, NONE },
	{ "store: two buffers", DMALOAD_STORE, BIT(BOUNCE), "pfnmap", PAGES_IN_BOTH, 16, ALL },
	{ "store: priorities", DMALOAD_STORE, 0, "pfnmap", PRIORITIES, 8, NONE },
	{ "verify: bounce", DMALOAD_VERIFY, BIT(BOUNCE), "pfnmap", ONE, 2, ALL },
	{ "verify: buffered", DMALOAD_VERIFY, BIT(BUFFERED), "pfnmap", ONE, 2, ALL },
	{ "verify: 1000 ranges", DMALOAD_VERIFY, BIT(BOUNCE), "heap", THOUSAND, 2, ALL },
	{ "verify: two buffers", DMALOAD_VERIFY, BIT(BOUNCE), "pfnmap", TWO_BUFFERS, 4, ALL },
	{ "verify: priorities", DMALOAD_VERIFY, BIT(BOUNCE), "pfnmap", PRIORITIES, 8, ALL },
};

static size_t lay_out(const struct scene *scene, const struct layout *layout,
		      struct dmaload_range *ranges)
{
	const uint64_t step = SIZE / layout->ranges;
	unsigned i;

	for (i = 0; i < layout->ranges; i++) {
		ranges[i] = scene_range(scene, 0, i * step, i % layout->buffers, i * step,
					step - (layout->ranges > 16 ? 11 : 0));
		ranges[i].priority = i / layout->per_priority;
	}
	return layout->ranges;
}

static void make(struct scene *scene, const char *kind, unsigned buffers, uint32_t paths)
{
	fake_add_udmabuf();
	scene_make_empty(scene, 0, 0);
	scene_add_file(scene, SIZE, 0);
	while (buffers-- > 0)
		scene_add_buffer(scene, kind, SIZE);
	scene->options.paths = paths;
}

/* By a blocking call, or by the context's threads. */
static int perform(struct scene *scene, enum dmaload_operation operation,
		   const struct dmaload_range *ranges, size_t count, bool submitted)
{
	struct dmaload_job *job;
	int r;

	if (!submitted && operation == DMALOAD_LOAD)
		return dmaload_load(scene->ctx, ranges, count, &scene->options, &scene->report,
				    &scene->err);
	if (!submitted && operation == DMALOAD_STORE)
		return dmaload_store(scene->ctx, ranges, count, &scene->options, &scene->report,
				     &scene->err);
	if (!submitted)
		return dmaload_verify(scene->ctx, ranges, count, &scene->options, &scene->report,
				      &scene->err);
	r = dmaload_submit(&job, scene->ctx, operation, ranges, count, &scene->options,
			   &scene->err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(job, DMALOAD_FOREVER, &scene->report, &scene->err);
	dmaload_job_destroy(job);
	return r;
}

static void check_closed(const struct scene *scene)
{
	unsigned b;

	for (b = 0; b < scene->n_buffers; b++) {
		assert_int_equal(scene->memories[b]->reading, 0);
		assert_int_equal(scene->memories[b]->writing, 0);
	}
}

static void check_reads(const struct row *row, const struct scene *scene)
{
	if (row->reads == NONE)
		assert_int_equal(bytes_read, 0);
	if (row->reads == ENDS)
		assert_true(bytes_read < 2 * FAKE_PAGE);
	if (row->reads == ALL)
		assert_int_equal(bytes_read, scene->report.bytes_total);
}

static void brackets_and_reads(void **state)
{
	static struct dmaload_range ranges[RANGES_MAX];
	const struct row *row = *state;
	struct scene scene;
	unsigned syncs, submitted;
	size_t count;

	for (submitted = 0; submitted < 2; submitted++) {
		make(&scene, row->kind, row->layout.buffers, row->paths);
		count = lay_out(&scene, &row->layout, ranges);
		if (row->operation == DMALOAD_VERIFY)
			scene_expect_load(&scene, ranges, count);
		scene_prepare(&scene);
		syncs = fake_count(FAKE_SYNC);
		bytes_read = 0;
		if (perform(&scene, row->operation, ranges, count, submitted) < 0)
			fail_msg("%s", scene.err.message);
		assert_int_equal(fake_count(FAKE_SYNC) - syncs, row->syncs);
		/* It counts those of a memfd, which cost nothing. */
		if (row->syncs > 0)
			assert_int_equal(scene.report.brackets, row->syncs / 2);
		check_reads(row, &scene);
		check_closed(&scene);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Calls that fail, and how many SYNC calls there are then: each START that succeeded has its END. */
static const struct failed {
	const char *name;
	enum dmaload_operation operation;
	struct row_failure failure;
	unsigned syncs;
} failed[] = {
	{ "load: no START", DMALOAD_LOAD, { FAKE_SYNC, 1, 1, -EIO }, 1 },
	{ "load: no second START", DMALOAD_LOAD, { FAKE_SYNC, 2, 1, -EIO }, 3 },
	{ "load: no read", DMALOAD_LOAD, { FAKE_READ, 1, 1, -EIO }, 4 },
	{ "load: no last read", DMALOAD_LOAD, { FAKE_READ, 16, 1, -EIO }, 4 },
	{ "load: no END", DMALOAD_LOAD, { FAKE_SYNC, 3, 1, -EIO }, 4 },
	{ "store: no START", DMALOAD_STORE, { FAKE_SYNC, 1, 1, -EIO }, 1 },
	{ "store: no second START", DMALOAD_STORE, { FAKE_SYNC, 2, 1, -EIO }, 3 },
	{ "store: no write", DMALOAD_STORE, { FAKE_READ, 1, 1, -EIO }, 4 },
	{ "verify: no second START", DMALOAD_VERIFY, { FAKE_SYNC, 2, 1, -EIO }, 3 },
	{ "verify: no read", DMALOAD_VERIFY, { FAKE_READ, 1, 1, -EIO }, 4 },
};

static void brackets_after_a_failure(void **state)
{
	static const struct layout layout = { 16, 2, 16 };
	static struct dmaload_range ranges[RANGES_MAX];
	const struct failed *row = *state;
	struct scene scene;
	unsigned syncs;
	size_t count;

	make(&scene, "pfnmap", layout.buffers, BIT(BOUNCE));
	count = lay_out(&scene, &layout, ranges);
	if (row->operation == DMALOAD_VERIFY)
		scene_expect_load(&scene, ranges, count);
	scene_prepare(&scene);
	syncs = fake_count(FAKE_SYNC);
	row_fail(&row->failure);
	scene_check_failure(&scene, perform(&scene, row->operation, ranges, count, false), -EIO,
			    "");
	assert_int_equal(fake_count(FAKE_SYNC) - syncs, row->syncs);
	check_closed(&scene);
	scene_drop(&scene);
}

/* A difference is found, and the bracket ends. */
static void brackets_after_a_difference(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned syncs;

	(void)state;
	make(&scene, "pfnmap", 1, BIT(BOUNCE));
	range = scene_range(&scene, 0, 0, 0, 0, SIZE);
	scene_expect_load(&scene, &range, 1);
	scene.views[0][5000] ^= 1;
	syncs = fake_count(FAKE_SYNC);
	bytes_read = 0;
	scene_prepare(&scene);
	scene_check_failure(&scene, perform(&scene, DMALOAD_VERIFY, &range, 1, false), -EBADMSG,
			    "byte 5000 of the buffer");
	assert_int_equal(fake_count(FAKE_SYNC) - syncs, 2);
	assert_true(bytes_read <= SIZE);
	check_closed(&scene);
	scene_drop(&scene);
}

/*
 * A buffer of the stream's length has one bracket, whatever the stream's pieces are. One that grows
 * has two for each time: the old one is read, and the new one written; and the load goes on.
 */
static void streams(void **state)
{
	struct growing growing;
	unsigned times;

	(void)state;
	for (times = 0; times < 4; times++) {
		growing_make(&growing, (uint64_t)FAKE_PAGE << times);
		growing.scene.node->comes_most = 1000;
		bytes_read = 0;
		assert_int_equal(growing_load(&growing, "system", FAKE_PAGE, 0), 0);
		assert_int_equal(fake_count(FAKE_SYNC), 2 + 6 * times);
		assert_int_equal(bytes_read, ((1u << times) - 1) * FAKE_PAGE);
		growing_check(&growing, 0, (uint64_t)FAKE_PAGE << times);
		growing_drop(&growing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(brackets_after_a_difference),
		SCENE_TEST(streams),
	};

	return ROWS_RUN("brackets", brackets_and_reads, rows) +
	       ROWS_RUN("failed brackets", brackets_after_a_failure, failed) +
	       cmocka_run_group_tests_name("more brackets", tests, NULL, NULL);
}

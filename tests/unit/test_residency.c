/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "file/file.h"
#include "file/residency.h"
#include "rows.h"

#define PAGE ((uint64_t)FAKE_PAGE)

struct fixture {
	struct fake_node *node;
	struct dmaload_file *file;
	struct residency residency;
};

static struct fixture with_file(uint64_t size)
{
	struct fixture f = { .node = fake_add(FAKE_FILE, "/f", size) };

	assert_int_equal(dmaload_file_open(&f.file, "/f", NULL), 0);
	return f;
}

static void finish(struct fixture *f)
{
	residency_finish(&f->residency);
	dmaload_file_close(f->file);
}

static struct interval part(uint64_t offset, uint64_t length)
{
	return (struct interval){ offset, offset + length };
}

/* Query anew. */
static void look(struct fixture *f, uint64_t offset, uint64_t length)
{
	residency_finish(&f->residency);
	f->residency.status = 0;
	residency_query(&f->residency, f->file, part(offset, length));
}

static uint64_t resident(const struct fixture *f)
{
	return residency_bytes(&f->residency, f->file, part(0, UINT64_MAX));
}

static bool was_absent(const struct fixture *f, uint64_t offset,
		       uint64_t length)
{
	return residency_was_absent(&f->residency, f->file,
				    part(offset, length));
}

/* Drop what a load has brought in. */
static void drop(struct fixture *f, uint64_t offset, uint64_t length)
{
	residency_bring(&f->residency, f->file, part(offset, length));
	residency_drop(&f->residency, f->file, part(offset, length));
}

static void assert_run(const struct fixture *f, size_t i, uint64_t first,
		       uint64_t end)
{
	assert_true(i < f->residency.before.count);
	assert_int_equal(f->residency.before.items[i].start, first * PAGE);
	assert_int_equal(f->residency.before.items[i].end, end * PAGE);
}

/* Query a range, or all pages. The last page of the file is not whole. */
static const struct row {
	const char *name;
	uint64_t pages;
	/* The pages that are in the page cache, and what is found. */
	struct { uint64_t first, end; } cached[4], found[4];
	/* mmap fails so many times. */
	unsigned unmapped;
	int status;
	/* The calls of mincore and mmap. */
	unsigned mincores, maps;
	struct { uint64_t offset, length; } range;
	bool no_cachestat, may_not_write, not_owner;
} rows[] = {
	{ "nothing is cached", 100, .maps = 0 },
	{ "everything is cached", 100, { { 0, 100 } }, { { 10, 31 } },
	  .range = { 10 * PAGE + 1, 20 * PAGE } },
	{ "neighbours are joined", 51, { { 3, 5 }, { 5, 6 }, { 20, 21 }, { 50, 51 } },
	  { { 3, 6 }, { 20, 21 }, { 50, 51 } }, .mincores = 1, .maps = 1 },
	{ "two halves are joined", 2 * 4096 + 2, { { 4000, 4200 } }, { { 4000, 4200 } },
	  .mincores = 2, .maps = 1 },
	{ "the whole cannot be mapped, a part can", 3 * 4096, { { 100, 101 }, { 9000, 9001 } },
	  { { 100, 101 }, { 9000, 9001 } }, .unmapped = 1, .mincores = 2, .maps = 3 },
	{ "nothing can be mapped", 3 * 4096, { { 100, 101 } }, .unmapped = 99,
	  .status = -ENOMEM, .maps = 2 },
	{ "without cachestat", 4096 + 100, { { 4090, 4110 } }, { { 4090, 4110 } },
	  .mincores = 2, .maps = 1, .no_cachestat = true },
	{ "an owner who may not write", 10, .may_not_write = true },
	{ "another who may not write", 10, .may_not_write = true, .not_owner = true,
	  .status = -EPERM },
	/* mincore would report all pages as cached. */
	{ "another who may not write, without cachestat", 10, .may_not_write = true,
	  .not_owner = true, .no_cachestat = true, .status = -EPERM },
};

static void query(void **state)
{
	const struct row *row = *state;
	struct fixture f = with_file(row->pages * PAGE - PAGE + 100);
	uint64_t pages = 0;
	size_t i;

	fake.no_cachestat = row->no_cachestat;
	f.node->may_write = !row->may_not_write;
	f.node->st.uid += row->not_owner;
	for (i = 0; i < 4; i++)
		fake_cache(f.node, row->cached[i].first * PAGE,
			   (row->cached[i].end - row->cached[i].first) * PAGE);
	if (row->unmapped)
		fake_fail_calls(FAKE_MAP, 1, row->unmapped, -ENOMEM);
	look(&f, row->range.offset, row->range.length ? row->range.length : f.node->size);
	assert_int_equal(f.residency.status, row->status);
	assert_int_equal(fake_count(FAKE_MINCORE), row->mincores);
	assert_int_equal(fake_count(FAKE_MAP), row->maps);
	for (i = 0; row->found[i].end > 0; i++) {
		assert_run(&f, i, row->found[i].first, row->found[i].end);
		pages += row->found[i].end - row->found[i].first;
	}
	if (row->status == 0) {
		assert_int_equal(f.residency.before.count, i);
		assert_int_equal(resident(&f), pages * PAGE);
	}
	finish(&f);
}

static void pages_are_counted_by_mincore(void **state)
{
	struct fixture f = with_file(200 * PAGE);
	uint64_t bytes;

	(void)state;
	fake.no_cachestat = true;
	fake_cache(f.node, 90 * PAGE, 20 * PAGE);
	look(&f, 0, 200 * PAGE);
	assert_int_equal(residency_count(&f.residency, f.file, part(100 * PAGE, 100),
					 &bytes), 0);
	assert_int_equal(bytes, PAGE);
	finish(&f);
}

static void many_runs_and_windows(void **state)
{
	const uint64_t pages = 3 * 4096 + 7;
	struct fixture f = with_file(pages * PAGE);
	uint64_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		fake_cache(f.node, i * 300 * PAGE, PAGE);
	look(&f, 0, pages * PAGE);
	assert_int_equal(f.residency.status, 0);
	assert_int_equal(f.residency.before.count, 40);
	for (i = 0; i < 40; i++)
		assert_run(&f, i, i * 300, i * 300 + 1);
	/* However many windows, they are mapped once. */
	assert_int_equal(fake_count(FAKE_MINCORE), 4);
	assert_int_equal(fake_count(FAKE_MAP), 1);
	finish(&f);
}

static void absence_is_known_or_not(void **state)
{
	struct fixture f = with_file(30 * PAGE);

	(void)state;
	fake_cache(f.node, 10 * PAGE, 2 * PAGE);
	fake_cache(f.node, 20 * PAGE, PAGE);
	look(&f, 0, 30 * PAGE);
	assert_true(was_absent(&f, 0, 10 * PAGE));
	assert_false(was_absent(&f, 0, 10 * PAGE + 1));
	assert_false(was_absent(&f, 11 * PAGE, PAGE));
	assert_true(was_absent(&f, 12 * PAGE, 8 * PAGE));
	assert_false(was_absent(&f, 20 * PAGE + 5, 1));
	assert_true(was_absent(&f, 21 * PAGE, 9 * PAGE));
	f.residency.status = -EPERM;
	assert_false(was_absent(&f, 0, PAGE));
	finish(&f);
}

static void drop_spares_what_was_there(void **state)
{
	struct fixture f = with_file(30 * PAGE - 50);
	uint64_t i;

	(void)state;
	fake_cache(f.node, 10 * PAGE, 2 * PAGE);
	fake_cache(f.node, 20 * PAGE, PAGE);
	look(&f, 0, 30 * PAGE - 50);
	fake_cache(f.node, 0, 30 * PAGE);
	drop(&f, 13 * PAGE, 2 * PAGE);
	for (i = 0; i < 30; i++)
		assert_int_equal(fake_cached(f.node, i * PAGE),
				 i != 13 && i != 14);
	drop(&f, 5 * PAGE, 25 * PAGE - 50);
	for (i = 0; i < 30; i++)
		assert_int_equal(fake_cached(f.node, i * PAGE),
				 i < 5 || i == 10 || i == 11 || i == 20);
	drop(&f, 0, 5 * PAGE);
	assert_false(fake_cached(f.node, 0));
	finish(&f);
}

static void drop_does_nothing_if_unknown(void **state)
{
	struct fixture f = with_file(10 * PAGE);

	(void)state;
	f.node->may_write = false;
	f.node->st.uid++;
	look(&f, 0, 10 * PAGE);
	fake_cache(f.node, 0, 10 * PAGE);
	drop(&f, 0, 10 * PAGE);
	assert_int_equal(fake_count(FAKE_FADVISE), 0);
	assert_true(fake_cached(f.node, 0));
	finish(&f);
}

static void callers_may_query(void **state)
{
	struct fixture f = with_file(10 * PAGE - 1);
	struct dmaload_error err = { .code = 0 };
	uint64_t bytes = 1;

	(void)state;
	fake_cache(f.node, 8 * PAGE, 2 * PAGE);
	assert_int_equal(dmaload_file_resident(f.file, 9 * PAGE, UINT64_MAX,
					       &bytes, &err), 0);
	assert_int_equal(bytes, PAGE);
	assert_int_equal(dmaload_file_resident(f.file, 0, 8 * PAGE + 1,
					       &bytes, &err), 0);
	assert_int_equal(bytes, PAGE);
	assert_int_equal(dmaload_file_resident(f.file, 10 * PAGE, 1, &bytes,
					       &err), 0);
	assert_int_equal(bytes, 0);
	assert_int_equal(err.code, 0);

	f.node->may_write = false;
	f.node->st.uid++;
	assert_int_equal(dmaload_file_resident(f.file, 0, PAGE, &bytes, &err),
			 -EPERM);
	check_says(err.message, "/f");
	assert_int_equal(dmaload_file_resident(NULL, 0, 1, &bytes, &err),
			 -EINVAL);
	assert_int_equal(dmaload_file_resident(f.file, 0, 1, NULL, &err),
			 -EINVAL);
	finish(&f);
}

static void other_errors_are_returned(void **state)
{
	struct fixture f = with_file(10 * PAGE);
	struct dmaload_error err = { .code = 0 };
	uint64_t bytes;

	(void)state;
	fake.no_cachestat = true;
	fake_fail_calls(FAKE_MINCORE, 1, 1, -ENOMEM);
	assert_int_equal(dmaload_file_resident(f.file, 0, PAGE, &bytes, &err),
			 -ENOMEM);
	assert_int_equal(err.code, -ENOMEM);
	fake_fail_calls(FAKE_MAP, 1, 1, -ENODEV);
	look(&f, 0, 10 * PAGE);
	assert_int_equal(f.residency.status, -ENODEV);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(pages_are_counted_by_mincore),
		SCENE_TEST(many_runs_and_windows),
		SCENE_TEST(absence_is_known_or_not),
		SCENE_TEST(drop_spares_what_was_there),
		SCENE_TEST(drop_does_nothing_if_unknown),
		SCENE_TEST(callers_may_query),
		SCENE_TEST(other_errors_are_returned),
	};

	return ROWS_RUN("residency: query", query, rows) +
	       cmocka_run_group_tests_name("residency", tests, NULL, NULL);
}

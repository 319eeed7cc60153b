/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "file/file.h"
#include "file/residency.h"
#include "scene.h"

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

/* As if nothing had been looked at before. */
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

/* All of it was brought in, and is to be dropped. */
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

static void nothing_and_everything_ask_no_page(void **state)
{
	struct fixture f = with_file(100 * PAGE);

	(void)state;
	look(&f, 0, 100 * PAGE);
	assert_int_equal(f.residency.status, 0);
	assert_int_equal(f.residency.before.count, 0);
	assert_int_equal(resident(&f), 0);

	fake_cache(f.node, 0, 100 * PAGE);
	look(&f, 10 * PAGE + 1, 20 * PAGE);
	assert_int_equal(f.residency.before.count, 1);
	assert_run(&f, 0, 10, 31);
	assert_int_equal(resident(&f), 21 * PAGE);
	assert_int_equal(fake_count(FAKE_MINCORE), 0);
	finish(&f);
}

static void runs_are_found_and_joined(void **state)
{
	struct fixture f = with_file(50 * PAGE + 100);

	(void)state;
	fake_cache(f.node, 3 * PAGE, 2 * PAGE);
	fake_cache(f.node, 5 * PAGE, 1);
	fake_cache(f.node, 20 * PAGE, PAGE);
	fake_cache(f.node, 50 * PAGE, 1);
	look(&f, 0, 50 * PAGE + 100);
	assert_int_equal(f.residency.status, 0);
	assert_int_equal(f.residency.before.count, 3);
	assert_run(&f, 0, 3, 6);
	assert_run(&f, 1, 20, 21);
	assert_run(&f, 2, 50, 51);
	assert_int_equal(resident(&f), 5 * PAGE);
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

static void address_space_is_limited(void **state)
{
	const uint64_t pages = 3 * 4096;
	struct fixture f = with_file(pages * PAGE);

	(void)state;
	fake_cache(f.node, 100 * PAGE, PAGE);
	fake_cache(f.node, 9000 * PAGE, PAGE);
	/* All of it is refused, and then a part of it is not. */
	fake_fail_calls(FAKE_MAP, 1, 1, -ENOMEM);
	look(&f, 0, pages * PAGE);
	assert_int_equal(f.residency.status, 0);
	assert_int_equal(f.residency.before.count, 2);
	assert_run(&f, 0, 100, 101);
	assert_run(&f, 1, 9000, 9001);
	assert_int_equal(fake_count(FAKE_MAP), 3);
	finish(&f);

	f = with_file(pages * PAGE);
	fake_cache(f.node, 100 * PAGE, PAGE);
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	look(&f, 0, pages * PAGE);
	assert_int_equal(f.residency.status, -ENOMEM);
	finish(&f);
}

/* A range that is halved: what lies across the middle is one run. */
static void halves_are_joined(void **state)
{
	const uint64_t pages = 2 * 4096 + 2;
	struct fixture f = with_file(pages * PAGE);

	(void)state;
	fake_cache(f.node, 4000 * PAGE, 200 * PAGE);
	look(&f, 0, pages * PAGE);
	assert_int_equal(f.residency.before.count, 1);
	assert_run(&f, 0, 4000, 4200);
	finish(&f);
}

static void old_kernels_have_mincore(void **state)
{
	const uint64_t pages = 4096 + 100;
	struct fixture f = with_file(pages * PAGE);
	uint64_t bytes;

	(void)state;
	fake.no_cachestat = true;
	fake_cache(f.node, 4090 * PAGE, 20 * PAGE);
	look(&f, 0, pages * PAGE);
	assert_int_equal(f.residency.status, 0);
	assert_int_equal(f.residency.before.count, 1);
	assert_run(&f, 0, 4090, 4110);
	assert_int_equal(fake_count(FAKE_MINCORE), 2);
	assert_int_equal(residency_count(&f.residency, f.file,
			 part(4100 * PAGE, 100), &bytes), 0);
	assert_int_equal(bytes, PAGE);
	finish(&f);
}

/* The owner may ask even where he may not write. */
static void permission_is_the_kernels(void **state)
{
	struct fixture f = with_file(10 * PAGE);

	(void)state;
	f.node->may_write = false;
	look(&f, 0, 10 * PAGE);
	assert_int_equal(f.residency.status, 0);

	f.node->st.uid++;
	look(&f, 0, 10 * PAGE);
	assert_int_equal(f.residency.status, -EPERM);
	/* mincore would have said that all of it is there. */
	fake.no_cachestat = true;
	look(&f, 0, 10 * PAGE);
	assert_int_equal(f.residency.status, -EPERM);
	assert_int_equal(fake_count(FAKE_MINCORE), 0);
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

static void drop_does_nothing_in_the_dark(void **state)
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

static void callers_may_ask(void **state)
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
	assert_non_null(strstr(err.message, "/f"));
	assert_int_equal(dmaload_file_resident(NULL, 0, 1, &bytes, &err),
			 -EINVAL);
	assert_int_equal(dmaload_file_resident(f.file, 0, 1, NULL, &err),
			 -EINVAL);
	finish(&f);
}

static void other_errors_are_told(void **state)
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
		SCENE_TEST(nothing_and_everything_ask_no_page),
		SCENE_TEST(runs_are_found_and_joined),
		SCENE_TEST(many_runs_and_windows),
		SCENE_TEST(address_space_is_limited),
		SCENE_TEST(halves_are_joined),
		SCENE_TEST(old_kernels_have_mincore),
		SCENE_TEST(permission_is_the_kernels),
		SCENE_TEST(absence_is_known_or_not),
		SCENE_TEST(drop_spares_what_was_there),
		SCENE_TEST(drop_does_nothing_in_the_dark),
		SCENE_TEST(callers_may_ask),
		SCENE_TEST(other_errors_are_told),
	};

	return cmocka_run_group_tests_name("residency", tests, NULL, NULL);
}

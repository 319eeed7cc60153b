/* SPDX-License-Identifier: MIT */
/*
 * A thread makes a udmabuf while a load reads: before it, beside it, or behind
 * it; and it may fail.
 */
#include <errno.h>
#include <string.h>

#include "buffer/buffer.h"
#include "scene.h"

#define MIB ((uint64_t)1 << 20)

/* A buffer whose thread has not run yet, and a file for it. */
static void make_early(struct scene *scene)
{
	fake_add_udmabuf();
	scene_make_early(scene, &(struct scene_setup){
			 .source = "udmabuf", .buffer_size = 128 << 10 });
}

static struct fake_node *dmabuf_of(const struct scene *scene)
{
	assert_true(buffer_is_made(scene->buffer));
	return fake_node_of(dmaload_buffer_fd(scene->buffer));
}

/* The device's view is the CPU's. */
static void check_dmabuf(const struct scene *scene)
{
	assert_memory_equal(dmabuf_of(scene)->bytes, scene->memory->bytes,
			    scene->memory->size);
}

static void load_first_and_make_then(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	scene_load_all(&scene);
	check_dmabuf(&scene);
	/* No bracket before there was a dma-buf, and one when it was there. */
	assert_int_equal(dmabuf_of(&scene)->brackets, 1);
	assert_int_equal(scene.report.brackets, 1);
	assert_true(scene.report.create_ns > 0);
	assert_int_equal(scene.report.overlap_ns, 0);
	assert_true(scene.report.create_wait_ns >= scene.report.create_ns);

	/* A second one is a load like any other. */
	scene_load_all(&scene);
	assert_int_equal(dmabuf_of(&scene)->brackets, 2);
	assert_int_equal(scene.report.create_wait_ns, 0);
	assert_int_equal(scene.report.overlap_ns, 0);
	scene_drop(&scene);
}

static int let_run(const struct dmaload_progress *progress, void *data)
{
	(void)data;
	if (progress->bytes_done >= 30000)
		fake_run_threads();
	return 0;
}

static void make_in_the_middle(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	scene.options.progress = let_run;
	scene_load_all(&scene);
	check_dmabuf(&scene);
	assert_int_equal(dmabuf_of(&scene)->brackets, 1);
	assert_true(scene.report.overlap_ns > 0);
	assert_int_equal(scene.report.overlap_ns, scene.report.create_ns);
	scene_drop(&scene);
}

static void make_first_and_load_then(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	fake_run_threads();
	scene_load_all(&scene);
	check_dmabuf(&scene);
	assert_int_equal(dmabuf_of(&scene)->brackets, 1);
	assert_true(scene.report.create_ns > 0);
	assert_int_equal(scene.report.overlap_ns, 0);
	assert_int_equal(scene.report.create_wait_ns, 0);
	scene_drop(&scene);
}

/* Pages that the CPU writes are populated before, by either thread. */
static void copies_do_not_meet_sigbus(void **state)
{
	const uint32_t bounce = DMALOAD_ALLOW_BOUNCE;
	unsigned calls;
	struct scene scene;
	int r;

	(void)state;
	make_early(&scene);
	scene.options.paths = bounce;
	calls = fake_count(FAKE_MADVISE);
	scene_load_all(&scene);
	assert_true(fake_count(FAKE_MADVISE) - calls >= 90000 / 8192);
	calls = fake_count(FAKE_MADVISE);
	scene_load_all(&scene);
	assert_int_equal(fake_count(FAKE_MADVISE), calls);
	scene_drop(&scene);

	fake_reset();
	make_early(&scene);
	scene.options.paths = bounce;
	fake_fail_calls(FAKE_MADVISE, 4, 0, -EFAULT);
	scene_set_range(&scene, 0, 0, DMALOAD_TO_END);
	r = scene_load(&scene);
	scene_check_failure(&scene, r, -ENOMEM, "cannot populate");
	fake_check_quiet();
	/* The thread meets the same, and says so. */
	assert_int_equal(dmaload_buffer_fd(scene.buffer), -ENOMEM);
	scene_drop(&scene);
}

/* Before Linux 5.14 the ioctl populates: copies wait for it. */
static void populating_is_not_known(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	fake.no_populate = true;
	scene.options.paths = DMALOAD_ALLOW_BOUNCE;
	scene_load_all(&scene);
	check_dmabuf(&scene);
	scene_drop(&scene);
}

static void failure_comes_out_of_the_load(void **state)
{
	struct scene scene;
	int r;

	(void)state;
	make_early(&scene);
	fake_fail_calls(FAKE_UDMABUF, 1, 1, -ENOMEM);
	r = scene_load(&scene);
	scene_check_failure(&scene, r, -ENOMEM, "UDMABUF_CREATE");
	fake_check_quiet();
	assert_int_equal(dmaload_buffer_fd(scene.buffer), -ENOMEM);
	/* And of everything else that needs the fd. */
	assert_int_equal(dmaload_buffer_wait(scene.buffer, &scene.err), -ENOMEM);
	check_says(scene.err.message, "UDMABUF_CREATE");
	assert_int_equal(dmaload_buffer_begin(scene.buffer, DMALOAD_ACCESS_READ,
					      &scene.err), -ENOMEM);
	r = scene_load(&scene);
	scene_check_failure(&scene, r, -ENOMEM, "UDMABUF_CREATE");
	scene_drop(&scene);
}

/* Check what a load reports of the pages of its buffer. */
static void check_pages(const char *source, enum dmaload_pages pages,
			uint64_t huge, const char *note)
{
	struct scene scene;

	fake_add_udmabuf();
	fake.threads_late = true;
	fake.shmem_enabled = "always within_size advise [never] deny force\n";
	scene_make(&scene, &(struct scene_setup){ .source = source,
						  .buffer_size = 6 * MIB });
	scene_load_all(&scene);
	assert_int_equal(scene.report.buffer_pages, pages);
	if (huge == DMALOAD_UNKNOWN)
		assert_true(scene.report.buffer_huge_bytes == huge);
	else
		assert_in_range(scene.report.buffer_huge_bytes, huge, huge * 2);
	check_says(scene.report.buffer_pages_note, note);
	assert_true(*note || !scene.report.buffer_pages_note[0]);
	scene_drop(&scene);
	fake_reset();
}

static void pages_are_told(void **state)
{
	(void)state;
	check_pages("udmabuf", DMALOAD_PAGES_BASE, 0, "0 of 6291456 bytes are in "
		    "huge pages: shmem_enabled is never, advise");
	check_pages("memfd", DMALOAD_PAGES_BASE, 0, "shmem_enabled is never");
	fake.huge_pages = true;
	check_pages("udmabuf", DMALOAD_PAGES_TRANSPARENT, 4 * MIB, "of 6291456");
	/* It is the mapping that tells, not the setting. */
	fake.huge_pages = true;
	fake.huge_gap = 2;
	check_pages("udmabuf", DMALOAD_PAGES_BASE, 2 * MIB, "never");
	fake.hugetlb = true;
	fake.huge_pages = true;
	check_pages("udmabuf:2M", DMALOAD_PAGES_HUGETLB, 4 * MIB, "of 6291456");
	fake_fail_calls(FAKE_PAGEMAP, 1, 0, -ENOTTY);
	check_pages("udmabuf", DMALOAD_PAGES_UNKNOWN, DMALOAD_UNKNOWN,
		    "unknown how much of 6291456 bytes is in huge pages");
	/* Others have no such pages. */
	check_pages("system", DMALOAD_PAGES_UNKNOWN, DMALOAD_UNKNOWN, "");
}

/* A canceled load has nothing to wait for. */
static int cancel(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	return 1;
}

static void canceled_load_does_not_wait(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	scene.options.progress = cancel;
	assert_int_equal(scene_load(&scene), -ECANCELED);
	assert_false(buffer_is_made(scene.buffer));
	fake_check_quiet();
	scene.options.progress = NULL;
	scene_load_all(&scene);
	check_dmabuf(&scene);
	scene_drop(&scene);
}

/* To read from it, or to compare, needs the bytes as devices left them. */
static void others_wait_for_it(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	assert_int_equal(scene_verify(&scene), 0);
	assert_int_equal(dmabuf_of(&scene)->brackets, 1);
	scene_drop(&scene);
	fake_check_quiet();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(load_first_and_make_then),
		SCENE_TEST(make_in_the_middle),
		SCENE_TEST(make_first_and_load_then),
		SCENE_TEST(copies_do_not_meet_sigbus),
		SCENE_TEST(populating_is_not_known),
		SCENE_TEST(failure_comes_out_of_the_load),
		SCENE_TEST(pages_are_told),
		SCENE_TEST(canceled_load_does_not_wait),
		SCENE_TEST(others_wait_for_it),
	};

	return cmocka_run_group_tests_name("populate", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Every system call of a whole life, from opening the file to closing it, fails
 * once, with every code that is plausible for it. The library either recovers or
 * says why not; nothing is left over; and the next load works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "scene.h"
#include "shown.h"

struct life {
	struct scene_setup setup;
	/* The file's peculiarities. */
	int direct_error;
	int direct_read_error;
	bool silently_buffered;
	/* Of the machine. */
	bool no_proc;
	bool no_cachestat;
	bool cached;
	bool verifies;
	size_t read_most;
	uint64_t buffer_offset;
};

/* Small, for there are some thousand lives. */
static int make_life(struct scene *scene, const struct life *life)
{
	struct scene_setup setup = life->setup;

	setup.file_size = 40000;
	setup.buffer_size = 48 << 10;
	setup.chunk = 4096;
	return scene_try(scene, &setup);
}

static void make_world(struct scene *scene, const struct life *life)
{
	struct fake_node *node;

	memset(scene, 0, sizeof(*scene));
	fake_reset();
	fake_add_udmabuf();
	fake.no_proc = life->no_proc;
	fake.no_cachestat = life->no_cachestat;
	fake.read_most = life->read_most;
	fake.order = FAKE_LIFO;
	fake.batch = 2;
	/* The first attempt makes the file, and gets no further. */
	fake_fail_calls(FAKE_STAT_PATH, 1, 1, -EACCES);
	assert_int_equal(make_life(scene, life), -EACCES);
	fake_fail_nothing();
	node = scene->node;
	node->direct_error = life->direct_error;
	node->direct_read_error = life->direct_read_error;
	node->silently_buffered = life->silently_buffered;
	if (life->cached)
		fake_cache(node, 3 * FAKE_PAGE, FAKE_PAGE);
	memset(&scene->err, 0, sizeof(scene->err));
}

static int live(struct scene *scene, const struct life *life)
{
	int r = make_life(scene, life);

	if (r < 0)
		return r;
	scene_set_range(scene, 700, life->buffer_offset, 20001);
	return life->verifies ? scene_verify(scene) : scene_load(scene);
}

static void check_result(const struct scene *scene, const char *call,
			 unsigned n, int r)
{
	const bool says = scene->err.code != 0 || scene->err.message[0];

	if (r > 0)
		fail_msg("call %u, %s: %d is returned", n, call, r);
	if (r == 0 && says)
		fail_msg("call %u, %s: a success that says \"%s\"", n, call,
			 scene->err.message);
	if (r < 0 && (scene->err.code != r || !scene->err.message[0]))
		fail_msg("call %u, %s: %d is returned, and err says %d, \"%s\"",
			 n, call, r, scene->err.code, scene->err.message);
	if (r < 0 && !is_shown(scene->err.message))
		fail_msg("call %u, %s: a terminal would not only show \"%s\"", n,
			 call, scene->err.message);
	if (scene->report.size == sizeof(scene->report))
		check_report_is_shown(&scene->report);
	if (r == 0) {
		scene_check_bytes(scene);
		scene_check_report(scene);
	}
	fake_check_quiet();
}

/* One life with one failure, and another load after it. False: no such call. */
static bool fail_one(const struct life *life, unsigned n, unsigned variant)
{
	struct scene scene;
	const char *call;
	int r;

	make_world(&scene, life);
	fake_fail_nth(n, variant);
	r = live(&scene, life);
	call = fake_failed();
	fake_fail_nothing();
	check_result(&scene, call ? call : "none", n, r);

	memset(&scene.err, 0, sizeof(scene.err));
	r = live(&scene, life);
	if (r != 0)
		fail_msg("after call %u, %s: %s", n, call, scene.err.message);
	check_result(&scene, "none", n, r);
	assert_int_equal(fake_cached(scene.node, 3 * FAKE_PAGE), life->cached);
	scene_drop(&scene);
	fake_check_balanced();
	return call != NULL;
}

static void sweep(const struct life *life)
{
	unsigned n, variant;

	for (n = 1;; n++) {
		for (variant = 0; fail_one(life, n, variant); variant++)
			;
		/* Not even a first code: there is no call number n. */
		if (variant == 0)
			break;
	}
	/* A life that makes no calls would prove nothing. */
	assert_true(n > 20);
}

static const struct life lives[] = {
	{ .setup = { .source = "memfd" }, .buffer_offset = 188 },
	{ .setup = { .source = "foreign", .block = 4096 },
	  .buffer_offset = 700 },
	{ .setup = { .pfnmap = true }, .buffer_offset = 3 },
	{ .setup = { .pfnmap = true, .depth = 1 }, .no_cachestat = true,
	  .cached = true },
	{ .setup = { .source = "foreign" }, .direct_error = -EINVAL,
	  .cached = true, .read_most = 3000, .buffer_offset = 3 },
	{ .setup = { .pfnmap = true }, .direct_read_error = -EINVAL },
	{ .setup = { .source = "memfd" }, .silently_buffered = true,
	  .cached = true, .buffer_offset = 188 },
	{ .setup = { .pfnmap = true }, .no_proc = true, .cached = true },
	{ .setup = { .pfnmap = true }, .verifies = true, .cached = true },
	{ .setup = { .source = "memfd" }, .verifies = true,
	  .direct_error = -EINVAL, .buffer_offset = 5 },
	{ .setup = { .source = "udmabuf" }, .buffer_offset = 188 },
	{ .setup = { .source = "udmabuf" }, .buffer_offset = 3 },
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

static void direct_into_memfd(void **state)
{
	(void)state;
	sweep(&lives[0]);
}

static void direct_into_foreign(void **state)
{
	(void)state;
	sweep(&lives[1]);
}

static void bounce_into_heap(void **state)
{
	(void)state;
	sweep(&lives[2]);
}

static void bounce_on_an_old_kernel(void **state)
{
	(void)state;
	sweep(&lives[3]);
}

static void buffered_into_foreign(void **state)
{
	(void)state;
	sweep(&lives[4]);
}

static void refused_by_the_file_system(void **state)
{
	(void)state;
	sweep(&lives[5]);
}

static void silently_buffered(void **state)
{
	(void)state;
	sweep(&lives[6]);
}

static void without_proc(void **state)
{
	(void)state;
	sweep(&lives[7]);
}

static void verify_by_bounce(void **state)
{
	(void)state;
	sweep(&lives[8]);
}

static void verify_buffered(void **state)
{
	(void)state;
	sweep(&lives[9]);
}

static void direct_into_udmabuf(void **state)
{
	(void)state;
	sweep(&lives[10]);
}

static void bounce_into_udmabuf(void **state)
{
	(void)state;
	sweep(&lives[11]);
}

/* Failures seldom come alone. */
static void storms(void **state)
{
	const struct life *life;
	struct scene scene;
	unsigned seed;
	int r;

	(void)state;
	for (seed = 1; seed <= 1500; seed++) {
		life = &lives[seed % LIVES];
		make_world(&scene, life);
		fake.seed = seed * 7919;
		fake.order = FAKE_RANDOM;
		fake_fail_at_random(5 + seed % 40);
		r = live(&scene, life);
		fake_fail_nothing();
		check_result(&scene, "storm", seed, r);

		memset(&scene.err, 0, sizeof(scene.err));
		r = live(&scene, life);
		if (r != 0)
			fail_msg("after storm %u: %s", seed, scene.err.message);
		check_result(&scene, "after storm", seed, r);
		scene_drop(&scene);
		fake_check_balanced();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(direct_into_memfd),
		SCENE_TEST(direct_into_foreign),
		SCENE_TEST(bounce_into_heap),
		SCENE_TEST(bounce_on_an_old_kernel),
		SCENE_TEST(buffered_into_foreign),
		SCENE_TEST(refused_by_the_file_system),
		SCENE_TEST(silently_buffered),
		SCENE_TEST(without_proc),
		SCENE_TEST(verify_by_bounce),
		SCENE_TEST(verify_buffered),
		SCENE_TEST(direct_into_udmabuf),
		SCENE_TEST(bounce_into_udmabuf),
		SCENE_TEST(storms),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}

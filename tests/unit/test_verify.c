/* SPDX-License-Identifier: MIT */
/* Verifying and probing: what does not write to the buffer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };

static void all_is_equal(void **state)
{
	static const uint64_t starts[] = { 0, 1, 512, 700, 8192, 99999 };
	struct scene scene;
	unsigned i;

	(void)state;
	scene_make(&scene, &pinnable);
	for (i = 0; i < 18; i++) {
		scene_set_range(&scene, starts[i % 6], starts[i / 6],
				DMALOAD_TO_END);
		/* The direct path is ignored; if alone, as if it were 0. */
		scene.options.paths = i & 1 ? 0 :
				      DMALOAD_ALLOW_DIRECT;
		if (i >= 12)
			scene.options.paths =
				DMALOAD_ALLOW_BUFFERED;
		fake.order = (enum fake_order)(i % 3);
		if (scene_verify(&scene) != 0)
			fail_msg("%s", scene.err.message);
		scene_check_bytes(&scene);
		scene_check_report(&scene);
		assert_int_equal(scene.report.bytes_direct, 0);
		assert_int_equal(scene.report.bytes_buffered > 0, i >= 12);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_int_equal(scene.memory->brackets, i + 1);
	}
	scene_drop(&scene);
}

static void difference_is_named(void **state)
{
	static const uint64_t places[] = { 700, 8192, 60700, 90699 };
	char place[128];
	struct scene scene;
	unsigned i;

	(void)state;
	scene_make(&scene, &pinnable);
	for (i = 0; i < 8; i++) {
		scene_set_range(&scene, 700, 100, 90000);
		scene.options.paths = 1u << (1 + i % 2);
		scene.spoilt = places[i / 2] + 1;
		snprintf(place, sizeof(place), "byte %u of the file is %#04x, "
			 "byte %u of the buffer %#04x",
			 (unsigned)places[i / 2], fake_pattern(places[i / 2]),
			 (unsigned)places[i / 2] - 600,
			 0xff ^ fake_pattern(places[i / 2]));
		scene_check_failure(&scene, scene_verify(&scene), -EBADMSG,
				    place);
		fake_check_quiet();
	}
	/* Bytes next to the range are not compared. */
	scene.spoilt = 90700 + 1;
	assert_int_equal(scene_verify(&scene), 0);
	scene_drop(&scene);
}

static void cache_is_left_as_it_was(void **state)
{
	struct scene scene;
	uint64_t i;
	int path;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_cache(scene.node, 30000, 5000);
	for (path = 1; path < 3; path++) {
		scene.options.paths = 1u << path;
		assert_int_equal(scene_verify(&scene), 0);
		for (i = 0; i < 25; i++)
			assert_int_equal(fake_cached(scene.node, i * FAKE_PAGE),
					 i == 7 || i == 8);
	}
	scene_drop(&scene);
}

/* The bounce path finds a difference after it has declined: it counts. */
static void difference_while_a_path_declines(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake.batch = 4;
	fake_fail_calls(FAKE_READ, 1, 1, -EINVAL);
	scene.spoilt = 10000 + 1;
	scene_check_failure(&scene, scene_verify(&scene), -EBADMSG,
			    "byte 10000 of the file");
	scene_drop(&scene);
}

static void difference_does_not_hide_a_failure(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake.batch = 4;
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	scene.spoilt = 10000 + 1;
	scene_check_failure(&scene, scene_verify(&scene), -EIO,
			    " at offset 0:");
	scene_drop(&scene);
}

static enum dmaload_path probed(struct scene *scene)
{
	enum dmaload_path path = (enum dmaload_path)77;
	int r;

	memset(&scene->err, 0, sizeof(scene->err));
	memset(&scene->report, 0xff, sizeof(scene->report));
	scene->report.size = sizeof(scene->report);
	r = dmaload_probe(scene->ctx, &scene->range, &scene->options, &path,
			  &scene->report, &scene->err);
	if (r != 0)
		fail_msg("%d: %s", r, scene->err.message);
	assert_int_equal(fake_count(FAKE_READ), 0);
	assert_int_equal(fake_count(FAKE_READ_AT), 0);
	assert_int_equal(scene->report.bytes_total, scene_length(scene));
	assert_int_equal(scene->report.reads, 0);
	fake_check_quiet();
	return path;
}

static void probe_foresees_the_path(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	assert_int_equal(probed(&scene), DMALOAD_PATH_DIRECT);
	assert_string_equal(scene.report.declined[DMALOAD_PATH_DIRECT], "");

	scene_set_range(&scene, 0, 3, 5000);
	assert_int_equal(probed(&scene), DMALOAD_PATH_BOUNCE);
	assert_int_equal(scene.memory->brackets, 0);
	scene_drop(&scene);

	fake_reset();
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	assert_int_equal(probed(&scene), DMALOAD_PATH_BOUNCE);
	check_says(scene.report.declined[DMALOAD_PATH_DIRECT], "VM_PFNMAP");

	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);

	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_RING_CREATE, 1, 0, -EPERM);
	assert_int_equal(probed(&scene), DMALOAD_PATH_BOUNCE);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_THREADS_CREATE, 1, 0, -EAGAIN);
	assert_int_equal(probed(&scene), DMALOAD_PATH_BUFFERED);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	check_says(scene.report.declined[DMALOAD_PATH_BOUNCE], "EPERM");

	assert_int_equal(scene.memory->brackets, 0);
	scene_drop(&scene);
}

static void probe_says_why_not(void **state)
{
	enum dmaload_path path = (enum dmaload_path)77;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	scene.report.size = sizeof(scene.report);
	scene_check_failure(&scene, dmaload_probe(scene.ctx, &scene.range,
						  &scene.options, &path,
						  &scene.report, &scene.err),
			    -EOPNOTSUPP, "VM_PFNMAP");
	assert_int_equal(path, 77);
	check_says(scene.report.declined[DMALOAD_PATH_DIRECT], "VM_PFNMAP");
	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -EMFILE);
	scene_check_failure(&scene, dmaload_probe(scene.ctx, &scene.range,
						  NULL, &path, NULL,
						  &scene.err),
			    -EMFILE, "io_uring");
	assert_int_equal(path, 77);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(all_is_equal),
		SCENE_TEST(difference_is_named),
		SCENE_TEST(cache_is_left_as_it_was),
		SCENE_TEST(difference_while_a_path_declines),
		SCENE_TEST(difference_does_not_hide_a_failure),
		SCENE_TEST(probe_foresees_the_path),
		SCENE_TEST(probe_says_why_not),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}

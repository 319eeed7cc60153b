/* SPDX-License-Identifier: MIT */
/* Zeros in place of what a load has left. */
#include <errno.h>
#include <string.h>

#include "scene.h"

static const char *const kinds[] = { "heap", "pfnmap", "foreign", "memory", "memfd" };

static bool is_dmabuf(const char *kind)
{
	return strcmp(kind, "memory") != 0 && strcmp(kind, "memfd") != 0;
}

static void check_zeros(const struct scene *scene, uint64_t from, uint64_t to)
{
	uint64_t i;

	for (i = 0; i < 100000; i++)
		assert_int_equal(scene->views[0][i], i >= from && i < to ? 0 :
				 scene->node->bytes[i]);
}

static void a_part_of_each_kind(void **state)
{
	struct scene scene;
	unsigned i, syncs;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		scene_make(&scene, &(struct scene_setup){ .source = kinds[i] });
		assert_int_equal(scene_load(&scene), 0);
		syncs = fake_count(FAKE_SYNC);
		assert_int_equal(dmaload_buffer_wipe(scene.buffer, 4095, 60003,
						     &scene.err), 0);
		assert_int_equal(fake_count(FAKE_SYNC) - syncs, is_dmabuf(kinds[i]) ? 2 : 0);
		check_zeros(&scene, 4095, 64098);
		assert_int_equal(dmaload_buffer_wipe(scene.buffer, 99999,
						     DMALOAD_TO_END, NULL), 0);
		assert_int_equal(scene.views[0][99998], scene.node->bytes[99998]);
		assert_int_equal(scene.views[0][99999], 0);
		fake_check_quiet();
		scene_drop(&scene);
		fake_reset();
	}
}

/* Nothing is written then. */
static void what_is_refused(void **state)
{
	struct scene scene;
	const uint64_t size = 128 << 10;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .source = "heap" });
	assert_int_equal(scene_load(&scene), 0);
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffer, 0, 0, &scene.err),
			    -EINVAL, "the length is 0");
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffer, 0, size + 1,
							&scene.err), -ERANGE, "131073");
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffer, size,
							DMALOAD_TO_END, &scene.err),
			    -ERANGE, "at offset 131072");
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffer, 2, UINT64_MAX - 1,
							&scene.err), -ERANGE, "at offset 2");
	fake_fail_calls(FAKE_SYNC, 1, 1, -EIO);
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffer, 0, size, &scene.err),
			    -EIO, "cannot begin");
	fake_fail_nothing();
	check_zeros(&scene, 0, 0);
	scene_add_buffer(&scene, "read-only", 4096);
	scene_check_failure(&scene, dmaload_buffer_wipe(scene.buffers[1], 0, 1, &scene.err),
			    -EROFS, "read-only");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_part_of_each_kind),
		SCENE_TEST(what_is_refused),
	};

	return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}

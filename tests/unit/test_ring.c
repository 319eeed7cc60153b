/* SPDX-License-Identifier: MIT */
/* Trouble with the ring itself, and with the bracket around it. */
#include <errno.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static void ring_that_is_short_recovers(void **state)
{
	static const int codes[] = { -EINTR, -EAGAIN, -EBUSY };
	struct scene scene;
	unsigned i;

	(void)state;
	scene_make(&scene, &pinnable);
	for (i = 0; i < 12; i++) {
		fake_fail_nothing();
		/* At first nothing is in flight yet, later something is. */
		fake_fail_calls(FAKE_RING_SUBMIT, 1 + i / 3, 3, codes[i % 3]);
		fake_fail_calls(FAKE_RING_WAIT, 1, 1, -EINTR);
		assert_int_equal(scene_load_by(&scene, i & 1), 0);
		scene_check_report(&scene);
	}
	scene_drop(&scene);
}

static void ring_that_fails_is_drained(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	scene_make(&scene, &pinnable);
	for (i = 0; i < 16; i++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_RING_SUBMIT, 1 + i / 2, 1, -EBADR);
		fake_fail_calls(FAKE_RING_WAIT, 1, 2, -EINTR);
		fake.order = (enum fake_order)(i % 3);
		fake.submit_most = i % 4;
		scene_check_failure(&scene, scene_load_by(&scene, i & 1), -EBADR,
				    "io_uring");
	}
	fake_fail_nothing();
	assert_int_equal(scene_load_by(&scene, DMALOAD_PATH_BOUNCE), 0);
	scene_drop(&scene);
}

static void brackets_that_fail(void **state)
{
	struct scene scene;
	unsigned reads;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_SYNC, 1, 1, -ENOMEM);
	reads = fake_count(FAKE_READ);
	scene_check_failure(&scene, scene_load(&scene), -ENOMEM, "begin");
	assert_int_equal(fake_count(FAKE_READ), reads);
	/* The bytes are there, but no device may look at them. */
	fake_fail_calls(FAKE_SYNC, 2, 1, -EIO);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "end");
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(ring_that_is_short_recovers),
		SCENE_TEST(ring_that_fails_is_drained),
		SCENE_TEST(brackets_that_fail),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}

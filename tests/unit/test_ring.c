/* SPDX-License-Identifier: MIT */
/* Trouble with the ring itself, and with the bracket around it. */
#include <errno.h>
#include <string.h>

#include "context/ctx.h"
#include "gate.h"
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

#define LOADS 10

/* Submit them all, and wait for each. Return how many have failed, with the ring's error.
 * Those that have not are right. */
static unsigned load_many(struct crowd *crowd, struct dmaload_range *ranges,
			  uint64_t deadline_ns)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .deadline_ns = deadline_ns,
	};
	struct dmaload_job *jobs[LOADS];
	unsigned i, failed = 0;
	int r;

	for (i = 0; i < LOADS; i++)
		jobs[i] = gate_submit(crowd, DMALOAD_LOAD, &ranges[i], 1,
				      &options);
	for (i = 0; i < LOADS; i++) {
		crowd_prepare(crowd);
		r = dmaload_job_wait(jobs[i], DMALOAD_FOREVER, &crowd->report,
				     &crowd->err);
		dmaload_job_destroy(jobs[i]);
		if (r == 0) {
			assert_memory_equal(crowd->views[0] +
					    ranges[i].buffer_offset,
					    crowd->nodes[0]->bytes +
					    ranges[i].file_offset,
					    ranges[i].length);
			continue;
		}
		crowd_check_failure(crowd, r, -EBADR, "io_uring failed");
		failed++;
	}
	assert_int_equal(crowd->ctx->engine.budget.slots, 0);
	assert_null(crowd->ctx->engine.budget.waiting);
	assert_int_equal(crowd->ctx->engine.pool.in_use, 0);
	return failed;
}

/* The ring fails once, at any of its submissions or waits, while ten loads of a context share
 * it. Each has its own outcome, and all succeed the next time. */
static void ring_that_fails_under_many(void **state)
{
	struct dmaload_range ranges[LOADS];
	struct crowd crowd;
	unsigned i, n, total = 0;
	uint64_t late;

	(void)state;
	crowd_make(&crowd, 4096, 6);
	crowd_add_file(&crowd, 200000, 0);
	crowd_add_buffer(&crowd, "pfnmap", 200 << 10);
	for (i = 0; i < LOADS; i++)
		ranges[i] = crowd_range(&crowd, 0, i * 19000, 0, i * 20480,
					15000 + i * 300);
	for (n = 0; n < 60; n++) {
		fake.order = (enum fake_order)(n % 3);
		fake.submit_most = n % 4;
		fake.batch = n % 5;
		/* With a deadline it waits by a call of its own. */
		late = n % 2 ? sys_now() + 1000000000000u : 0;
		fake_fail_calls(late && n % 3 ? FAKE_RING_WAIT : FAKE_RING_SUBMIT,
				1 + n / 2, 1, -EBADR);
		fake_fail_calls(FAKE_RING_WAIT, 2 + n / 2, 1 + n % 3, -EINTR);
		crowd_fill(&crowd);
		total += load_many(&crowd, ranges, late);
		fake_fail_nothing();
		crowd_fill(&crowd);
		assert_int_equal(load_many(&crowd, ranges, late), 0);
		crowd_check(&crowd, ranges, LOADS, true);
	}
	/* Most submissions have requests in flight. */
	assert_in_range(total, 30, 60 * LOADS);
	crowd_drop(&crowd);
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
		SCENE_TEST(ring_that_fails_under_many),
		SCENE_TEST(brackets_that_fail),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}

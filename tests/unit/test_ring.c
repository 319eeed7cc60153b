/* SPDX-License-Identifier: MIT */
/* Failures of the ring itself, and of the bracket around it. */
#include <errno.h>
#include <string.h>

#include "context/ctx.h"
#include "gate.h"
#include "rows.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

/* Any submission of a load fails, with or without reads in flight. */
static const struct submission {
	const char *name;
	int error;
	unsigned times;
	/* 0: the load succeeds. */
	int code;
} submissions[] = {
	{ "an interrupted submission is repeated", -EINTR, 3, 0 },
	{ "a submission is repeated: EAGAIN", -EAGAIN, 3, 0 },
	{ "a submission is repeated: EBUSY", -EBUSY, 3, 0 },
	{ "a ring that fails is drained", -EBADR, 1, -EBADR },
};

static void submission_fails(void **state)
{
	const struct submission *row = *state;
	struct scene scene;
	unsigned i;
	int r;

	scene_make(&scene, &pinnable);
	for (i = 0; i < 16; i++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_RING_SUBMIT, 1 + i / 2, row->times,
				row->error);
		fake_fail_calls(FAKE_RING_WAIT, 1, 2, -EINTR);
		fake.order = (enum fake_order)(i % 3);
		fake.submit_most = i % 4;
		r = scene_load_by(&scene, i & 1);
		assert_int_equal(r, row->code);
		if (r == 0)
			scene_check_report(&scene);
		else
			scene_check_failure(&scene, r, r, "io_uring");
	}
	fake_fail_nothing();
	assert_int_equal(scene_load_by(&scene, DMALOAD_PATH_BOUNCE), 0);
	scene_drop(&scene);
}

#define LOADS 10

/* Submit all, and wait for each. Return how many have failed, which must be by
 * the ring's error; the others must be right. */
static unsigned load_many(struct scene *scene, struct dmaload_range *ranges,
			  uint64_t deadline_ns)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .deadline_ns = deadline_ns,
	};
	struct dmaload_job *jobs[LOADS];
	unsigned i, failed = 0;
	int r;

	for (i = 0; i < LOADS; i++)
		jobs[i] = gate_submit(scene, DMALOAD_LOAD, &ranges[i], 1,
				      &options);
	for (i = 0; i < LOADS; i++) {
		scene_prepare(scene);
		r = dmaload_job_wait(jobs[i], DMALOAD_FOREVER, &scene->report,
				     &scene->err);
		dmaload_job_destroy(jobs[i]);
		if (r == 0) {
			assert_memory_equal(scene->views[0] +
					    ranges[i].buffer_offset,
					    scene->nodes[0]->bytes +
					    ranges[i].file_offset,
					    ranges[i].length);
			continue;
		}
		scene_check_failure(scene, r, -EBADR, "io_uring failed");
		failed++;
	}
	assert_int_equal(scene->ctx->engine.budget.slots, 0);
	assert_null(scene->ctx->engine.budget.waiting);
	assert_int_equal(scene->ctx->engine.pool.in_use, 0);
	return failed;
}

/* The ring fails once, at any submission or wait, while ten loads of a context
 * share it. Each load has an outcome of its own; all succeed the next time. */
static void ring_fails_under_many_loads(void **state)
{
	struct dmaload_range ranges[LOADS];
	struct scene scene;
	unsigned i, n, total = 0;
	uint64_t late;

	(void)state;
	scene_make_empty(&scene, 4096, 6);
	scene_add_file(&scene, 200000, 0);
	scene_add_buffer(&scene, "pfnmap", 200 << 10);
	for (i = 0; i < LOADS; i++)
		ranges[i] = scene_range(&scene, 0, i * 19000, 0, i * 20480,
					15000 + i * 300);
	for (n = 0; n < 60; n++) {
		fake.order = (enum fake_order)(n % 3);
		fake.submit_most = n % 4;
		fake.batch = n % 5;
		/* With a deadline, the wait is a call of its own. */
		late = n % 2 ? sys_now() + 1000000000000u : 0;
		fake_fail_calls(late && n % 3 ? FAKE_RING_WAIT : FAKE_RING_SUBMIT,
				1 + n / 2, 1, -EBADR);
		fake_fail_calls(FAKE_RING_WAIT, 2 + n / 2, 1 + n % 3, -EINTR);
		scene_fill(&scene);
		total += load_many(&scene, ranges, late);
		fake_fail_nothing();
		scene_fill(&scene);
		assert_int_equal(load_many(&scene, ranges, late), 0);
		scene_check_ranges(&scene, ranges, LOADS, true);
	}
	/* Most submissions have requests in flight. */
	assert_in_range(total, 30, 60 * LOADS);
	scene_drop(&scene);
}

static void bracket_fails(void **state)
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
		SCENE_TEST(ring_fails_under_many_loads),
		SCENE_TEST(bracket_fails),
	};

	return ROWS_RUN("ring: submissions", submission_fails, submissions) +
	       cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}

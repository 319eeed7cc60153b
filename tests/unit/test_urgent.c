/* SPDX-License-Identifier: MIT */
/* Jobs that become urgent when they are under way. */
#include <errno.h>
#include <sched.h>

#include "desk.h"
#include "model.h"

/* Return a part that takes a few reads, in a place that no other job uses. */
static struct dmaload_range part(const struct desk *desk, unsigned n)
{
	return scene_range(desk->scene, 0, n * 10000, 1, n * 8192, 8000);
}

/* Three jobs of one thread wait for a slot. */
static void one_goes_ahead(void **state)
{
	struct dmaload_range ranges[3];
	struct dmaload_job *first, *jobs[3];
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	first = desk_block(&desk, 9);
	for (i = 0; i < 3; i++) {
		ranges[i] = part(&desk, i);
		desk.options.user_data = i;
		jobs[i] = gate_submit(desk.scene, DMALOAD_LOAD, &ranges[i], 1,
				      &desk.options);
	}
	dmaload_job_set_urgent(jobs[1]);
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	desk_unblock(&desk);
	desk_expect_end(&desk, 1, 0);
	desk_expect_end(&desk, 0, 0);
	desk_expect_end(&desk, 2, 0);
	/* It has ended: nothing changes. */
	dmaload_job_set_urgent(jobs[1]);
	dmaload_job_set_urgent(NULL);
	gate_open(&desk.scenery.gate);
	desk_expect_end(&desk, 9, 0);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(first);
	for (i = 0; i < 3; i++)
		dmaload_job_destroy(jobs[i]);
	desk_drop(&desk);
}

/* And with it those that it has to wait for. */
static void with_those_in_its_way(void **state)
{
	struct dmaload_range ranges[3];
	struct dmaload_job *first, *jobs[3];
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	first = desk_block(&desk, 9);
	ranges[0] = part(&desk, 0);
	ranges[1] = ranges[2] = part(&desk, 1);
	for (i = 0; i < 3; i++) {
		desk.options.user_data = i;
		jobs[i] = gate_submit(desk.scene, DMALOAD_LOAD, &ranges[i], 1,
				      &desk.options);
	}
	dmaload_job_set_urgent(jobs[2]);
	desk_unblock(&desk);
	desk_expect_end(&desk, 1, 0);
	desk_expect_end(&desk, 2, 0);
	desk_expect_end(&desk, 0, 0);
	gate_open(&desk.scenery.gate);
	desk_expect_end(&desk, 9, 0);
	dmaload_job_destroy(first);
	for (i = 0; i < 3; i++)
		dmaload_job_destroy(jobs[i]);
	desk_drop(&desk);
}

/* A thread has as many jobs at a time as there are slots, and one more if it is urgent. */
static void beyond_those_that_have_begun(void **state)
{
	struct dmaload_range range;
	struct dmaload_job *first, *jobs[65];
	struct desk desk;
	unsigned syncs, i;

	(void)state;
	desk_make(&desk);
	first = desk_block(&desk, 100);
	syncs = fake_count(FAKE_SYNC);
	for (i = 0; i <= 64; i++) {
		range = scene_range(desk.scene, 0, i * 1000, 0, 40000 + i * 384,
				    300);
		desk.options.user_data = i;
		jobs[i] = gate_submit(desk.scene, DMALOAD_LOAD, &range, 1,
				      &desk.options);
	}
	/* Each of them has begun its bracket, but for the last; and now the thread sees that
	 * this one may not begin. */
	while (fake_count(FAKE_SYNC) < syncs + 64)
		sched_yield();
	desk.options.deadline_ns = 1;
	desk_submit(&desk, &range, 1, 101);
	desk_expect_end(&desk, 101, -ETIME);
	dmaload_job_set_urgent(jobs[64]);
	while (fake_count(FAKE_SYNC) < syncs + 65)
		sched_yield();
	desk_unblock(&desk);
	desk_expect_end(&desk, 64, 0);
	for (i = 0; i < 64; i++)
		assert_int_equal(desk_try(&desk, DMALOAD_FOREVER), 0);
	gate_open(&desk.scenery.gate);
	desk_expect_end(&desk, 100, 0);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(first);
	for (i = 0; i <= 64; i++)
		dmaload_job_destroy(jobs[i]);
	desk_drop(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(one_goes_ahead),
		SCENE_TEST(with_those_in_its_way),
		SCENE_TEST(beyond_those_that_have_begun),
	};

	return cmocka_run_group_tests_name("urgent", tests, NULL, NULL);
}

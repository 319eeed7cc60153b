/* SPDX-License-Identifier: MIT */
/* Jobs that become urgent when they are under way. */
#include <errno.h>

#include "desk.h"
#include "model.h"

/* Return a part that takes a few reads, in a place that no other job uses. */
static struct dmaload_range part(const struct desk *desk, unsigned n)
{
	return crowd_range(desk->crowd, 0, n * 10000, 1, n * 8192, 8000);
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
		jobs[i] = gate_submit(desk.crowd, DMALOAD_LOAD, &ranges[i], 1,
				      &desk.options);
	}
	dmaload_job_hurry(jobs[1]);
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	desk_unblock(&desk);
	desk_expect_end(&desk, 1, 0);
	desk_expect_end(&desk, 0, 0);
	desk_expect_end(&desk, 2, 0);
	/* It has ended: nothing changes. */
	dmaload_job_hurry(jobs[1]);
	dmaload_job_hurry(NULL);
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
		jobs[i] = gate_submit(desk.crowd, DMALOAD_LOAD, &ranges[i], 1,
				      &desk.options);
	}
	dmaload_job_hurry(jobs[2]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(one_goes_ahead),
		SCENE_TEST(with_those_in_its_way),
	};

	return cmocka_run_group_tests_name("hurry", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Jobs that need a thread each, and more of them than there are threads. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "gate.h"
#include "model.h"

/* As many as there are threads, and the bytes of each. */
#define MEMBERS 16
#define BYTES 2048

struct crew_test {
	struct scenery scenery;
	struct dmaload_options buffered;
	struct dmaload_job *jobs[MEMBERS];
};

static struct dmaload_range part(const struct crew_test *test, unsigned n)
{
	return scene_range(&test->scenery.scene, 2, n * BYTES, 2, n * BYTES, BYTES);
}

/* Each thread has a read that does not return. */
static void hold_all(struct crew_test *test)
{
	struct scene *scene = &test->scenery.scene;
	struct dmaload_range range;
	unsigned i;

	scenery_make(&test->scenery);
	scene_add_file(scene, 64 << 10, 0);
	fake_set(&scene->nodes[2]->stuck, true);
	test->buffered = (struct dmaload_options){
		.size = sizeof(test->buffered),
		.paths = DMALOAD_ALLOW_BUFFERED,
	};
	for (i = 0; i < MEMBERS; i++) {
		range = part(test, i);
		test->jobs[i] = gate_submit(scene, DMALOAD_LOAD, &range, 1,
					    &test->buffered);
	}
	while (fake_count(FAKE_READ_AT) < MEMBERS)
		sched_yield();
}

static void let_all_go(struct crew_test *test)
{
	struct scene *scene = &test->scenery.scene;
	unsigned i;

	fake_set(&scene->nodes[2]->stuck, false);
	for (i = 0; i < MEMBERS; i++) {
		assert_int_equal(scenery_wait(&test->scenery, test->jobs[i]), 0);
		dmaload_job_destroy(test->jobs[i]);
	}
	assert_memory_equal(scene->views[2], scene->nodes[2]->bytes,
			    MEMBERS * BYTES);
}

/* No job has a thread to wait for it, and yet it ends in time, and goes on in its turn. */
static void without_a_thread(void **state)
{
	struct crew_test test;
	struct scenery *scenery = &test.scenery;
	struct scene *scene = &scenery->scene;
	struct dmaload_job *canceled, *late, *last;
	struct dmaload_options options;
	struct dmaload_range range;

	(void)state;
	hold_all(&test);
	range = part(&test, MEMBERS);
	canceled = gate_submit(scene, DMALOAD_LOAD, &range, 1, &test.buffered);
	dmaload_job_cancel(canceled);
	assert_int_equal(dmaload_job_wait(canceled, 0, NULL, NULL), -ECANCELED);
	options = test.buffered;
	options.deadline_ns = sys_now() + 1000000;
	late = gate_submit(scene, DMALOAD_LOAD, &range, 1, &options);
	assert_int_equal(scenery_wait(scenery, late), -ETIME);
	last = gate_submit(scene, DMALOAD_LOAD, &range, 1, &test.buffered);
	assert_int_equal(dmaload_job_wait(last, 0, NULL, NULL), -EINPROGRESS);
	assert_int_equal(fake_count(FAKE_READ_AT), MEMBERS);
	let_all_go(&test);
	assert_int_equal(scenery_wait(scenery, last), 0);
	assert_memory_equal(scene->views[2] + MEMBERS * BYTES,
			    scene->nodes[2]->bytes + MEMBERS * BYTES, BYTES);
	dmaload_job_destroy(canceled);
	dmaload_job_destroy(late);
	dmaload_job_destroy(last);
	scenery_drop(scenery);
}

/* It shows on the way that a job needs a thread. */
static void needed_on_the_way(void **state)
{
	struct crew_test test;
	struct scenery *scenery = &test.scenery;
	struct scene *scene = &scenery->scene;
	struct dmaload_job *canceled, *last, *other;
	struct dmaload_range ranges[2];
	struct fake_node *node;

	(void)state;
	hold_all(&test);
	node = scene_add_file(scene, 20000, 0);
	node->direct_error = -EINVAL;
	ranges[0] = scene_range(scene, 0, 0, 0, 0, 20000);
	ranges[1] = scene_range(scene, 3, 0, 0, 20480, 20000);
	canceled = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	dmaload_job_cancel(canceled);
	assert_int_equal(scenery_wait(scenery, canceled), -ECANCELED);
	last = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	/* Nobody has to wait for it. */
	other = scenery_submit(scenery, 1, NULL);
	assert_int_equal(scenery_wait(scenery, other), 0);
	assert_int_equal(dmaload_job_wait(last, 0, NULL, NULL), -EINPROGRESS);
	let_all_go(&test);
	assert_int_equal(scenery_wait(scenery, last), 0);
	dmaload_job_destroy(canceled);
	dmaload_job_destroy(last);
	dmaload_job_destroy(other);
	scenery_drop(scenery);
}

/* Streams that bring nothing leave the others their threads. */
static void streams_beside_all(void **state)
{
	struct dmaload_file *files[MEMBERS + 1];
	struct dmaload_job *jobs[MEMBERS + 1];
	struct fake_node *nodes[MEMBERS + 1];
	int fds[MEMBERS + 1];
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range range;
	struct dmaload_job *store;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	for (i = 0; i <= MEMBERS; i++) {
		nodes[i] = fake_add(FAKE_PIPE, "", BYTES);
		nodes[i]->stalls = FAKE_FOREVER;
		fds[i] = fake_open(nodes[i], O_RDONLY | O_NONBLOCK);
		assert_int_equal(dmaload_file_from_stream(&files[i], fds[i],
							  NULL), 0);
		range = scene_range(scene, 0, 0, 2, i * BYTES, BYTES);
		range.file = files[i];
		jobs[i] = gate_submit(scene, DMALOAD_LOAD, &range, 1, NULL);
	}
	range = scene_range(scene, 0, 0, 1, 0, 20000);
	store = gate_submit(scene, DMALOAD_STORE, &range, 1, NULL);
	assert_int_equal(scenery_wait(&scenery, store), 0);
	dmaload_job_destroy(store);
	for (i = 0; i <= MEMBERS; i++) {
		assert_int_equal(dmaload_job_wait(jobs[i], 0, NULL, NULL),
				 -EINPROGRESS);
		dmaload_job_destroy(jobs[i]);
		dmaload_file_close(files[i]);
		fake_close(fds[i]);
	}
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(without_a_thread),
		SCENE_TEST(needed_on_the_way),
		SCENE_TEST(streams_beside_all),
	};

	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A store that waits until another one leaves a file: for no longer than it may, whatever
 * becomes of the wall clock. */
#include <errno.h>
#include <time.h>

#include "file/inode.h"
#include "gate.h"

#define SIZE 100000u

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until);

/* It is an hour fast, and put right as soon as it has been read. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	const int r = __real_clock_gettime(clock, now);

	if (clock == CLOCK_REALTIME)
		now->tv_sec += 3600;
	return r;
}

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

static struct timespec in_a_millisecond(void)
{
	struct timespec time;

	__real_clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_nsec += 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

/* The fake clock goes on while a thread waits. By the real one the end would be past, and
 * a thread would ask again and again until its questions alone have moved the fake one on. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until)
{
	struct timespec step;
	int r = ETIMEDOUT;

	while (r == ETIMEDOUT && sys_now() < ns_of(until)) {
		step = in_a_millisecond();
		r = __real_pthread_cond_timedwait(cond, mutex, &step);
		if (r == ETIMEDOUT)
			sys_nap();
	}
	return r;
}

/* Somebody writes to the file directly, and a range has ends only. */
struct turn {
	struct scene scene;
	struct inode *inode;
	struct dmaload_range range;
};

static void make(struct turn *turn)
{
	struct scene *scene = &turn->scene;
	const struct sys_stat *st;

	scene_make_empty(scene, 8192, 4);
	scene_add_file(scene, SIZE, 0);
	scene_add_buffer(scene, "memfd", SIZE);
	scene_fill(scene);
	scene_prepare(scene);
	turn->range = scene_range(scene, 0, 70001, 0, 0, 100);
	st = &scene->nodes[0]->st;
	turn->inode = inode_get(false, st->dev, st->ino);
	assert_non_null(turn->inode);
	assert_true(inode_enter(turn->inode, INODE_DIRECT));
}

static void drop(struct turn *turn)
{
	inode_put(turn->inode);
	scene_drop(&turn->scene);
}

static void a_deadline_is_kept(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scene *scene;
	struct turn turn;

	(void)state;
	make(&turn);
	scene = &turn.scene;
	options.deadline_ns = sys_now() + 1000000;
	scene_check_failure(scene, dmaload_store(scene->ctx, &turn.range, 1,
			    &options, NULL, &scene->err), -ETIME, "deadline");
	inode_leave(turn.inode, INODE_DIRECT);
	drop(&turn);
}

static void canceled_it_ends(void **state)
{
	struct dmaload_job *job;
	struct turn turn;

	(void)state;
	make(&turn);
	job = gate_submit(&turn.scene, DMALOAD_STORE, &turn.range, 1, NULL);
	assert_int_equal(dmaload_job_wait(job, 20000000, NULL, NULL),
			 -EINPROGRESS);
	dmaload_job_cancel(job);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL),
			 -ECANCELED);
	dmaload_job_destroy(job);
	inode_leave(turn.inode, INODE_DIRECT);
	drop(&turn);
}

static void its_turn_comes(void **state)
{
	struct dmaload_job *job;
	struct turn turn;

	(void)state;
	make(&turn);
	job = gate_submit(&turn.scene, DMALOAD_STORE, &turn.range, 1, NULL);
	assert_int_equal(dmaload_job_wait(job, 20000000, NULL, NULL),
			 -EINPROGRESS);
	inode_leave(turn.inode, INODE_DIRECT);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
	dmaload_job_destroy(job);
	assert_memory_equal(turn.scene.nodes[0]->bytes + 70001,
			    turn.scene.views[0], 100);
	drop(&turn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_deadline_is_kept),
		SCENE_TEST(canceled_it_ends),
		SCENE_TEST(its_turn_comes),
	};

	return cmocka_run_group_tests_name("inode", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Conflicts between jobs, and the limit of fds. */
#include "jobs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pattern.h"

static struct dmaload_range part(const struct scene *scene, uint64_t first,
				 uint64_t end)
{
	struct dmaload_range range = scene->range;

	range.file_offset = range.buffer_offset = first * MIB;
	range.length = (end - first) * MIB;
	return range;
}

static int try_submit(struct dmaload_ctx *ctx, enum dmaload_operation operation,
		      const struct dmaload_range *range)
{
	struct dmaload_job *job;
	int r;

	r = dmaload_submit(&job, ctx, operation, range, 1, NULL, NULL);
	if (r == 0)
		dmaload_job_destroy(job);
	return r;
}

static void test_only_one_job_writes_to_a_place(void **state)
{
	struct dmaload_range first, across, behind;
	struct dmaload_ctx *other;
	struct dmaload_job *job;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	first = part(&scene, 0, 8);
	across = part(&scene, 4, 12);
	behind = part(&scene, 8, 16);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	job = submit(scene.kit.ctx, DMALOAD_LOAD, &first, 1, NULL);

	/* A job of the same context waits. */
	assert_int_equal(try_submit(scene.kit.ctx, DMALOAD_LOAD, &across), 0);
	assert_int_equal(try_submit(other, DMALOAD_LOAD, &across), -EBUSY);
	assert_int_equal(try_submit(other, DMALOAD_VERIFY, &across), -EBUSY);
	assert_int_equal(dmaload_load(other, &across, 1, NULL, NULL, NULL),
			 -EBUSY);
	assert_int_equal(dmaload_load(other, &behind, 1, NULL, NULL, NULL), 0);

	stall_release(&scene.stall);
	assert_int_equal(wait_for(job), 0);
	assert_int_equal(dmaload_load(other, &across, 1, NULL, NULL, NULL), 0);
	kit_check(&scene.kit, 0, 0, MEDIUM);
	dmaload_job_destroy(job);
	dmaload_ctx_destroy(other);
	stall_end(&scene.stall);
	kit_close(&scene.kit);
}

static void test_many_jobs_read_from_a_place(void **state)
{
	struct dmaload_job *jobs[2];
	struct dmaload_range stored;
	struct dmaload_ctx *other;
	struct scene scene;
	FILE *file;

	(void)state;
	scene_open(&scene);
	file = tmpfile();
	assert_non_null(file);
	stored = part(&scene, 0, 1);
	assert_int_equal(dmaload_file_from_fd(&stored.file, fileno(file), NULL),
			 0);
	jobs[0] = submit(scene.kit.ctx, DMALOAD_STORE, &stored, 1, NULL);
	jobs[1] = submit(scene.kit.ctx, DMALOAD_VERIFY, &scene.range, 1, NULL);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	assert_int_equal(try_submit(other, DMALOAD_LOAD, &scene.range), -EBUSY);
	stall_release(&scene.stall);
	assert_int_equal(wait_for(jobs[0]), 0);
	/* Only one byte has been loaded there. */
	assert_int_equal(wait_for(jobs[1]), -EBADMSG);
	assert_int_equal(try_submit(other, DMALOAD_LOAD, &scene.range), 0);
	dmaload_ctx_destroy(other);
	dmaload_job_destroy(jobs[0]);
	dmaload_job_destroy(jobs[1]);
	dmaload_file_close(stored.file);
	fclose(file);
	stall_end(&scene.stall);
	kit_close(&scene.kit);
}

static void test_only_one_context_reads_a_stream(void **state)
{
	struct dmaload_range range;
	struct dmaload_ctx *other;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	range = scene.range;
	range.file = scene.stall.stream;
	range.file_offset = 1;
	range.length = 16;
	range.buffer_offset = MIB;
	assert_int_equal(try_submit(other, DMALOAD_LOAD, &range), -EBUSY);
	assert_int_equal(try_submit(scene.kit.ctx, DMALOAD_LOAD, &range), 0);
	dmaload_ctx_destroy(other);
	scene_close(&scene);
}

/* Lower the soft limit of fds so that no fd is free. Return the old limit. */
static rlim_t no_more_fds(void)
{
	struct rlimit limit;
	const int next = dup(0);
	rlim_t before;

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void fds_as_before(rlim_t before)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = before;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_no_fd_is_free(void **state)
{
	struct dmaload_range range, stream;
	struct dmaload_job *job;
	struct stall stall;
	struct kit kit;
	rlim_t before;

	(void)state;
	/* Resident pages would need no fd. */
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	stall_prepare(&stall, &stream);
	range = kit_whole(&kit);
	before = no_more_fds();
	assert_int_equal(try_submit(kit.ctx, DMALOAD_LOAD, &stream), -EMFILE);
	assert_int_equal(dmaload_load(kit.ctx, &range, 1, NULL, NULL, NULL),
			 -EMFILE);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(job), -EMFILE);
	assert_int_equal(dmaload_job_fd(job, NULL), -EMFILE);
	fds_as_before(before);

	assert_true(is_readable(dmaload_job_fd(job, NULL)));
	dmaload_job_destroy(job);
	kit_check(&kit, 0, 0, 0);
	assert_int_equal(dmaload_load(kit.ctx, &range, 1, NULL, NULL, NULL), 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(try_submit(kit.ctx, DMALOAD_LOAD, &stream), 0);
	stall_end(&stall);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_one_job_writes_to_a_place),
		cmocka_unit_test(test_many_jobs_read_from_a_place),
		cmocka_unit_test(test_only_one_context_reads_a_stream),
		cmocka_unit_test(test_no_fd_is_free),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("sharing", tests, NULL, NULL);
}

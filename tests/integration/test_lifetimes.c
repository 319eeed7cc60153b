/* SPDX-License-Identifier: MIT */
/* Contexts, files, buffers and memory are destroyed while jobs use them. */
#include "jobs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "pattern.h"

/* A thread that loads by a blocking call. */
struct caller {
	pthread_t thread;
	struct dmaload_ctx *ctx;
	struct dmaload_range range;
	struct dmaload_options options;
	/* 0 until the thread runs. */
	atomic_int tid;
	int result;
};

static void *call(void *data)
{
	struct caller *caller = data;

	atomic_store(&caller->tid, (int)syscall(SYS_gettid));
	/* await_turn() may load to the same place for a moment. */
	do {
		caller->result = dmaload_load(caller->ctx, &caller->range, 1,
					      &caller->options, NULL, NULL);
	} while (caller->result == -EBUSY);
	return NULL;
}

static void call_in_thread(struct caller *caller, struct dmaload_ctx *ctx,
			   const struct dmaload_range *range)
{
	caller->ctx = ctx;
	caller->range = *range;
	caller->options.size = sizeof(caller->options);
	assert_int_equal(pthread_create(&caller->thread, NULL, call, caller), 0);
}

/* Wait until the caller waits for its turn: no other context may load to its
 * place, and its thread sleeps. */
static void await_turn(struct caller *caller)
{
	struct dmaload_ctx *ctx;

	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	while (dmaload_load(ctx, &caller->range, 1, NULL, NULL, NULL) != -EBUSY)
		nap_ms(1);
	dmaload_ctx_destroy(ctx);
	while (atomic_load(&caller->tid) == 0)
		nap_ms(1);
	await_sleep(atomic_load(&caller->tid));
}

static void test_ctx_destroy_cancels_jobs_and_calls(void **state)
{
	struct caller caller = { .result = 0 };
	struct dmaload_job *queued, *ended;
	struct dmaload_range half;
	struct scene scene;
	size_t i;

	(void)state;
	kit_open(&scene.kit, MEDIUM, MEDIUM);
	half = (struct dmaload_range){ .file = scene.kit.file,
		.buffer = scene.kit.buffer, .length = MEDIUM / 2 };
	ended = submit(scene.kit.ctx, DMALOAD_LOAD, &half, 1, NULL);
	assert_int_equal(wait_for(ended), 0);
	stall_begin(&scene.stall, &scene.kit, NULL);
	queued = submit(scene.kit.ctx, DMALOAD_LOAD, &half, 1, NULL);
	call_in_thread(&caller, scene.kit.ctx, &half);
	await_turn(&caller);

	dmaload_ctx_destroy(scene.kit.ctx);
	scene.kit.ctx = NULL;
	pthread_join(caller.thread, NULL);
	assert_int_equal(caller.result, -ECANCELED);
	assert_true(has_ended(scene.stall.job));
	assert_true(has_ended(queued));
	expect_end(scene.stall.job, -ECANCELED);
	expect_end(queued, -ECANCELED);
	dmaload_job_cancel(queued);
	/* A job that had ended before keeps its result. */
	assert_int_equal(wait_for(ended), 0);
	assert_int_equal(dmaload_job_next_range(ended, &i), 0);
	dmaload_job_destroy(ended);
	dmaload_job_destroy(queued);
	stall_end(&scene.stall);
	kit_close(&scene.kit);
}

/* The first job in the queue is a blocking call of another thread. */
static void test_ctx_destroy_cancels_a_running_call(void **state)
{
	struct gate gate = GATE_CLOSED;
	struct caller caller = { .options = gated(&gate) };
	struct dmaload_job *queued;
	struct dmaload_range range;
	struct stall stall;
	struct kit kit;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	stall_prepare(&stall, &range);
	gate_open(&gate);
	assert_int_equal(write(stall.pipe[1], "", 1), 1);
	call_in_thread(&caller, kit.ctx, &range);
	gate_await(&gate, 1);
	range = kit_whole(&kit);
	queued = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);

	dmaload_ctx_destroy(kit.ctx);
	kit.ctx = NULL;
	pthread_join(caller.thread, NULL);
	assert_int_equal(caller.result, -ECANCELED);
	expect_end(queued, -ECANCELED);
	dmaload_job_destroy(queued);
	stall_end(&stall);
	kit_close(&kit);
}

static void test_objects_are_destroyed_right_after_submit(void **state)
{
	struct gate gate = GATE_CLOSED;
	const struct dmaload_options options = gated(&gate);
	struct dmaload_range range;
	struct dmaload_job *job;
	unsigned char *map;
	struct kit kit;
	int fd;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, &options);
	fd = dup(dmaload_buffer_fd(kit.buffer));
	dmaload_buffer_destroy(kit.buffer);
	dmaload_file_close(kit.file);
	kit.buffer = NULL;
	kit.file = NULL;
	gate_open(&gate);
	assert_int_equal(wait_for(job), 0);

	/* The mapping is all that is left of them. */
	map = mmap(NULL, MEDIUM, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	sync_raw(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_int_equal(pattern_differs(map, MEDIUM, 0), MEDIUM);
	sync_raw(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(map, MEDIUM);
	close(fd);
	assert_int_equal(dmaload_ctx_trim(kit.ctx), 0);
	assert_int_equal(open_fds(), kit.fds);
	dmaload_job_destroy(job);
	kit_close(&kit);
}

/* Be slow, so that the job is still in flight when it is stopped. */
static int take_time(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	nap_ms(1);
	return 0;
}

/* Free the memory that a job loads into. Return the result of the job. */
static int free_under_a_job(const struct kit *kit, struct dmaload_ctx *ctx)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .progress = take_time,
	};
	struct dmaload_progress now = { .size = sizeof(now) };
	struct dmaload_range range = kit_whole(kit);
	void *memory = malloc(place.large);
	struct dmaload_job *job;
	int r;

	assert_non_null(memory);
	assert_int_equal(dmaload_buffer_from_memory(&range.buffer, memory,
						    place.large, NULL), 0);
	job = submit(ctx, DMALOAD_LOAD, &range, 1, &options);
	do {
		dmaload_job_progress(job, &now);
	} while (now.bytes_done == 0);
	dmaload_buffer_destroy(range.buffer);
	free(memory);
	r = wait_for(job);
	dmaload_job_destroy(job);
	return r;
}

/* When the buffer is destroyed, nothing uses the memory, so it is freed at
 * once. On a busy machine the job may have ended; then try again. */
static void test_memory_is_freed_under_a_running_job(void **state)
{
	struct dmaload_ctx *ctx;
	struct kit kit;
	int r;

	(void)state;
	kit_open(&kit, place.large, 4096);
	ctx = one_by_one(MIB);
	do {
		r = free_under_a_job(&kit, ctx);
	} while (r == 0);
	assert_int_equal(r, -ECANCELED);
	dmaload_ctx_destroy(ctx);
	kit_close(&kit);
}

static void test_memory_is_freed_under_a_stream(void **state)
{
	struct dmaload_buffer *scratch;
	struct dmaload_range range;
	struct stall stall;
	struct kit kit;
	void *memory = malloc(STALL_BYTES);

	(void)state;
	assert_non_null(memory);
	kit_open(&kit, MEDIUM, 4096);
	stall_prepare(&stall, &range);
	scratch = stall.buffer;
	assert_int_equal(dmaload_buffer_from_memory(&range.buffer, memory,
						    STALL_BYTES, NULL), 0);
	stall.job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	stall_await(&stall);
	dmaload_buffer_destroy(range.buffer);
	free(memory);
	expect_end(stall.job, -ECANCELED);
	stall.buffer = scratch;
	stall_end(&stall);
	kit_close(&kit);
}

static void test_memory_is_freed_under_waiting_jobs(void **state)
{
	unsigned char *memory = malloc(2 * MIB);
	struct dmaload_job *jobs[2];
	struct scene scene;
	size_t i;

	(void)state;
	assert_non_null(memory);
	scene_open(&scene);
	assert_int_equal(dmaload_buffer_from_memory(&scene.range.buffer, memory,
						    2 * MIB, NULL), 0);
	scene.range.length = MIB;
	for (i = 0; i < 2; i++) {
		scene.range.buffer_offset = i * MIB;
		jobs[i] = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1,
				 NULL);
	}
	dmaload_buffer_destroy(scene.range.buffer);
	free(memory);
	for (i = 0; i < 2; i++) {
		assert_true(has_ended(jobs[i]));
		expect_end(jobs[i], -ECANCELED);
		dmaload_job_destroy(jobs[i]);
	}
	scene_close(&scene);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ctx_destroy_cancels_jobs_and_calls),
		cmocka_unit_test(test_ctx_destroy_cancels_a_running_call),
		cmocka_unit_test(test_objects_are_destroyed_right_after_submit),
		cmocka_unit_test(test_memory_is_freed_under_a_running_job),
		cmocka_unit_test(test_memory_is_freed_under_a_stream),
		cmocka_unit_test(test_memory_is_freed_under_waiting_jobs),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("lifetimes", tests, NULL, NULL);
}

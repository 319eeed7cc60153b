/* SPDX-License-Identifier: MIT */
#include "jobs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "pattern.h"

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void nap_ms(unsigned ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	nanosleep(&time, NULL);
}

/* Return how often a thread has slept if it sleeps now, else -1. */
static long sleeps_of(int tid)
{
	char path[64], line[128], state = '?';
	long times = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "State: %c", &state);
		sscanf(line, "voluntary_ctxt_switches: %ld", &times);
	}
	fclose(file);
	return state == 'S' ? times : -1;
}

void await_sleep(int tid)
{
	const uint64_t start = now_ns();
	unsigned looks = 0;
	long before = -1, now;

	/* Require a longer sleep than a wait for a lock that is held
	 * briefly. */
	for (; looks < 20; before = now) {
		nap_ms(1);
		now = sleeps_of(tid);
		looks = now >= 0 && now == before ? looks + 1 : 0;
		assert_true(now_ns() - start < PATIENCE_NS);
	}
}

struct dmaload_range kit_whole(const struct kit *kit)
{
	return (struct dmaload_range){
		.file = kit->file,
		.buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};
}

struct dmaload_ctx *one_by_one(uint32_t chunk)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = chunk,
		.queue_depth = 1,
		.engine = place.engine,
	};
	struct dmaload_ctx *ctx;

	assert_int_equal(dmaload_ctx_create(&ctx, &config, NULL), 0);
	return ctx;
}

struct dmaload_job *submit(struct dmaload_ctx *ctx,
			   enum dmaload_operation operation,
			   const struct dmaload_range *ranges, size_t count,
			   const struct dmaload_options *options)
{
	struct dmaload_job *job = NULL;
	struct dmaload_error err;

	if (dmaload_submit(&job, ctx, operation, ranges, count, options,
			   &err) < 0)
		fail_msg("submit: %s", err.message);
	return job;
}

int wait_for(struct dmaload_job *job)
{
	const int r = dmaload_job_wait(job, PATIENCE_NS, NULL, NULL);

	if (r == -EINPROGRESS)
		fail_msg("a job has not ended in time");
	return r;
}

bool has_ended(struct dmaload_job *job)
{
	return dmaload_job_wait(job, 0, NULL, NULL) != -EINPROGRESS;
}

void expect_end(struct dmaload_job *job, int result)
{
	struct dmaload_error err;
	size_t i;

	assert_int_equal(dmaload_job_wait(job, PATIENCE_NS, NULL, &err), result);
	assert_int_equal(err.code, result);
	assert_int_equal(dmaload_job_next_range(job, &i), -ENODATA);
	assert_true(is_readable(dmaload_job_fd(job, NULL)));
}

static bool poll_for(int fd, int64_t ns)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, (int)(ns / 1000000)) == 1 && one.revents == POLLIN;
}

bool is_readable(int fd)
{
	return poll_for(fd, 0);
}

bool becomes_readable(int fd)
{
	return poll_for(fd, PATIENCE_NS);
}

bool buffer_holds(const struct dmaload_buffer *buffer, uint64_t buffer_offset,
		  uint64_t length, uint64_t file_offset)
{
	const int fd = dmaload_buffer_fd(buffer);
	const uint64_t size = dmaload_buffer_size(buffer);
	const unsigned char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	bool same;

	assert_ptr_not_equal(map, MAP_FAILED);
	sync_raw(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	same = pattern_differs(map + buffer_offset, length, file_offset) == length;
	sync_raw(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap((void *)map, size);
	return same;
}

void stall_prepare(struct stall *stall, struct dmaload_range *range)
{
	*stall = (struct stall){ .job = NULL };
	assert_int_equal(pipe(stall->pipe), 0);
	assert_int_equal(dmaload_file_from_stream(&stall->stream, stall->pipe[0],
						  NULL), 0);
	assert_int_equal(dmaload_buffer_create(&stall->buffer, place.source,
					       STALL_BYTES, NULL), 0);
	*range = (struct dmaload_range){
		.file = stall->stream,
		.buffer = stall->buffer,
		.length = STALL_BYTES,
	};
}

static void feed(struct stall *stall, uint64_t from, uint64_t to)
{
	unsigned char bytes[STALL_BYTES];
	const size_t length = (size_t)(to - from);

	pattern_fill(bytes, length, from);
	assert_int_equal(write(stall->pipe[1], bytes, length), length);
}

void stall_await(struct stall *stall)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	const uint64_t start = now_ns();

	feed(stall, 0, 1);
	do {
		nap_ms(1);
		assert_int_equal(dmaload_job_progress(stall->job, &progress), 0);
		assert_true(now_ns() - start < PATIENCE_NS);
	} while (progress.bytes_done < 1);
}

void stall_begin(struct stall *stall, const struct kit *kit,
		 const struct dmaload_options *options)
{
	struct dmaload_range ranges[2];

	stall_prepare(stall, &ranges[0]);
	/* A load that writes to the first byte of the buffer must wait, too. */
	ranges[1] = kit_whole(kit);
	ranges[1].length = ranges[1].priority = 1;
	stall->job = submit(kit->ctx, DMALOAD_LOAD, ranges, 2, options);
	stall_await(stall);
}

void stall_release(struct stall *stall)
{
	feed(stall, 1, STALL_BYTES);
}

void stall_end(struct stall *stall)
{
	dmaload_job_destroy(stall->job);
	dmaload_buffer_destroy(stall->buffer);
	dmaload_file_close(stall->stream);
	close(stall->pipe[0]);
	close(stall->pipe[1]);
}

void scene_open(struct scene *scene)
{
	kit_open(&scene->kit, MEDIUM, MEDIUM);
	stall_begin(&scene->stall, &scene->kit, NULL);
	scene->range = kit_whole(&scene->kit);
}

void scene_close(struct scene *scene)
{
	assert_false(has_ended(scene->stall.job));
	stall_release(&scene->stall);
	assert_int_equal(wait_for(scene->stall.job), 0);
	assert_true(buffer_holds(scene->stall.buffer, 0, STALL_BYTES, 0));
	stall_end(&scene->stall);
	kit_close(&scene->kit);
}

int gate_pass(const struct dmaload_progress *progress, void *data)
{
	struct gate *gate = data;

	(void)progress;
	pthread_mutex_lock(&gate->lock);
	gate->reached++;
	pthread_cond_broadcast(&gate->changed);
	while (gate->reached > gate->allowed)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return 0;
}

void gate_await(struct gate *gate, unsigned times)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_NS / 1000000000;
	pthread_mutex_lock(&gate->lock);
	while (r == 0 && gate->reached < times)
		r = pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
	pthread_mutex_unlock(&gate->lock);
	if (r != 0)
		fail_msg("a job has not reached step %u in time", times);
}

void gate_allow(struct gate *gate, unsigned times)
{
	pthread_mutex_lock(&gate->lock);
	gate->allowed = times;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate)
{
	gate_allow(gate, UINT_MAX);
}

struct dmaload_options gated(struct gate *gate)
{
	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options),
		.progress = gate_pass,
		.progress_data = gate,
		/* Each step is a read of the disk, even if other processes read
		 * the file. */
		.cache = DMALOAD_CACHE_BYPASS,
	};
}

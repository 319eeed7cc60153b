/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct dmaload_buffer {
	unsigned char *bytes;
	uint64_t size;
};

struct dmaload_job {
	struct dmaload_job *next;
	bool hurried;
	struct dmaload_range range;
	bool ended;
	int result;
	char reason[64];
	unsigned waiters;
};

struct fake fake;
struct dmaload_ctx *const fake_ctx = (struct dmaload_ctx *)&fake;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
/* Those that have not ended, the oldest first. */
static struct dmaload_job *pending;
static unsigned waiters;

/* cmocka's own checks want the main thread. */
#define MUST(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "fake: %s is not so\n", #condition);	\
		abort();						\
	}								\
} while (0)

static int refuse(struct dmaload_error *err, int code, const char *reason)
{
	if (err) {
		err->code = code;
		snprintf(err->message, sizeof(err->message), "%s", reason);
	}
	return code;
}

void fake_reset(void)
{
	static bool made;
	pthread_condattr_t attr;

	if (!made) {
		pthread_condattr_init(&attr);
		pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		pthread_cond_init(&changed, &attr);
		made = true;
	}
	fake = (struct fake){ 0 };
}

void fake_check_empty(void)
{
	assert_int_equal(fake.buffers, 0);
	assert_int_equal(fake.jobs, 0);
	assert_null(pending);
}

unsigned char fake_byte(const struct dmaload_file *file, uint64_t offset)
{
	uint64_t z = (offset / 16 + 1) * 0x9e3779b97f4a7c15u + file->number;

	z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9u;
	return (unsigned char)((z >> 40) + offset % 16);
}

bool fake_holds(const struct dmaload_cache_slot *slot,
		const struct dmaload_file *file, uint64_t offset)
{
	const unsigned char *bytes = slot->data;
	uint64_t i;

	for (i = 0; i < slot->length; i++)
		if (bytes[i] != fake_byte(file, offset + i))
			return false;
	return slot->data == (unsigned char *)dmaload_buffer_map(slot->buffer) +
			     slot->buffer_offset;
}

struct dmaload_buffer *fake_buffer(uint64_t size)
{
	struct dmaload_buffer *buffer = malloc(sizeof(*buffer));

	MUST(buffer);
	buffer->bytes = malloc(size);
	buffer->size = size;
	MUST(buffer->bytes);
	return buffer;
}

void fake_buffer_free(struct dmaload_buffer *buffer)
{
	free(buffer->bytes);
	free(buffer);
}

int dmaload_buffer_create(struct dmaload_buffer **out, const char *source,
			  uint64_t size, struct dmaload_error *err)
{
	(void)source;
	if (fake.buffer_fails > 0 && --fake.buffer_fails == 0)
		return refuse(err, fake.buffer_error, "no buffer");
	*out = fake_buffer(size);
	fake.buffers++;
	return 0;
}

void dmaload_buffer_destroy(struct dmaload_buffer *buffer)
{
	if (!buffer)
		return;
	fake.buffers--;
	fake_buffer_free(buffer);
}

uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer)
{
	return buffer->size;
}

void *dmaload_buffer_map(const struct dmaload_buffer *buffer)
{
	return buffer->bytes;
}

uint64_t dmaload_file_size(const struct dmaload_file *file)
{
	return file->size;
}

const char *dmaload_file_name(const struct dmaload_file *file)
{
	(void)file;
	return "file";
}

/* Locked. */
static void end(struct dmaload_job *job, int result, const char *reason)
{
	struct dmaload_job **at = &pending;
	const struct dmaload_range *range = &job->range;
	uint64_t i;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	for (i = 0; result == 0 && i < range->length; i++)
		range->buffer->bytes[range->buffer_offset + i] =
			fake_byte(range->file, range->file_offset + i);
	job->ended = true;
	job->result = result;
	snprintf(job->reason, sizeof(job->reason), "%s", reason);
	pthread_cond_broadcast(&changed);
}

void fake_end(int result, const char *reason)
{
	pthread_mutex_lock(&lock);
	MUST(pending);
	end(pending, result, reason);
	pthread_mutex_unlock(&lock);
}

unsigned fake_pending(void)
{
	const struct dmaload_job *job;
	unsigned n = 0;

	pthread_mutex_lock(&lock);
	for (job = pending; job; job = job->next)
		n++;
	pthread_mutex_unlock(&lock);
	return n;
}

void fake_await_waiters(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (waiters != count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

int dmaload_submit(struct dmaload_job **out, struct dmaload_ctx *ctx,
		   enum dmaload_operation operation,
		   const struct dmaload_range *ranges, size_t count,
		   const struct dmaload_options *options,
		   struct dmaload_error *err)
{
	struct dmaload_job *job, **at = &pending;

	MUST(ctx == fake_ctx && operation == DMALOAD_LOAD && count == 1);
	MUST(ranges->length <= ranges->buffer->size &&
	     ranges->buffer_offset <= ranges->buffer->size - ranges->length);
	if (fake.submit_error != 0)
		return refuse(err, fake.submit_error, "no job");
	if (fake.loads)
		fake.loads(ranges);
	job = malloc(sizeof(*job));
	MUST(job);
	*job = (struct dmaload_job){ .range = *ranges };
	pthread_mutex_lock(&lock);
	fake.jobs++;
	fake.last = *ranges;
	fake.options = *options;
	fake.submitted++;
	while (*at)
		at = &(*at)->next;
	*at = job;
	if (!fake.held && fake.failures > 0) {
		fake.failures--;
		end(job, fake.result, "the disk failed");
	} else if (!fake.held) {
		end(job, 0, "");
	}
	pthread_mutex_unlock(&lock);
	*out = job;
	return 0;
}

static struct timespec after(int64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec += (long)(ns % 1000000000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return until;
}

int dmaload_job_wait(struct dmaload_job *job, int64_t timeout_ns,
		     struct dmaload_report *report, struct dmaload_error *err)
{
	const bool forever = timeout_ns == DMALOAD_FOREVER;
	const struct timespec until = after(forever || timeout_ns < 0 ? 0 :
					    timeout_ns);
	bool waits;
	int r = 0;

	MUST(!report);
	pthread_mutex_lock(&lock);
	waits = !job->ended;
	job->waiters++;
	waiters += waits;
	pthread_cond_broadcast(&changed);
	while (!job->ended && r == 0)
		r = forever ? pthread_cond_wait(&changed, &lock) :
			      pthread_cond_timedwait(&changed, &lock, &until);
	job->waiters--;
	waiters -= waits;
	pthread_cond_broadcast(&changed);
	if (job->ended)
		r = job->result < 0 ? refuse(err, job->result, job->reason) : 0;
	else
		r = refuse(err, -EINPROGRESS, "not yet");
	pthread_mutex_unlock(&lock);
	return r;
}

void dmaload_job_cancel(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	if (!job->ended) {
		fake.canceled++;
		end(job, -ECANCELED, "canceled");
	}
	pthread_mutex_unlock(&lock);
}

void dmaload_job_hurry(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	MUST(!job->hurried);
	job->hurried = true;
	fake.hurried++;
	pthread_mutex_unlock(&lock);
}

void dmaload_job_destroy(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	MUST(job->ended && job->waiters == 0);
	fake.jobs--;
	pthread_mutex_unlock(&lock);
	free(job);
}

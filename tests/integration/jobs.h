/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the tests of jobs. There are two ways to hold a job in a certain
 * state, so that no assertion depends on the speed of the disk: a stall and a
 * gate.
 */
#ifndef JOBS_H
#define JOBS_H

#include <pthread.h>

#include "support.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)

/* The maximum that a test waits for an event that must come. */
#define PATIENCE_NS ((int64_t)60 * 1000000000)

uint64_t now_ns(void);
void nap_ms(unsigned ms);

/* Wait until a thread of this process has slept for a while. */
void await_sleep(int tid);

/* Return the range from the kit's whole file to the beginning of its buffer. */
struct dmaload_range kit_whole(const struct kit *kit);

/* Make a context with one read of chunk bytes in flight. */
struct dmaload_ctx *one_by_one(uint32_t chunk);

/* Submit a job, which must be accepted. */
struct dmaload_job *submit(struct dmaload_ctx *ctx,
			   enum dmaload_operation operation,
			   const struct dmaload_range *ranges, size_t count,
			   const struct dmaload_options *options);
/* Wait for the end of a job, and return its result. */
int wait_for(struct dmaload_job *job);
bool has_ended(struct dmaload_job *job);
/* Check that a job ends with this result, and has no more ranges to report. */
void expect_end(struct dmaload_job *job, int result);

/* Return true if poll(2) reports the fd as readable: now, or within
 * PATIENCE_NS. */
bool is_readable(int fd);
bool becomes_readable(int fd);

/* Return true if a buffer has the bytes of the file from an offset on. The test
 * has its own mapping and its own bracket. */
bool buffer_holds(const struct dmaload_buffer *buffer, uint64_t buffer_offset,
		  uint64_t length, uint64_t file_offset);

/* A load from a pipe that has brought its first byte and then stalls. After
 * that it will load the first byte of a kit's file into the kit's buffer. */
struct stall {
	int pipe[2];
	struct dmaload_file *stream;
	struct dmaload_buffer *buffer;
	struct dmaload_job *job;
};

#define STALL_BYTES 4096
void stall_begin(struct stall *stall, const struct kit *kit,
		 const struct dmaload_options *options);
/* Make the pipe and the buffer, without a job. */
void stall_prepare(struct stall *stall, struct dmaload_range *range);
/* Write the first byte, and wait until the job has loaded it. */
void stall_await(struct stall *stall);
/* Write the remaining bytes. */
void stall_release(struct stall *stall);
void stall_end(struct stall *stall);

/* A stalled job, and a range that conflicts with it, so that a load of it
 * waits. */
struct scene {
	struct kit kit;
	struct stall stall;
	/* The kit's whole file into the kit's buffer. */
	struct dmaload_range range;
};

void scene_open(struct scene *scene);
/* Release the stalled job, which must still be waiting, and end well. */
void scene_close(struct scene *scene);

/* A progress function that holds its job when it has been called more often
 * than it may return. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned reached;
	unsigned allowed;
};

#define GATE_CLOSED { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 }
int gate_pass(const struct dmaload_progress *progress, void *gate);
/* Wait until the function has been called this often. */
void gate_await(struct gate *gate, unsigned times);
/* Let it return this often in total. */
void gate_allow(struct gate *gate, unsigned times);
void gate_open(struct gate *gate);

struct dmaload_options gated(struct gate *gate);

#endif

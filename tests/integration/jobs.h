/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the tests of jobs: two ways to hold a job where it is, so that
 * what is said of a job that is being done does not depend on how fast a disk
 * is.
 */
#ifndef JOBS_H
#define JOBS_H

#include <pthread.h>

#include "support.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)

/* No test waits longer than this for what has to come. */
#define PATIENCE_NS ((int64_t)60 * 1000000000)

uint64_t now_ns(void);
void nap_ms(unsigned ms);

/* Until a thread of this process sleeps, and has for a while. */
void await_sleep(int tid);

/* All of the kit's file, to the beginning of its buffer. */
struct dmaload_range kit_whole(const struct kit *kit);

/* A context that has one read in flight, of chunk bytes. */
struct dmaload_ctx *one_by_one(uint32_t chunk);

/* Submit what has to be taken. */
struct dmaload_job *submit(struct dmaload_ctx *ctx,
			   enum dmaload_operation operation,
			   const struct dmaload_range *ranges, size_t count,
			   const struct dmaload_options *options);
/* Wait for the end; its result. */
int wait_for(struct dmaload_job *job);
bool has_ended(struct dmaload_job *job);
/* Asserts that it ends so, and that no range of it is left to be told. */
void expect_end(struct dmaload_job *job, int result);

/* Return true if poll(2) calls an fd readable, at once or within
 * PATIENCE_NS. */
bool is_readable(int fd);
bool becomes_readable(int fd);

/* The bytes of a buffer by a mapping of the test's own, in a bracket of its own:
 * whether they are the file's from an offset on. */
bool buffer_holds(const struct dmaload_buffer *buffer, uint64_t buffer_offset,
		  uint64_t length, uint64_t file_offset);

/* A load from a pipe that stands still after its first byte, and is known to. Then it will
 * load the first byte of a kit's file into the kit's buffer. */
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
/* Let it go on. */
void stall_release(struct stall *stall);
void stall_end(struct stall *stall);

/* A stalled job, and a load that is in its way, and so waits for it. */
struct scene {
	struct kit kit;
	struct stall stall;
	/* All of the kit's file into the kit's buffer. */
	struct dmaload_range range;
};

void scene_open(struct scene *scene);
/* The job in front has not been disturbed by anything: it goes on to its end. */
void scene_close(struct scene *scene);

/* A progress function that holds its job, whenever it is called more often than
 * it is allowed to return. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned reached;
	unsigned allowed;
};

#define GATE_CLOSED { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 }
int gate_pass(const struct dmaload_progress *progress, void *gate);
/* Until the function has been called so often. */
void gate_await(struct gate *gate, unsigned times);
/* Let it return so often. */
void gate_allow(struct gate *gate, unsigned times);
void gate_open(struct gate *gate);

struct dmaload_options gated(struct gate *gate);

#endif

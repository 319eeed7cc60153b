/* SPDX-License-Identifier: MIT */
/*
 * One load of 1 MiB after the other while a large load runs in the same
 * context, beside the same loads while nothing else runs. The buffer begins
 * with the place of the small loads; the large one fills the rest.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tool.h"

/* dmaload_options::flags of the loads that must not wait for the large one. */
#define URGENT_FLAGS DMALOAD_URGENT
/* The pause between two of them, so that the large load has the disk
 * meanwhile. */
#define PAUSE_US 2000
/* How often it checks whether the large load has begun. */
#define CHECK_US 100

/* Half of them before the large load, half of them after it. */
static int load_alone(struct bench_pair_work *work, struct dmaload_error *err)
{
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && i < work->loads / 2; i++) {
		r = bench_pair_load(work, &work->rival, URGENT_FLAGS, err);
		usleep(PAUSE_US);
	}
	return r;
}

static bool goes_on(struct dmaload_job *job)
{
	return dmaload_job_wait(job, 0, NULL, NULL) == -EINPROGRESS;
}

static void wait_for_first_byte(struct dmaload_job *job)
{
	struct dmaload_progress progress = DMALOAD_PROGRESS_INIT;

	while (goes_on(job) && dmaload_job_progress(job, &progress) == 0 &&
	       progress.bytes_done == 0)
		usleep(CHECK_US);
}

/* Count the bytes of small loads that arrived before the end of the large
 * one. */
static int load_beside(struct bench_pair_work *work, struct dmaload_job *job,
		       uint64_t *bytes, struct dmaload_error *err)
{
	int r;

	wait_for_first_byte(job);
	do {
		r = bench_pair_load(work, &work->own, URGENT_FLAGS, err);
		if (r < 0 || !goes_on(job))
			return r;
		*bytes += work->places.bytes;
		usleep(PAUSE_US);
	} while (goes_on(job));
	return 0;
}

static int load_large(struct bench_pair_work *work, struct dmaload_error *err)
{
	const uint64_t bytes = work->places.bytes;
	const struct dmaload_range range = {
		.file = work->file,
		.file_offset = bytes,
		.buffer = work->buffer,
		.buffer_offset = bytes,
		.length = dmaload_buffer_size(work->buffer) / bytes * bytes - bytes,
	};
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_job *job;
	uint64_t beside = 0;
	int r;

	r = dmaload_submit(&job, work->ctx, DMALOAD_LOAD, &range, 1,
			   &work->options, err);
	if (r < 0)
		return r;
	r = load_beside(work, job, &beside, err);
	if (r == 0)
		r = dmaload_job_wait(job, DMALOAD_FOREVER, &report, err);
	dmaload_job_destroy(job);
	if (r == 0 && report.total_ns > 0) {
		work->run->ahead = report.pinned_bytes;
		work->run->rate = (double)(range.length + beside) /
				  ((double)report.total_ns / 1e9);
	}
	return r;
}

int bench_urgent(struct bench_pair_work *work, struct dmaload_error *err)
{
	int r;

	snprintf(work->run->rival_name, sizeof(work->run->rival_name), "alone");
	r = bench_pair_load(work, NULL, URGENT_FLAGS, err);
	if (r == 0)
		r = load_alone(work, err);
	if (r == 0)
		r = load_large(work, err);
	return r < 0 ? r : load_alone(work, err);
}

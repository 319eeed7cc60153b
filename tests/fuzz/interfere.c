/* SPDX-License-Identifier: MIT */
/* The progress function: check the progress, and interfere. */
#include <errno.h>

#include "fuzz.h"
#include "input.h"
#include "schedule.h"
#include "work.h"

void work_take_ranges(struct work *work)
{
	size_t index;

	if (work->reports) {
		FUZZ_CHECK(work->is_alone ||
			   dmaload_job_next_range(work->job, &index) == -EINVAL);
		while (work_take_event(work, 0))
			;
		return;
	}
	/* Later jobs may have changed the bytes of a job that has ended. */
	while (work->job && dmaload_job_next_range(work->job, &index) == 0)
		work_note_range(work, index, !work->has_ended);
}

static void check_progress(struct work *work,
			   const struct dmaload_progress *progress)
{
	const struct dmaload_progress *before = &work->progress;

	FUZZ_CHECK(progress->bytes_done <= progress->bytes_total);
	FUZZ_CHECK(progress->bytes_prefix <= progress->bytes_done);
	FUZZ_CHECK(progress->ranges_done <= progress->ranges_total);
	FUZZ_CHECK(progress->ranges_total == work->demand.count);
	FUZZ_CHECK(progress->bytes_done >= before->bytes_done);
	FUZZ_CHECK(progress->bytes_prefix >= before->bytes_prefix);
	FUZZ_CHECK(progress->ranges_done >= before->ranges_done);
	if (work->demand.count == 1)
		demand_check_range(&work->demand, 0, progress->bytes_prefix);
	work->progress = *progress;
}

/* Check that a progress function cannot wait for its own context. */
static void try_to_wait(struct work *work)
{
	struct dmaload_error err;
	int r;

	work_clear_error(&err);
	r = dmaload_load(setting.ctx, work->demand.ranges,
			 work->demand.count, NULL, NULL, &err);
	work_check_error(r, &err);
	FUZZ_CHECK(r == -EDEADLK);
	if (work->reports)
		work_take_event(work, DMALOAD_FOREVER);
	if (!work->job)
		return;
	work_clear_error(&err);
	r = dmaload_job_wait(work->job, DMALOAD_FOREVER, NULL, &err);
	work_check_error(r, &err);
	FUZZ_CHECK(r == -EDEADLK);
}

/* Return a later job, which may run or wait. Each thread waits for earlier jobs only, so
 * a later one may be destroyed. */
static struct work *draw_later(const struct work *running)
{
	const unsigned first = (unsigned)(running - works) + 1;
	struct work *work;

	if (first >= n_works)
		return NULL;
	work = &works[first + input_below(n_works - first)];
	return work->job && !work->has_ended && !work->is_busy ? work : NULL;
}

static void stop_later(const struct work *running, struct work *work,
		       bool destroys)
{
	struct dmaload_job *job;

	if (!work)
		return;
	work->was_stopped = true;
	/* It certainly waits, unless its deadline has passed. */
	if (demand_meets(&running->demand, &work->demand) &&
	    work->demand.options.deadline_ns == 0) {
		work->is_untouched = work->has_ended = true;
		work->result = -ECANCELED;
	}
	if (!destroys) {
		work->is_busy = true;
		dmaload_job_cancel(work->job);
		work->is_busy = false;
		return;
	}
	/* Its progress function may use it until it has ended. */
	job = work->job;
	work->has_ended = work->is_destroyed = true;
	work->result = -ECANCELED;
	dmaload_job_destroy(job);
	work->job = NULL;
}

/* Close a file, or destroy a buffer, while jobs may use it. */
static void take_away(void)
{
	struct handle *handle = &setting.handles[input_below(HANDLES)];
	struct memory *memory = &setting.memories[input_below(BUFFERS)];

	if (input_below(2) == 0) {
		if (handle->file && !handle->node->is_stream)
			setting_close(handle);
	} else if (!memory->own) {
		setting_destroy(memory);
	}
}

bool work_interfere(struct work *work)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct work *later;

	switch (input_below(12)) {
	case 0:
		return true;
	case 1:
	case 2:
		work_submit();
		break;
	case 3:
		later = draw_later(work);
		stop_later(work, later, input_below(2) == 1);
		break;
	case 4:
		work_take_ranges(work);
		dmaload_job_set_urgent(work->job);
		break;
	case 5:
		if (work->reports)
			work_check_fd(work);
		/* There may be no free fd. */
		else if (work->job &&
			 dmaload_job_progress(work->job, &progress) == 0)
			FUZZ_CHECK(dmaload_job_fd(work->job, NULL) >= 0 ||
				   setting.faulty || fake.fds_max);
		break;
	case 6:
		setting_disturb_cache(&setting.nodes[input_below(NODES)]);
		break;
	case 7:
		fake_run_threads();
		break;
	case 8:
		take_away();
		break;
	case 9:
		try_to_wait(work);
		break;
	case 10:
		setting_inject();
		break;
	default:
		if (!work->job)
			break;
		dmaload_job_cancel(work->job);
		work->was_stopped = true;
		break;
	}
	return false;
}

int work_progress(const struct dmaload_progress *progress, void *data)
{
	struct work *work = data;

	schedule_release();
	check_progress(work, progress);
	if (input_byte() < 170 || !work_interfere(work))
		return 0;
	work->was_stopped = true;
	return 1;
}

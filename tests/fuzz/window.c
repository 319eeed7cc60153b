/* SPDX-License-Identifier: MIT */
/* End jobs, a context, and a window. */
#include <semaphore.h>
#include <time.h>

#include "fuzz.h"
#include "work.h"

struct pause {
	sem_t begun;
	bool was_taken;
};

/* Wait once, so that the other thread enters the destructor meanwhile. */
static int take_pause(const struct dmaload_progress *progress, void *data)
{
	const struct timespec while_ = { .tv_nsec = 1000000 };
	struct pause *pause = data;

	(void)progress;
	if (pause->was_taken)
		return 0;
	pause->was_taken = true;
	sem_post(&pause->begun);
	nanosleep(&while_, NULL);
	return 0;
}

/*
 * The result depends on the timing of two threads, so any result is right. Waiting for
 * the job to begin or end makes it the same in nearly all runs.
 */
void work_submit_and_destroy(void)
{
	struct work *work = work_draw();
	struct pause pause = { .was_taken = false };
	struct timespec until;

	if (!work)
		return;
	FUZZ_CHECK(sem_init(&pause.begun, 0, 0) == 0);
	work->demand.options.progress = take_pause;
	work->demand.options.progress_data = &pause;
	work->was_stopped = true;
	work_begin(work);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 5000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	if (work->job)
		sem_timedwait(&pause.begun, &until);
	dmaload_ctx_destroy(setting.ctx);
	setting.ctx = NULL;
	sem_destroy(&pause.begun);
}

/* Wait for a job, and check its report and ranges. */
static void end_job(struct work *work)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_error err;
	int r;

	work_clear_error(&err);
	r = dmaload_job_wait(work->job, DMALOAD_FOREVER, &report, &err);
	work_check_error(r, &err);
	work_check_report(work, r, &report);
	if (work->has_ended)
		FUZZ_CHECK(r == work->result);
	work->result = r;
	work->has_ended = true;
	work_take_ranges(work);
	if (r == 0)
		FUZZ_CHECK(work->n_complete == work->demand.count);
	if (work->is_untouched)
		FUZZ_CHECK(work->n_complete == 0);
	dmaload_job_destroy(work->job);
	work->job = NULL;
}

/* Account for other processes that acted during the window. */
static void settle_others(struct node *node)
{
	const bool shrinks = node->fake->shrink_after > 0;
	const bool evicts = node->fake->evict_after > 0;

	if (node->will_shrink && !shrinks)
		content_shrink(&node->content, node->fake->shrunk_size);
	setting.disturbed |= node->will_shrink != shrinks ||
			     node->will_evict != evicts;
	node->will_shrink = shrinks;
	node->will_evict = evicts;
}

void work_finish(void)
{
	bool keep = false, stored = false;
	const struct work *work;
	unsigned i;

	for (i = 0; i < n_works; i++)
		if (works[i].job)
			end_job(&works[i]);
	for (i = 0; i < n_works; i++) {
		work = &works[i];
		if (work->is_untouched)
			continue;
		demand_settle(&work->demand, work->result, setting.faulty ||
			       work->was_stopped || work->demand.may_fail ||
			       work->demand.is_busy, work->complete);
		stored |= work->demand.operation == DMALOAD_STORE;
		/* A failed store leaves dirty pages. */
		keep |= work->demand.options.cache == DMALOAD_CACHE_KEEP ||
			(work->demand.operation == DMALOAD_STORE &&
			 work->result != 0);
	}
	for (i = 0; i < NODES; i++)
		settle_others(&setting.nodes[i]);
	setting_check();
	setting_check_cache(keep, stored);
	setting_recover();
	n_works = 0;
}

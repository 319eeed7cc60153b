/* SPDX-License-Identifier: MIT */
/* End jobs, a context, and a window. */
#include <sched.h>

#include "fuzz.h"
#include "schedule.h"
#include "transform.h"
#include "work.h"

#define TURNS_MAX 32

static int go_on(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	return 0;
}

void work_submit_and_destroy(void)
{
	struct work *work = work_draw();
	unsigned turns;

	if (!work)
		return;
	work->demand.options.progress = go_on;
	if (work->demand.transform.interferes)
		work->demand.transform.acts_at = 0;
	work->was_stopped = true;
	work_begin(work);
	for (turns = schedule_draw(TURNS_MAX); turns > 0; turns--)
		sched_yield();
	if (work->reports && fake.seed % 3 == 0)
		work_destroy_events();
	dmaload_ctx_destroy(setting.ctx);
	setting.ctx = NULL;
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
	if (!work->reports)
		work_take_ranges(work);
	else if (!work->is_mute)
		work_await_end(work);
	if (r == 0 && !work->is_mute)
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
		else if (works[i].reports && !works[i].is_destroyed)
			work_await_end(&works[i]);
	FUZZ_CHECK(!setting.events || !work_take_event(NULL, DMALOAD_FOREVER));
	for (i = 0; i < n_works; i++) {
		work = &works[i];
		FUZZ_CHECK(!work->is_untouched || transform_is_untouched(&work->demand));
		if (work->is_untouched)
			continue;
		demand_count_pages(&work->demand);
		demand_settle(&work->demand, work->result, setting.faulty ||
			       work->was_stopped || work->demand.may_fail,
			       work->complete);
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
	for (i = 0; i < NODES; i++)
		setting.nodes[i].is_read = false;
}

/* SPDX-License-Identifier: MIT */
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"
#include "schedule.h"
#include "sys/sys.h"
#include "transform.h"

struct work works[WORKS];
unsigned n_works;

void work_clear_error(struct dmaload_error *err)
{
	memset(err, 0x5a, sizeof(*err));
}

void work_check_error(int result, const struct dmaload_error *err)
{
	struct dmaload_error before;
	size_t length;

	if (result == 0) {
		work_clear_error(&before);
		FUZZ_CHECK(memcmp(&before, err, sizeof(before)) == 0);
		return;
	}
	FUZZ_CHECK(result < 0 && result > -4096);
	FUZZ_CHECK(err->code == result);
	length = strnlen(err->message, sizeof(err->message));
	FUZZ_CHECK(length > 0 && length < sizeof(err->message));
	fuzz_check_text(err->message, length, "");
}

void work_check_report(const struct work *work, int result,
		       const struct dmaload_report *report)
{
	const uint64_t moved = report->bytes_direct + report->bytes_bounced +
		report->bytes_buffered + report->bytes_cached +
		report->bytes_streamed;
	char text[8192];
	size_t length;

	FUZZ_CHECK(report->size == sizeof(*report));
	length = dmaload_report_format(report, text, sizeof(text));
	FUZZ_CHECK(length < sizeof(text) && length == strlen(text));
	fuzz_check_text(text, length, "\n");
	if (result != 0)
		return;
	FUZZ_CHECK(report->ranges == work->demand.count);
	FUZZ_CHECK(report->bytes_total == moved);
	FUZZ_CHECK(report->stored ==
		   (work->demand.operation == DMALOAD_STORE));
	FUZZ_CHECK(report->retries <= report->reads);
	FUZZ_CHECK(!work->demand.options.transform || report->bytes_direct == 0);
	if (!work->demand.open_ended)
		FUZZ_CHECK(moved == demand_bytes(&work->demand));
}

/* Mark the streams of demands that may still be in progress. */
static void mark_streams(void)
{
	unsigned i;
	size_t k;

	for (i = 0; i < NODES; i++)
		setting.nodes[i].is_read = false;
	for (i = 0; i < n_works; i++)
		for (k = 0; !works[i].has_ended && k < works[i].demand.count; k++)
			works[i].demand.nodes[k]->is_read = true;
}

struct work *work_draw(void)
{
	struct work *work = &works[n_works];

	if (n_works == WORKS)
		return NULL;
	memset(work, 0, sizeof(*work));
	mark_streams();
	if (!demand_draw(&work->demand))
		return NULL;
	transform_begin(work);
	/* Jobs without a progress function share a thread. */
	if (n_works == 0 || schedule_draw(2) == 0)
		work->demand.options.progress = work_progress;
	work->demand.options.progress_data = work;
	return work;
}

static void draw_deadline(struct work *work)
{
	if (!input_one_in(16))
		return;
	work->demand.options.deadline_ns = sys_now() +
					    (uint64_t)input_word() * 64;
	work->was_stopped = true;
}

static int call(struct work *work, struct dmaload_report *report,
		struct dmaload_error *err)
{
	const struct demand *demand = &work->demand;

	switch (demand->operation) {
	case DMALOAD_STORE:
		return dmaload_store(setting.ctx, demand->ranges,
				     demand->count, &demand->options, report,
				     err);
	case DMALOAD_VERIFY:
		return dmaload_verify(setting.ctx, demand->ranges,
				      demand->count, &demand->options,
				      report, err);
	case DMALOAD_LOAD:
		break;
	}
	return dmaload_load(setting.ctx, demand->ranges, demand->count,
			    &demand->options, report, err);
}

/* Make the report of a caller who knows fewer members. ASan notices writes after it. */
static struct dmaload_report *make_short_report(void)
{
	const size_t size = sizeof(size) +
			    input_word() % (sizeof(struct dmaload_report) -
					    sizeof(size));
	struct dmaload_report *report = malloc(size);

	FUZZ_CHECK(report);
	memcpy(report, &size, sizeof(size));
	return report;
}

void work_block(void)
{
	struct work *work;
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_report *short_report;
	struct dmaload_error err;

	/* Until it waits, calls work_progress() or ends; see work_submit(). */
	schedule_hold();
	work = work_draw();
	if (!work) {
		schedule_release();
		return;
	}
	draw_deadline(work);
	work->caller = pthread_self();
	work->is_call = true;
	n_works++;
	short_report = input_one_in(8) ? make_short_report() : NULL;
	work_clear_error(&err);
	work->result = call(work, short_report ? short_report : &report, &err);
	schedule_release();
	work->has_ended = true;
	work_check_error(work->result, &err);
	if (!short_report)
		work_check_report(work, work->result, &report);
	free(short_report);
	if (work->demand.n_codes == 0 &&
	    !(work->demand.is_ambiguous && work->result == -EINVAL))
		return;
	demand_check_refusal(&work->demand, work->result);
	work->is_untouched = true;
}

void work_begin(struct work *work)
{
	struct dmaload_options options = work->demand.options;
	struct dmaload_error err;
	int r;

	work_clear_error(&err);
	work_choose_events(work, &options);
	/* Count it before, since it may begin at once. */
	n_works++;
	r = dmaload_submit(work->is_alone ? NULL : &work->job, setting.ctx,
			   work->demand.operation, work->demand.ranges,
			   work->demand.count, &options, &err);
	work_check_error(r, &err);
	if (r == 0 && work->demand.n_codes > 0)
		demand_print(&work->demand);
	if (r == 0 && work->demand.n_codes > 0)
		FUZZ_FAIL("a demand is accepted that should be refused with "
			  "%d", work->demand.codes[0]);
	if (r == 0)
		return;
	demand_check_refusal(&work->demand, r);
	FUZZ_CHECK(!work->job);
	work->result = r;
	work->has_ended = work->is_untouched = true;
	work->reports = false;
}

void work_submit(void)
{
	struct work *work;

	/* The order of submission is that of the places, and what was drawn is still
	 * true when it is submitted. */
	schedule_hold();
	work = work_draw();
	if (work && setting.crowded)
		draw_deadline(work);
	if (work)
		work_begin(work);
	schedule_release();
}

void work_crowd(void)
{
	unsigned n = 1 + input_below(5);

	while (n-- > 0)
		work_submit();
	if (input_below(3) == 0)
		work_block();
}

void work_probe(void)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct demand demand;
	struct dmaload_error err;
	enum dmaload_path path;
	int r;

	if (!demand_draw(&demand))
		return;
	demand.operation = DMALOAD_LOAD;
	demand.n_codes = 0;
	demand.count = 1;
	demand_judge(&demand);
	work_clear_error(&err);
	r = dmaload_probe(setting.ctx, demand.ranges, &demand.options, &path,
			  &report, &err);
	work_check_error(r, &err);
	if (demand.n_codes > 0)
		demand_check_refusal(&demand, r);
	else if (r != 0 && !setting.faulty && !demand.may_fail)
		FUZZ_FAIL("a probe failed with %d", r);
	if (r == 0)
		FUZZ_CHECK(dmaload_path_name(path) != NULL);
}

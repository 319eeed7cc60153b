/* SPDX-License-Identifier: MIT */
/* Demands whose jobs report to the events of the context, with or without a
 * handle. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "schedule.h"
#include "work.h"

/* Added to numbers of places, so that no other number is mistaken for one. */
#define FIRST_DATA 0x100000001u

/* This is no decision of the input, so inputs without events keep their
 * meaning. */
void work_choose_events(struct work *work, struct dmaload_options *options)
{
	const uint64_t number = (fake.seed + ++setting.jobs) * 0x9e3779b97f4a7c15u;

	work->reports = number >> 61 < 3;
	work->is_alone = number >> 61 == 0;
	if (!work->reports)
		return;
	options->events = setting.events;
	options->flags |= DMALOAD_RANGE_EVENTS;
	options->user_data = FIRST_DATA + (uint64_t)(work - works);
}

void work_note_range(struct work *work, size_t index, bool checks)
{
	FUZZ_CHECK(index < work->demand.count);
	FUZZ_CHECK(!work->complete[index]);
	work->complete[index] = true;
	work->n_complete++;
	if (checks)
		demand_check_range(&work->demand, index, work->demand.open_ended ?
				   0 : work->demand.lengths[index]);
}

static struct work *work_of(const struct dmaload_event *event)
{
	const uint64_t place = event->user_data - FIRST_DATA;
	struct work *work;

	FUZZ_CHECK(place < n_works);
	work = &works[place];
	FUZZ_CHECK(work->reports && !work->is_told);
	/* A destroyed job has no events left. */
	FUZZ_CHECK(event->job == work->job);
	FUZZ_CHECK((event->job == NULL) == work->is_alone);
	FUZZ_CHECK(!event->job ||
		   dmaload_job_user_data(event->job) == event->user_data);
	return work;
}

/* The earlier demands that a demand had to wait for have ended, and reported
 * it. */
static void check_order(const struct work *work)
{
	const struct work *earlier;

	for (earlier = works; earlier < work; earlier++)
		FUZZ_CHECK(!earlier->reports || earlier->is_told ||
			   earlier->is_destroyed ||
			   !demand_meets(&earlier->demand, &work->demand));
}

static void note_end(struct work *work, const struct dmaload_event *event,
		     const struct dmaload_report *report)
{
	const int r = event->result;

	FUZZ_CHECK(event->error.code == r);
	FUZZ_CHECK((event->error.message[0] == '\0') == (r == 0));
	if (r != 0)
		work_check_error(r, &event->error);
	work_check_report(work, r, report);
	work->is_told = true;
	/* Another thread is about to destroy it. */
	if (work->is_destroyed)
		return;
	if (work->has_ended)
		FUZZ_CHECK(r == work->result);
	work->result = r;
	work->has_ended = true;
	if (r != 0)
		return;
	FUZZ_CHECK(work->n_complete == work->demand.count);
	check_order(work);
}

bool work_take_event(const struct work *running, int64_t timeout_ns)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_event event = { .size = sizeof(event) };
	struct dmaload_error err;
	struct work *work;
	int r;

	work_clear_error(&err);
	r = dmaload_events_next(setting.events, timeout_ns, &event, &report,
				&err);
	work_check_error(r, &err);
	FUZZ_CHECK(r == 0 || r == -ENODATA || r == (timeout_ns > 0 ? -EDEADLK :
						    -EINPROGRESS));
	if (r != 0)
		return false;
	work = work_of(&event);
	if (event.kind == DMALOAD_EVENT_RANGE)
		work_note_range(work, event.range, work == running);
	else
		note_end(work, &event, &report);
	return true;
}

void work_await_end(struct work *work)
{
	while (!work->is_told)
		FUZZ_CHECK(work_take_event(NULL, DMALOAD_FOREVER));
	work->has_ended = true;
}

void work_check_fd(const struct work *running)
{
	int fd;

	schedule_hold();
	fd = dmaload_events_fd(setting.events, NULL);
	/* There may be no free fd. */
	FUZZ_CHECK(fd >= 0 || setting.faulty || fake.fds_max);
	if (fd >= 0) {
		const bool readable = fake_node_of(fd)->raised;

		FUZZ_CHECK(work_take_event(running, 0) == readable);
	}
	schedule_release();
}

void work_destroy_events(void)
{
	unsigned i;

	/* The progress functions may run until the jobs have ended. */
	for (i = 0; i < n_works; i++) {
		if (!works[i].reports || works[i].is_told || !works[i].is_alone)
			continue;
		works[i].has_ended = works[i].is_destroyed = true;
		works[i].result = -ECANCELED;
	}
	dmaload_events_destroy(setting.events);
	setting.events = NULL;
	for (i = 0; i < n_works; i++)
		works[i].is_mute = works[i].reports && !works[i].is_told;
}

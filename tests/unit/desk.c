/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

void desk_make(struct desk *desk)
{
	memset(desk, 0, sizeof(*desk));
	desk->scene = &desk->scenery.scene;
	scenery_make(&desk->scenery);
	assert_int_equal(dmaload_events_create(&desk->events, desk->scene->ctx,
					       NULL), 0);
	desk->options.size = sizeof(desk->options);
	desk->options.events = desk->events;
}

void desk_drop(struct desk *desk)
{
	dmaload_events_destroy(desk->events);
	scenery_drop(&desk->scenery);
}

void desk_ranges(const struct desk *desk, struct dmaload_range ranges[4],
		 unsigned buffer)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		ranges[i] = scene_range(desk->scene, 0, i * 4096, buffer,
					i * 4096, 4096);
		ranges[i].priority = 3 - i;
	}
}

void desk_submit(struct desk *desk, const struct dmaload_range *ranges,
		 size_t count, uint64_t user_data)
{
	scene_prepare(desk->scene);
	desk->options.user_data = user_data;
	if (dmaload_submit(NULL, desk->scene->ctx, DMALOAD_LOAD, ranges, count,
			   &desk->options, &desk->scene->err) != 0)
		fail_msg("%s", desk->scene->err.message);
}

struct dmaload_job *desk_hold(struct desk *desk, uint64_t user_data)
{
	struct dmaload_options options = desk->scenery.gated;
	struct dmaload_job *job;

	options.events = desk->events;
	options.user_data = user_data;
	job = scenery_submit(&desk->scenery, 0, &options);
	gate_wait(&desk->scenery.gate);
	return job;
}

struct dmaload_job *desk_block(struct desk *desk, uint64_t user_data)
{
	struct dmaload_options options = desk->scenery.gated;
	const unsigned before = fake_count(FAKE_RING_SUBMIT);
	const unsigned file = desk->scene->n_files;
	struct dmaload_range range;
	struct dmaload_job *job;

	desk->stuck = scene_add_file(desk->scene, 40000, 0);
	desk->stuck->stuck = true;
	range = scene_range(desk->scene, file, 0, 0, 0, 40000);
	options.events = desk->events;
	options.user_data = user_data;
	job = gate_submit(desk->scene, DMALOAD_LOAD, &range, 1, &options);
	while (fake_count(FAKE_RING_SUBMIT) == before)
		sched_yield();
	return job;
}

void desk_unblock(struct desk *desk)
{
	fake_set(&desk->stuck->stuck, false);
}

int desk_try(struct desk *desk, int64_t timeout_ns)
{
	memset(&desk->scene->err, 0, sizeof(desk->scene->err));
	memset(&desk->event, 0xa5, sizeof(desk->event));
	memset(&desk->report, 0xa5, sizeof(desk->report));
	desk->event.size = sizeof(desk->event);
	desk->report.size = sizeof(desk->report);
	return dmaload_events_next(desk->events, timeout_ns, &desk->event,
				   &desk->report, &desk->scene->err);
}

static void expect(struct desk *desk, enum dmaload_event_kind kind,
		   uint64_t user_data)
{
	if (desk_try(desk, DMALOAD_FOREVER) != 0)
		fail_msg("%s", desk->scene->err.message);
	assert_int_equal(desk->scene->err.code, 0);
	assert_int_equal(desk->event.size, sizeof(desk->event));
	assert_int_equal(desk->event.user_data, user_data);
	assert_int_equal(desk->event.kind, kind);
	assert_int_equal(desk->event.error.code, desk->event.result);
	assert_int_equal(desk->event.error.message[0] != '\0',
			 desk->event.result < 0);
}

/* The report must be that of the job. */
void desk_expect_end(struct desk *desk, uint64_t user_data, int result)
{
	expect(desk, DMALOAD_EVENT_END, user_data);
	assert_int_equal(desk->event.result, result);
	assert_int_equal(desk->event.range, 0);
	assert_int_equal(desk->report.size, sizeof(desk->report));
	assert_in_range(desk->report.ranges, 1, 100);
}

/* The report must be unchanged. */
void desk_expect_range(struct desk *desk, uint64_t user_data, size_t range)
{
	struct dmaload_report untouched;

	expect(desk, DMALOAD_EVENT_RANGE, user_data);
	assert_int_equal(desk->event.result, 0);
	assert_int_equal(desk->event.range, range);
	memset(&untouched, 0xa5, sizeof(untouched));
	untouched.size = sizeof(untouched);
	assert_memory_equal(&desk->report, &untouched, sizeof(untouched));
}

void desk_expect_nothing(struct desk *desk)
{
	assert_int_equal(desk_try(desk, DMALOAD_FOREVER), -ENODATA);
	assert_int_equal(desk->scene->err.code, -ENODATA);
	assert_false(desk_is_readable(desk));
}

bool desk_is_readable(struct desk *desk)
{
	const int fd = dmaload_events_fd(desk->events, NULL);

	assert_true(fd >= 0);
	return fake_node_of(fd)->raised;
}

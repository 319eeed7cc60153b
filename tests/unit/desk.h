/* SPDX-License-Identifier: MIT */
/* A scenery with an object that collects events. */
#ifndef DESK_H
#define DESK_H

#include "gate.h"

struct desk {
	struct scenery scenery;
	struct scene *scene;
	struct dmaload_events *events;
	/* The file of the job that takes all slots. */
	struct fake_node *stuck;
	/* The options of desk_submit(): events, and no progress function. */
	struct dmaload_options options;
	/* The last event, with its report. */
	struct dmaload_event event;
	struct dmaload_report report;
};

void desk_make(struct desk *desk);
void desk_drop(struct desk *desk);

/* Four ranges of a buffer, one read each, by descending priority. */
void desk_ranges(const struct desk *desk, struct dmaload_range ranges[4],
		 unsigned buffer);

/* Submit a load without a handle. */
void desk_submit(struct desk *desk, const struct dmaload_range *ranges,
		 size_t count, uint64_t user_data);
/* Load the first range with a handle and events, and hold it at the gate. */
struct dmaload_job *desk_hold(struct desk *desk, uint64_t user_data);

/* Submit a job whose reads take all slots and do not complete. After
 * desk_unblock() it holds one of the two slots, at the gate. */
struct dmaload_job *desk_block(struct desk *desk, uint64_t user_data);
void desk_unblock(struct desk *desk);

/* Get an event with its report. Return the result. */
int desk_try(struct desk *desk, int64_t timeout_ns);
/* Wait for the next event, and check that it is this one. */
void desk_expect_end(struct desk *desk, uint64_t user_data, int result);
void desk_expect_range(struct desk *desk, uint64_t user_data, size_t range);
/* Check that there is no event, nor a job that will have one. */
void desk_expect_nothing(struct desk *desk);

bool desk_is_readable(struct desk *desk);

#endif

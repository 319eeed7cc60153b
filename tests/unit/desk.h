/* SPDX-License-Identifier: MIT */
/* A scenery with a place for events. */
#ifndef DESK_H
#define DESK_H

#include "gate.h"

struct desk {
	struct scenery scenery;
	struct scene *scene;
	struct dmaload_events *events;
	/* The file of the job that takes all slots. */
	struct fake_node *stuck;
	/* With these events, and without a progress function. */
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

/* Load without a handle. */
void desk_submit(struct desk *desk, const struct dmaload_range *ranges,
		 size_t count, uint64_t user_data);
/* The first range, held at the gate, with a handle; it reports, too. */
struct dmaload_job *desk_hold(struct desk *desk, uint64_t user_data);

/* A job whose reads do not come back takes all slots, until desk_unblock(). Then it holds one
 * of the two, at the gate. */
struct dmaload_job *desk_block(struct desk *desk, uint64_t user_data);
void desk_unblock(struct desk *desk);

/* Take an event, with its report; the result. */
int desk_try(struct desk *desk, int64_t timeout_ns);
/* Wait for the next event, which has to be this. */
void desk_expect_end(struct desk *desk, uint64_t user_data, int result);
void desk_expect_range(struct desk *desk, uint64_t user_data, size_t range);
/* There is none, nor any job that will have one. */
void desk_expect_nothing(struct desk *desk);

bool desk_is_readable(struct desk *desk);

#endif

/* SPDX-License-Identifier: MIT */
#include "swarm.h"

#include <errno.h>
#include <unistd.h>

#include "pattern.h"

uint64_t swarm_draw(struct swarm *swarm, uint64_t below)
{
	return pattern_word(((uint64_t)(swarm->number + 16) << 32) +
			    swarm->drawn++) % below;
}

static bool one_in(struct swarm *swarm, uint64_t n)
{
	return swarm_draw(swarm, n) == 0;
}

static struct dmaload_options draw_options(struct swarm *swarm, struct lane *lane)
{
	/* Never bounce alone, as in storm.c. */
	static const uint32_t masks[] = {
		0, 0, DMALOAD_ALLOW_BUFFERED,
		DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED,
	};
	struct dmaload_options options = {
		.size = sizeof(options), .paths = masks[swarm_draw(swarm, 4)],
		.cache = one_in(swarm, 2) ? DMALOAD_CACHE_BYPASS :
					    DMALOAD_CACHE_AUTO,
		.flags = one_in(swarm, 4) ? DMALOAD_URGENT : 0,
	};

	lane->late = one_in(swarm, 12);
	if (lane->late)
		options.deadline_ns = one_in(swarm, 2) ? 1 :
				      now_ns() + swarm_draw(swarm, 2000000);
	return options;
}

/* Draw the place of a load in the buffer and in the file. */
static void draw_load(struct swarm *swarm, struct lane *lane)
{
	const bool aligned = one_in(swarm, 2);

	lane->length = (4 * KIB) << swarm_draw(swarm, 9);
	if (!aligned)
		lane->length -= swarm_draw(swarm, 100);
	lane->at = lane->place + (aligned ? 0 : swarm_draw(swarm, 8 * KIB));
	lane->next = swarm_draw(swarm, MEDIUM - lane->length);
	if (aligned)
		lane->next -= lane->next % (4 * KIB);
	lane->from = UNKNOWN;
}

void swarm_submit(struct swarm *swarm, struct lane *lane)
{
	struct dmaload_options options;
	struct dmaload_range range;
	int r;

	lane->operation = lane->from == UNKNOWN ? DMALOAD_LOAD :
			  (enum dmaload_operation)swarm_draw(swarm, 3);
	if (lane->operation == DMALOAD_LOAD)
		draw_load(swarm, lane);
	options = draw_options(swarm, lane);
	range = (struct dmaload_range){
		.file = swarm->file, .buffer = lane->buffer,
		.buffer_offset = lane->at, .length = lane->length,
		.file_offset = lane->operation == DMALOAD_LOAD ? lane->next :
								 lane->from,
	};
	if (lane->operation == DMALOAD_STORE) {
		range.file = swarm->out;
		range.file_offset = (uint64_t)(lane - swarm->lanes) * LANE_BYTES;
	}
	r = dmaload_submit(&lane->job, swarm->ctx[swarm_draw(swarm, 2)],
			   lane->operation, &range, 1, &options, &swarm->err);
	EXPECT(swarm, r == 0, r);
	if (r < 0)
		lane->job = NULL;
}

static void expect_stored(struct swarm *swarm, const struct lane *lane)
{
	static __thread unsigned char back[MIB];
	const off_t at = (off_t)((uint64_t)(lane - swarm->lanes) * LANE_BYTES);
	const ssize_t n = pread(swarm->fd, back, lane->length, at);

	EXPECT(swarm, n == (ssize_t)lane->length, (int)n);
	EXPECT(swarm, pattern_differs(back, lane->length, lane->from) ==
	       lane->length, 0);
}

void swarm_note_end(struct swarm *swarm, struct lane *lane, int r)
{
	EXPECT(swarm, r == 0 || (r == -ECANCELED && lane->canceled) ||
	       (r == -ETIME && lane->late), r);
	if (r < 0) {
		swarm->stopped++;
		return;
	}
	swarm->done++;
	if (lane->operation == DMALOAD_LOAD)
		lane->from = lane->next;
	else if (lane->operation == DMALOAD_STORE)
		expect_stored(swarm, lane);
}

void swarm_finish(struct swarm *swarm, struct lane *lane)
{
	if (!lane->job)
		return;
	lane->canceled = one_in(swarm, 8);
	if (lane->canceled)
		dmaload_job_cancel(lane->job);
	if (one_in(swarm, 12))
		dmaload_job_set_urgent(lane->job);
	/* Otherwise, destroy the job wherever it is. */
	if (!one_in(swarm, 12))
		swarm_note_end(swarm, lane, dmaload_job_wait(lane->job,
			   DMALOAD_FOREVER, NULL, &swarm->err));
	dmaload_job_destroy(lane->job);
	lane->job = NULL;
}

void swarm_expect_all(struct swarm *swarm)
{
	const struct lane *lane;
	unsigned i;

	for (i = 0; i < LANES; i++)
		swarm_finish(swarm, &swarm->lanes[i]);
	for (i = 0; i < 2; i++)
		dmaload_buffer_begin(swarm->buffers[i], DMALOAD_ACCESS_READ, NULL);
	for (lane = swarm->lanes; lane < swarm->lanes + LANES; lane++)
		EXPECT(swarm, lane->from == UNKNOWN ||
		       pattern_differs((unsigned char *)dmaload_buffer_map(
				       lane->buffer) + lane->at, lane->length,
				       lane->from) == lane->length,
		       (int)(lane - swarm->lanes));
	for (i = 0; i < 2; i++)
		dmaload_buffer_end(swarm->buffers[i], DMALOAD_ACCESS_READ, NULL);
}

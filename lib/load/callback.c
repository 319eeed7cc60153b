/* SPDX-License-Identifier: MIT */
#include "load/callback.h"

#include "load/barrier.h"
#include "load/load.h"

/* The functions of callers that this thread is in, innermost first. */
struct frame {
	const struct load *load;
	const struct frame *outer;
};

static _Thread_local const struct frame *frames;

bool callback_is_here(const struct engine *engine)
{
	const struct frame *frame = frames;

	while (frame && engine && frame->load->seat.engine != engine)
		frame = frame->outer;
	return frame;
}

bool callback_is_of(const struct load *load)
{
	const struct frame *frame = frames;

	while (frame && frame->load != load)
		frame = frame->outer;
	return frame;
}

int callback_progress(const struct load *load,
		      const struct dmaload_progress *progress)
{
	const struct frame frame = { .load = load, .outer = frames };
	int r;

	frames = &frame;
	r = barrier_progress(&load->request.options, progress);
	frames = frame.outer;
	return r;
}

int callback_transform(const struct load *load,
		       const struct dmaload_piece *piece)
{
	const struct frame frame = { .load = load, .outer = frames };
	int r;

	frames = &frame;
	r = barrier_transform(&load->request.transform, piece);
	frames = frame.outer;
	return r;
}

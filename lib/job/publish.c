/* SPDX-License-Identifier: MIT */
#include "job/publish.h"

#include "buffer/buffer.h"
#include "io/engine.h"
#include "job/brackets.h"
#include "job/completion.h"
#include "job/pipeline.h"
#include "load/load.h"

/* Mark the buffers that have ranges of a level. */
static void mark_ending(struct load *load, uint32_t level)
{
	size_t i;

	for (i = load->levels[level].first; i < load->levels[level + 1].first;
	     i++)
		load->buffers[load->routes[load->request.ranges[i].route].buffer].ending =
			true;
}

/* Mark the buffers of the next level. Return true if a device uses one whose
 * bracket must be opened again. */
static bool waits_for_device(struct load *load)
{
	const uint32_t level = load->published;
	const struct load_buffer *load_buffer;
	bool waits = false;
	uint32_t i;

	mark_ending(load, level);
	for (i = 0; i < load->n_buffers; i++) {
		load_buffer = &load->buffers[i];
		/* A buffer that is still being made has no bracket yet. */
		waits |= load_buffer->ending && load_buffer->last_level > level &&
			 buffer_is_made(load_buffer->buffer) &&
			 !buffer_is_idle(load_buffer->buffer);
	}
	return waits;
}

/*
 * Make a complete priority visible to devices before announcing it: end the
 * brackets of its buffers, and begin them again where more is to come.
 *
 * Reads into the pool continue meanwhile. Reads in place are waited for. A file
 * system may copy by the CPU instead of reading directly, and bytes written
 * between END and START may be lost.
 *
 * The function of a transform may be writing in other threads, too: then it is
 * waited for.
 *
 * If START has to wait for a device, wait for all reads before, so that other
 * loads get the slots.
 */
static int publish(struct load *load)
{
	const uint32_t level = load->published;
	struct load_buffer *load_buffer;
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_buffers; i++)
		if (load->buffers[i].ending)
			r = bracket_end(load, &load->buffers[i], 0);
	if (r < 0)
		return r;
	load->published = level + 1;
	for (i = 0; r == 0 && i < load->n_buffers; i++) {
		load_buffer = &load->buffers[i];
		if (load_buffer->ending && load_buffer->last_level > level)
			r = bracket_begin(load, load_buffer);
		load_buffer->ending = false;
	}
	return r;
}

int publish_next(struct load *load)
{
	const bool waits = waits_for_device(load);
	int r;

	load->slow |= load->seat.shared && waits;
	if (load->slow)
		return 1;
	r = waits ? pipeline_drain(load) : pipeline_settle(load);
	/* A device may begin to use the buffer at any time. */
	if (r == 0 && !load->seat.shared)
		r = pipeline_pause(load);
	if (r == 0)
		r = completion_collect(load);
	if (r == 0)
		r = publish(load);
	engine_resume(&load->seat);
	return r;
}

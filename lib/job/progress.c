/* SPDX-License-Identifier: MIT */
#include "job/progress.h"

#include <errno.h>
#include <inttypes.h>

#include "job/barrier.h"
#include "load/load.h"
#include "load/outcome.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

/*
 * The load may go on meanwhile, so read the parts before the whole. Complete
 * ranges and the prefix come before the bytes done. These come before the
 * total, which becomes smaller at the end of a stream.
 */
void progress_query(const struct load *load, struct dmaload_progress *progress)
{
	struct dmaload_progress copy = { .size = sizeof(copy) };

	copy.ranges_done = load_complete(load);
	copy.ranges_total = load->request.n_ranges;
	copy.bytes_prefix = load->prefix;
	copy.bytes_done = load->done;
	copy.bytes_total = load->total;
	versioned_put(&copy, sizeof(copy), progress);
}

/* The progress functions that this thread is in, innermost first. */
struct frame {
	const struct load *load;
	const struct frame *outer;
};

static _Thread_local const struct frame *frames;

bool progress_is_here(const struct engine *engine)
{
	const struct frame *frame = frames;

	while (frame && engine && frame->load->seat.engine != engine)
		frame = frame->outer;
	return frame;
}

bool progress_is_of(const struct load *load)
{
	const struct frame *frame = frames;

	while (frame && frame->load != load)
		frame = frame->outer;
	return frame;
}

static int call_progress(const struct load *load,
			 const struct dmaload_progress *progress)
{
	const struct frame frame = { .load = load, .outer = frames };
	int r;

	frames = &frame;
	r = progress_call(&load->request.options, progress);
	frames = frame.outer;
	return r;
}

int progress_notify(struct load *load)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	int r;

	r = load_check_stop(load);
	if (r < 0 || !load->request.options.progress)
		return r;
	progress_query(load, &progress);
	/* The caller's function must get its own signals. */
	if (load->signal_held)
		sys_release_xfsz(&load->signal);
	r = call_progress(load, &progress);
	if (load->signal_held)
		sys_hold_xfsz(&load->signal);
	return r != 0 ? load_canceled(load) : 0;
}

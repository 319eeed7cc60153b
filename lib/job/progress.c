/* SPDX-License-Identifier: MIT */
#include "job/progress.h"

#include <errno.h>
#include <inttypes.h>

#include "load/callback.h"
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
	copy.path = load->path;
	versioned_put(&copy, sizeof(copy), progress);
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
	r = callback_progress(load, &progress);
	if (load->signal_held)
		sys_hold_xfsz(&load->signal);
	return r != 0 ? load_canceled(load) : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Compiled without unwind tables (meson.build). An exception thrown by the
 * caller's function cannot pass this frame: C++ ends the program by
 * std::terminate(), which names the exception. A forced unwind ends it, too.
 * Continuing would leave a lock held, reads in flight, and a context that takes
 * its own caller for a progress function.
 */
#include "load/barrier.h"

int barrier_progress(const struct dmaload_options *options,
		  const struct dmaload_progress *progress)
{
	/* A tail call would be a jump, which leaves no frame. */
	volatile int r = options->progress(progress, options->progress_data);

	return r;
}

int barrier_transform(const struct dmaload_transform *transform,
		      const struct dmaload_piece *piece)
{
	volatile int r = transform->function(piece, transform->data);

	return r;
}

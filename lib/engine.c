/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <errno.h>
#include <stdio.h>

#include "error.h"
#include "filter.h"
#include "load.h"
#include "ring.h"

const char *dmaload_engine_name(enum dmaload_engine engine)
{
	switch (engine) {
	case DMALOAD_ENGINE_AUTO: return "auto";
	case DMALOAD_ENGINE_URING: return "io_uring";
	case DMALOAD_ENGINE_THREADS: return "threads";
	}
	return NULL;
}

static int try_engine(struct load *load, enum dmaload_engine engine)
{
	const int r = ring_create(&load->ring, engine,
				  load->bounce->queue_depth);

	if (r == 0)
		load->engine = engine;
	return r;
}

/* Linux 6.18 charges the queues to the limit, 6.12 and 7.3 do not. */
static const char *where_to_look(int code)
{
	if (code == -ENOMEM)
		return "RLIMIT_MEMLOCK, to which some kernels charge its queues, "
		       "and RLIMIT_AS";
	return "kernel.io_uring_disabled and the process's seccomp filter";
}

/*
 * A refusal of io_uring is nobody's mistake, whatever its errno: EPERM or EACCES of
 * a filter or a sysctl, ENOSYS of a filter or an old kernel, ENOMEM of a limit. All
 * but a shortage of fds, which would meet the file next.
 */
static int choose(struct load *load)
{
	struct dmaload_report *report = &load->report;
	const enum dmaload_engine wanted = load->bounce->engine;
	int r;

	if (wanted == DMALOAD_ENGINE_THREADS)
		return try_engine(load, wanted);
	if (wanted == DMALOAD_ENGINE_AUTO &&
	    !filter_permits(DMALOAD_SYSCALLS_ALL)) {
		snprintf(report->engine_declined, sizeof(report->engine_declined),
			 "io_uring is not tried: %s", filter_now().fact);
		return try_engine(load, DMALOAD_ENGINE_THREADS);
	}
	r = try_engine(load, DMALOAD_ENGINE_URING);
	if (r == 0 || error_is_shortage(r))
		return r;
	snprintf(report->engine_declined, sizeof(report->engine_declined),
		 "io_uring is refused: %s (%s); see %s", error_name(r),
		 error_text(r), where_to_look(r));
	if (wanted == DMALOAD_ENGINE_URING)
		return r;
	return try_engine(load, DMALOAD_ENGINE_THREADS);
}

static void explain(const struct load *load, char *why, size_t size)
{
	const char *declined = load->report.engine_declined;
	const int code = load->ring_error;

	if (error_is_shortage(code))
		snprintf(why, size, "no fd is free for io_uring: %s",
			 error_text(code));
	else if (load->bounce->engine == DMALOAD_ENGINE_URING)
		snprintf(why, size, "%s", declined);
	else
		snprintf(why, size, "%s%sno thread can be started: %s (%s)",
			 declined, declined[0] ? "; and " : "",
			 error_name(code), error_text(code));
}

int engine_open(struct load *load, char *why, size_t size)
{
	if (!load->ring && load->ring_error == 0)
		load->ring_error = choose(load);
	if (load->ring_error < 0)
		explain(load, why, size);
	return load->ring_error;
}

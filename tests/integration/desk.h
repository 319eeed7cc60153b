/* SPDX-License-Identifier: MIT */
/* A kit with a list of events. */
#ifndef DESK_H
#define DESK_H

#include "jobs.h"

/* The length of a part. The file has a thousand of them. */
#define PART (16 * (uint64_t)1024)

struct desk {
	struct kit kit;
	/* Options with the events. Resident pages are read from the disk,
	 * too. */
	struct dmaload_options options;
};

void desk_open(struct desk *desk);
void desk_close(struct desk *desk);

/* Return part n of the file, with its place in the buffer. */
struct dmaload_range desk_part(const struct desk *desk, unsigned n);

/* Submit a job without a handle. It must be accepted. */
void desk_submit(const struct desk *desk, enum dmaload_operation operation,
		 const struct dmaload_range *ranges, size_t count,
		 uint64_t user_data);

/* Take an event, and return the result of the call. */
int desk_take(const struct desk *desk, int64_t timeout_ns,
	      struct dmaload_event *event);
/* Wait for an event that must come; for the end of a job. */
struct dmaload_event desk_await(const struct desk *desk);
void desk_expect_end(const struct desk *desk, uint64_t user_data, int result);
/* Check that there is no event, and no job that will have one. */
void desk_expect_nothing(const struct desk *desk);

#endif

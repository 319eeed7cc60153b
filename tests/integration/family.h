/* SPDX-License-Identifier: MIT */
/* A context, jobs, events and buffers that a child of the process inherits. */
#ifndef FAMILY_H
#define FAMILY_H

#include "jobs.h"

/* The objects that a child inherits. */
struct family {
	struct scene scene;
	struct dmaload_job *job;
	/* Where it reports. */
	struct dmaload_events *events;
	/* Into memory of the test's own: the range, which a job is to fill. */
	struct dmaload_range into;
	struct dmaload_job *into_memory;
	void *memory;
	/* A buffer that is being populated, perhaps. */
	struct dmaload_buffer *young;
};

void family_begin(struct family *family);
/* No child has done anything to it. */
void family_end(struct family *family);

/* The number of the first thing that is wrong in a child, or 0: that each call
 * fails, and all else besides. */
int family_calls_fail(const struct family *family);
int family_in_child(const struct family *family);

/* Return true if this process has a ring by an fd, or, if told so, by a
 * mapping. */
bool has_ring(bool mapped);

#endif

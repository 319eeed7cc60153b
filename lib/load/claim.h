/* SPDX-License-Identifier: MIT */
/*
 * Receives: the bytes of buffers and files that a load is going to read or to write.
 * Hands on: the promise that no other load writes to them meanwhile; and the order of
 *           those that are in each other's way.
 * Always:   all claims of a load are granted together, or none.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

#include "plan/intervals.h"

struct load;
struct dmaload_buffer;
struct dmaload_file;

/* What a load wants of one buffer, or of one file. */
struct claim {
	/* Who claims, NULL: nobody does. Not to be followed but in its process: in a
	 * child of it the claim is never dropped, and holds nobody; see
	 * sys_process(). */
	struct load *load;
	uint64_t process;
	bool writes;
	/* It is of a dma-buf; it is of a stream. */
	bool brackets;
	bool alone;
	/* In ascending order, apart from each other. */
	struct interval *intervals;
	size_t count;
	struct claim *next;
};

/* Sort and merge; overlap receives one of two places that overlap, if any do. */
void claim_merge(struct claim *claim, bool *overlaps, uint64_t *overlap);

/* Whether two merged claims have a byte in common, and which. */
bool claim_meet(const struct claim *a, const struct claim *b, uint64_t *where);

/*
 * Register the claims of a load. -EBUSY if a load of another context has a claim on the
 * same bytes, and one of the two writes; or on the same stream. Where an earlier load of
 * the same context has, or one of any context has the brackets of a dma-buf for the other
 * direction, the load waits for it: see load->blocker.
 */
int claim_take(struct load *load, struct dmaload_error *err);
void claim_drop(struct load *load);
/* Wake the contexts in which somebody waits no longer. No lock is held. */
void claim_wake(void);

/* Stop all loads that have a claim on a buffer, and wait until none has. */
void claim_expel(struct dmaload_buffer *buffer);

/* Tell a load to stop, from any thread. */
void claim_stop(struct load *load, int code);

#endif

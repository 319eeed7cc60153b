/* SPDX-License-Identifier: MIT */
/*
 * Receives: the claims of a load: the bytes of buffers and files that it is going to read
 *           or to write.
 * Hands on: the promise that no other load writes to them meanwhile; and the order of
 *           those that are in each other's way.
 * Always:   all claims of a load are granted together, or none.
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

struct load;

/* The context of a load, as far as claims have to know it. */
struct owner {
	/* By sys_process(). */
	uint64_t process;
	void (*ref)(struct owner *owner);
	void (*unref)(struct owner *owner);
	/* One of its loads waits no longer. */
	void (*wake)(struct owner *owner);
	/* End those that wait for their turn and were told to stop. */
	void (*end_stopped)(struct owner *owner);
	/* For waiting.c: the list of those to be woken. */
	bool to_be_woken;
	struct owner *next_to_wake;
};

/*
 * Register the claims of a load. -EBUSY if a load of another context has a claim on the
 * same bytes, and one of the two writes; or on the same stream. Where an earlier load of
 * the same context has, or one of any context has the brackets of a dma-buf for the other
 * direction, the load waits for it: see load->blocker.
 */
int claims_register(struct load *load, struct dmaload_error *err);
void claims_drop(struct load *load);
/* Wake the contexts with a load that waits no longer. No lock is held. */
void claims_wake(void);

/* Make a load urgent, and what it waits for. */
void claims_hurry(struct load *load);
/* Tell a load to stop, from any thread. */
void load_request_stop(struct load *load, int code);

#endif

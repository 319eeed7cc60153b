/* SPDX-License-Identifier: MIT */
/*
 * Receives: the claims of a load: the bytes of buffers and files that it will
 *           read or write.
 * Hands on: the promise that no other load writes to them meanwhile, and the
 *           order of conflicting loads.
 * Always:   a load gets all its claims together, or none.
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

struct load;

/* The part of a context that claims need. */
struct owner {
	/* From sys_process(). */
	uint64_t process;
	void (*ref)(struct owner *owner);
	void (*unref)(struct owner *owner);
	/* Wake the context: one of its loads need not wait any more. */
	void (*wake)(struct owner *owner);
	/* End the loads that wait for their turn and were stopped. */
	void (*end_stopped)(struct owner *owner);
	/* For waiting.c: the list of contexts to wake. */
	bool to_be_woken;
	struct owner *next_to_wake;
};

/*
 * Register the claims of a load.
 *
 * Return -EBUSY if a load of another context has a claim on the same stream, or
 * on the same bytes and one of the two writes. If an earlier load of the same
 * context conflicts, wait for it: see load->blocker. The same holds for a load
 * of any context whose brackets of a dma-buf have the other direction.
 */
int claims_register(struct load *load, struct dmaload_error *err);
void claims_drop(struct load *load);
/* Wake the contexts with a load that need not wait any more. The caller holds
 * no lock. */
void claims_wake(void);

/* Make a load urgent, and the loads that it waits for. */
void claims_hurry(struct load *load);
/* Request that a load stops. Any thread may call it. */
void load_request_stop(struct load *load, int code);

#endif

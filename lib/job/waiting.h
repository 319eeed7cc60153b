/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with claims, under the lock of claims.c; and that one has ended.
 * Hands on: load->blocker, the earlier load that it waits for; and the contexts to wake.
 * Always:   waits go from later to earlier loads only, so there is no circle.
 */
#ifndef WAITING_H
#define WAITING_H

struct load;
struct owner;

/* Wait for an earlier load, if one is in the way; else it is NULL. */
void waiting_begin(struct load *load, struct load *blocker);
/* Make a load urgent, and those that it waits for. */
void waiting_hurry(struct load *load);
/* Wait no longer. */
void waiting_end(struct load *load);
/* A load has ended: let those that waited for it wait for another, or for none. */
void waiting_release(const struct load *ended);
/* Return a context to wake, which is kept, or NULL. */
struct owner *waiting_pop_owner(void);
/* Forget all, in a child of fork(). */
void waiting_forget(void);

#endif

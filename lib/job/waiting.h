/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads with claims, and the end of loads, under the lock of
 *           claims.c.
 * Hands on: load->blocker, the earlier load to wait for; and the contexts to
 *           wake.
 * Always:   loads wait for earlier loads only, so there is no cycle.
 */
#ifndef WAITING_H
#define WAITING_H

struct load;
struct owner;

/* Wait for an earlier load that conflicts; blocker is NULL if there is none. */
void waiting_begin(struct load *load, struct load *blocker);
/* Make a load urgent, and the loads that it waits for. */
void waiting_hurry(struct load *load);
/* Stop waiting. */
void waiting_end(struct load *load);
/* Let the loads that waited for an ended one wait for another, or for none. */
void waiting_release(const struct load *ended);
/* Return a context to wake, with a reference, or NULL. */
struct owner *waiting_pop_owner(void);
/* Forget all loads, in a child of fork(). */
void waiting_forget(void);

#endif

/* SPDX-License-Identifier: MIT */
/* The inside of a ring: requests that are queued, in flight, or complete. */
#ifndef FLIGHTS_H
#define FLIGHTS_H

#include "io/ring.h"
#include "model.h"

#define READS_MAX 64

struct flight {
	struct ring_request request;
	/* The result. Before completion, the result that it will have; 0: all
	 * bytes of the request. */
	int64_t result;
	/* The number of later requests that have completed before it. */
	unsigned overtaken;
};

struct ring {
	enum dmaload_engine engine;
	unsigned depth;
	struct flight queued[READS_MAX];
	unsigned n_queued;
	struct flight flying[READS_MAX];
	unsigned n_flying;
	struct flight done[READS_MAX];
	unsigned n_done;
	unsigned char *memory;
	size_t length;
	bool broken;
	/* The next wait returns at once. */
	bool armed;
	bool woken;
	struct ring *next;
};

/* Take the oldest queued request: from now on the kernel owns its memory. */
void flights_begin(struct ring *ring);
/* Complete a batch, in the order that the test has chosen. */
void flights_land(struct ring *ring);

/* The list of all rings, in rings.c. */
void rings_add(struct ring *ring);
void rings_remove(struct ring *ring);
/* Update the maximum in flight. */
void rings_note(const struct ring *ring);
bool flight_overlaps(const struct flight *flight, const unsigned char *at,
		     size_t length);

#endif

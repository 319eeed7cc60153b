/* SPDX-License-Identifier: MIT */
/* The inside of a ring: requests that are queued, in flight, and done. */
#ifndef FLIGHTS_H
#define FLIGHTS_H

#include "io/ring.h"
#include "model.h"

#define READS_MAX 64

struct flight {
	struct ring_request request;
	/* The result, once it has completed; before, the result that it is to
	 * have: 0 for the bytes of the file. */
	int64_t result;
	/* Later ones that have completed before. */
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
	/* It was armed; the next wait is over. */
	bool armed;
	bool woken;
	struct ring *next;
};

/* Take the oldest queued request: from now on the memory is the kernel's. */
void flights_begin(struct ring *ring);
/* Complete a batch, in the order that the test has chosen. */
void flights_land(struct ring *ring);

/* rings.c: the list of all rings. */
void rings_add(struct ring *ring);
void rings_remove(struct ring *ring);
/* Note how much is in flight. */
void rings_note(const struct ring *ring);
bool flight_overlaps(const struct flight *flight, const unsigned char *at,
		     size_t length);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: how far a load is, and when.
 * Hands on: the line that shows it.
 * Always:   arithmetic and text alone: no system call, and no output.
 */
#ifndef PROGRESS_LINE_H
#define PROGRESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rate is that of the last 4 seconds: of METER_SAMPLES samples, which are
 * METER_NS apart at least. */
#define METER_SAMPLES 16
#define METER_NS 250000000u

#define PROGRESS_COLUMNS 80

/* The bytes at several times. The first sample is that of the beginning. */
struct meter {
	struct {
		uint64_t ns;
		uint64_t bytes;
	} samples[METER_SAMPLES];
	unsigned count;
};

/* Record how many bytes have arrived at a time. */
void meter_note(struct meter *meter, uint64_t ns, uint64_t bytes);

/* Return bytes a second since the oldest sample; 0: unknown. */
double meter_rate(const struct meter *meter, uint64_t ns, uint64_t bytes);

struct progress_state {
	const char *label;
	/* NULL: unknown. */
	const char *path;
	uint64_t done;
	/* 0: unknown. */
	uint64_t total;
	/* Bytes a second; 0: unknown. */
	double rate;
	/* With the time left, unless it is unknown or the load is complete. */
	bool timed;
};

/* Format a line that is shorter than a number of columns. In a narrow window it
 * has no bar; in narrower ones no path, and no time left. */
void progress_line(const struct progress_state *state, unsigned columns,
		   char line[PROGRESS_COLUMNS]);

#endif

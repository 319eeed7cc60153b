/* SPDX-License-Identifier: MIT */
/*
 * Which experts are used, step by step, from a file or made up by routing.c. A
 * step is a layer of a token. In a file it is a line, "LAYER EXPERT...", in
 * numbers from 0; lines that begin with # are comments.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdio.h>

#include "routing.h"

struct trace {
	const char *path;
	FILE *file;
	char *line;
	size_t room, number;
	struct routing routing;
	uint32_t tokens;
	/* Limits of the model. */
	uint32_t n_layers, n_experts;
	/* The step. */
	uint32_t layer, count;
	uint32_t *experts;
};

/* Open a trace of a file, or without one make one up, of so many tokens. Return
 * 0, or -1 when complain() has been called. Close it in any case. */
int trace_open(struct trace *trace, const char *path,
	       const struct routing_options *made_up, uint32_t tokens);
void trace_close(struct trace *trace);
/* Read the next step. Return 1, 0 behind the last, or -1 when complain() has
 * been called. */
int trace_next(struct trace *trace);

#endif

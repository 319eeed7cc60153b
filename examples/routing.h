/* SPDX-License-Identifier: MIT */
/*
 * Which experts of a model each token uses: generated, in the way that routers
 * are reported to choose. Some experts of a layer are popular (Zipf). A token
 * often uses an expert of the previous token (bursts). The topic changes from
 * time to time, and with it the popularity of some experts. A prompt uses all
 * experts once.
 */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdint.h>

struct routing_options {
	uint32_t layers;
	/* Experts in each layer, and how many of them a token uses. */
	uint32_t experts, used;
	/* The exponent of Zipf's law; 0: all are equally popular. */
	double zipf;
	/* The probability that an expert of the last token is used again. */
	double reuse;
	/* Tokens of a topic, 0: there is only one; and the fraction of the
	 * experts whose popularity changes. */
	uint32_t topic;
	double change;
	/* Tokens from one prompt to the next; 0: there is none. */
	uint32_t prompt;
	uint64_t seed;
};

struct routing {
	struct routing_options options;
	uint64_t random;
	uint32_t token;
	/* The sum of the probabilities up to each rank. */
	double *sums;
	/* For each layer, the expert that has a rank; and the experts of the
	 * last token. */
	uint32_t *ranked, *last;
};

/* Return 0, or -1 if there is no memory. Finish the routing even after a
 * failure. */
int routing_init(struct routing *routing, const struct routing_options *options);
void routing_finish(struct routing *routing);

/* Go on to the next token. */
void routing_next(struct routing *routing);
/* Write the experts that the token uses in a layer; the array has room for all.
 * Return how many. Call it once for each layer, in order. */
uint32_t routing_choose(struct routing *routing, uint32_t layer,
			uint32_t *experts);

#endif

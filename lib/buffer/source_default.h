/* SPDX-License-Identifier: MIT */
/*
 * Receives: the sources that this process may use.
 * Hands on: the source to allocate from if the caller names none, and why.
 * Always:   the rules are in source_default_from(), which makes no system call,
 *           and nowhere else.
 */
#ifndef SOURCE_DEFAULT_H
#define SOURCE_DEFAULT_H

#include <stdint.h>

#include <dmaload/error.h>

/* A source's name, with the final NUL: the longest is that of a heap. */
#define CHOICE_NAME_SIZE 160

struct source_default {
	/* The name for dmaload_buffer_create(). */
	char source[CHOICE_NAME_SIZE];
	/* Why this one, in a sentence. */
	char reason[DMALOAD_REASON_SIZE];
};

struct source_facts {
	/* The size to allocate, in bytes. */
	uint64_t size;
	/* The first usable heap, or NULL for the reason in heap_error. */
	const char *heap;
	struct dmaload_error heap_error;
	/* Why this process cannot make a udmabuf; code is 0 if it can. Both are
	 * set only if there is no heap. */
	struct dmaload_error udmabuf_error;
	uint64_t udmabuf_limit;
};

/* Choose a source. Return 0, or -errno if there is none. */
int source_default_from(const struct source_facts *facts,
			struct source_default *choice,
			struct dmaload_error *err);

/* Add what is known of udmabuf. refusal says why its node cannot be opened; its code
 * is 0 if it can. */
void source_facts_add_udmabuf(struct source_facts *facts,
			      const struct dmaload_error *refusal);

/* Query the facts, and choose a source. */
int source_default_query(uint64_t size, struct source_default *choice,
			 struct dmaload_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: what this machine grants this process.
 * Hands on: the source to allocate from where the caller names none, and why.
 * Always:   the rules are in source_default_from(), which makes no system call, and nowhere
 *           else.
 */
#ifndef SOURCE_DEFAULT_H
#define SOURCE_DEFAULT_H

#include <stdint.h>

#include <dmaload/error.h>

/* A source's name, with the final NUL: the longest is that of a heap. */
#define CHOICE_NAME_SIZE 160

struct source_default {
	/* What dmaload_buffer_create() takes. */
	char source[CHOICE_NAME_SIZE];
	/* Why this one, in a sentence. */
	char reason[DMALOAD_REASON_SIZE];
};

struct source_facts {
	/* The size to allocate, in bytes. */
	uint64_t size;
	/* The first heap that may be used; NULL: none, for this reason. */
	const char *heap;
	struct dmaload_error heap_error;
	/* Why there is no udmabuf for this process; code is 0 if there is one. Both
	 * are set only where there is no heap. */
	struct dmaload_error udmabuf_error;
	uint64_t udmabuf_limit;
};

/* Choose: 0, or -errno where there is nothing to choose. */
int source_default_from(const struct source_facts *facts,
			struct source_default *choice,
			struct dmaload_error *err);

/* Add what is known of udmabuf. refusal: why its node cannot be opened; code 0: it
 * can. */
void choice_add_udmabuf(struct source_facts *facts,
			const struct dmaload_error *refusal);

/* Find out the facts, and choose. */
int source_default_query(uint64_t size, struct source_default *choice, struct dmaload_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: what this machine grants this process.
 * Hands on: the source to allocate from where the caller names none, and why.
 * Always:   the rules are in choice_of(), which makes no system call, and nowhere
 *           else.
 */
#ifndef CHOICE_H
#define CHOICE_H

#include <stdint.h>

#include <dmaload/error.h>

/* A source's name, with the final NUL: the longest is that of a heap. */
#define CHOICE_NAME_SIZE 160

struct choice {
	/* What dmaload_buffer_create() takes. */
	char source[CHOICE_NAME_SIZE];
	/* Why this one, in a sentence. */
	char reason[DMALOAD_REASON_SIZE];
};

struct choice_facts {
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
int choice_of(const struct choice_facts *facts, struct choice *choice,
	      struct dmaload_error *err);

/* Add what is known of udmabuf. refusal: why its node cannot be opened; code 0: it
 * can. */
void choice_add_udmabuf(struct choice_facts *facts,
			const struct dmaload_error *refusal);

/* Find out the facts, and choose. */
int choice_make(uint64_t size, struct choice *choice, struct dmaload_error *err);

#endif

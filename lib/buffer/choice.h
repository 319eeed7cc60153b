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

#include <dmaload/source.h>

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
int choice_of(const struct choice_facts *facts, struct dmaload_choice *choice,
	      struct dmaload_error *err);

/* Find out the facts, and choose. */
int choice_make(uint64_t size, struct dmaload_choice *choice,
		struct dmaload_error *err);

#endif

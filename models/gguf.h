/* SPDX-License-Identifier: MIT */
/* The beginning of a GGUF file, which gguf_metadata.c reads before gguf.c reads
 * the tensors. */
#ifndef GGUF_H
#define GGUF_H

#include "tensors.h"

struct gguf {
	uint64_t tensors;
	/* general.alignment, or its default. */
	uint32_t alignment;
	struct split split;
};

/* Each returns 0, or -1 with the reason in header->error. */

int gguf_read_u32(struct header *header, uint32_t *value);
int gguf_read_u64(struct header *header, uint64_t *value);
/* Read a count of things; each takes at least this number of bytes. */
int gguf_read_count(struct header *header, const char *what, uint64_t least,
		    uint64_t *count);
/* All up to the first tensor. */
int gguf_read_metadata(struct header *header, struct gguf *gguf);

#endif

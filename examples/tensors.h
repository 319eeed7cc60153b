/* SPDX-License-Identifier: MIT */
/*
 * What the readers of model files, gguf.c and safetensors.c, share with
 * load-tensors.c, which loads what they have found.
 */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"

/* More dimensions than any format or framework in use has. */
#define TENSOR_RANK_MAX 16
/* The largest models have some ten thousand. */
#define TENSORS_MAX (1u << 20)

struct tensor {
	char *name;
	const char *type; /* static */
	uint64_t shape[TENSOR_RANK_MAX];
	unsigned rank;
	uint64_t file_offset;
	uint64_t bytes; /* 0 if a dimension is 0 */
	bool chosen; /* by places_choose() */
};

struct tensors {
	struct tensor *items;
	size_t count, room;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

/*
 * The reader of the format that a program was linked with. On success the
 * tensors lie inside of the file, none upon another, and have names of their own
 * that can be printed. The list has to be freed in any case.
 */
int tensors_read(struct tensors *tensors, struct header *header);
extern const char tensors_format[];

/* Appends a tensor under a copy of its name, all else 0. NULL if that is none, or
 * memory or TENSORS_MAX is exhausted. */
struct tensor *tensors_add(struct tensors *tensors, struct header *header,
			   const char *name, size_t length);
/* Fills bytes in from the shape: block elements take bits bits. */
int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits);
/* Checks names and places. Packed: from begin to the end of the file there are
 * tensors and nothing else. */
int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, bool packed);
void tensors_free(struct tensors *tensors);

#endif

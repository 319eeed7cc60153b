/* SPDX-License-Identifier: MIT */
/*
 * The tensors of a model: what the readers of model files, gguf.c and
 * safetensors.c, find and load-tensors.c loads.
 */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "names.h"

/* More than a safetensors header, which has a limit, can describe. */
#define TENSORS_MAX (1u << 22)

struct tensor {
	/* As name_escape() has made it. */
	char *name;
	const char *type; /* static */
	/* So many elements make a block, whose size the type fixes. */
	uint64_t block;
	uint64_t *shape;
	uint32_t rank;
	uint64_t file_offset;
	uint64_t bytes; /* 0 if a dimension is 0 */
	/* The file that it is in, of the model's; 0 for the first. */
	size_t part;
	bool chosen; /* by places_choose() */
};

struct tensors {
	struct tensor *items;
	size_t count, room;
	/* From here on they are from the file that was read last. */
	size_t first;
	/* The place that this file claims: it is a part, of so many, of a model
	 * of so many tensors. 0 if its format cannot say. */
	struct split {
		uint64_t number; /* 1 for the first */
		uint64_t count, tensors;
	} split;
	/* Bytes behind the last tensor of a file that belong to no tensor. */
	uint64_t unclaimed;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

/*
 * The reader of the format that a program was linked with: append the tensors of
 * a file. On success they lie inside of the file, none upon another, each fills
 * its place, and they have names of their own. Free the list in any case.
 */
int tensors_read(struct tensors *tensors, struct header *header);
extern const char tensors_format[];

/* Append a tensor under an escaped copy of its name, all else 0. Return NULL if
 * memory or TENSORS_MAX is exhausted. */
struct tensor *tensors_add(struct tensors *tensors, struct header *header,
			   const char *name, size_t length);
/* Make room for a shape. */
int tensor_shape(struct tensor *tensor, struct header *header, uint32_t rank);
/* Fill bytes in from the shape: block elements take bits bits. */
int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits);

/* A place that is larger than the tensor that lies there. */
struct gap {
	const struct tensor *tensor; /* NULL: before the first one */
	const struct tensor *next; /* NULL: up to the end of the file */
	uint64_t place; /* in bytes, with the tensor; 0: there is no gap */
};

/* Check names and places in the file that was read last, where tensors begin at
 * multiples of align from begin on. Return the first gap, a larger one than
 * align explains. */
int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, uint64_t align, struct gap *gap);
/* Check that all tensors, of whatever file, have names of their own. */
int tensors_check_names(const struct tensors *tensors, size_t first,
			struct header *header);
void tensors_free(struct tensors *tensors);

#endif

/* SPDX-License-Identifier: MIT */
/* The tensors of a model. The readers of the formats find them. */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload-models.h>

#include "header.h"
#include "names.h"

/* More than the limited header of a safetensors file can describe. */
#define TENSORS_MAX DMALOAD_MODEL_TENSORS_MAX

struct tensor {
	/* As name_escape() has made it. */
	char *name;
	const char *type; /* static */
	/* The elements of a block; the type has the size of a block. */
	uint64_t block;
	uint64_t *shape;
	uint32_t rank;
	uint64_t file_offset;
	uint64_t bytes; /* 0 if a dimension is 0 */
	/* The index of its file in the model; 0 for the first. */
	size_t part;
	/* Another file that has it, by its name in the format, or NULL. */
	char *location;
	/* Its elements do not lie in a file as bytes one after the other. */
	bool omitted;
};

struct tensors {
	struct tensor *items;
	size_t count, room;
	/* From here on, tensors are from the file that was read last. */
	size_t first;
	/* The file's claims: its number, and how many parts and tensors the model
	 * has. 0 if its format does not say. */
	struct split {
		uint64_t number; /* 1 for the first */
		uint64_t count, tensors;
	} split;
	/* Bytes behind the last tensor of a file that belong to no tensor. */
	uint64_t unclaimed;
	/* The files that tensors have as their location, each once; a tensor's
	 * part counts them from 1. The texts are the tensors'. */
	const char **others;
	size_t n_others;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

/* Append a tensor with an escaped copy of its name; all other members are 0.
 * Return NULL if memory or TENSORS_MAX is exhausted. */
struct tensor *tensors_add(struct tensors *tensors, struct header *header,
			   const char *name, size_t length);
/* Make room for a shape. */
int tensor_shape(struct tensor *tensor, struct header *header, uint32_t rank);
/* Compute the bytes from the shape: a block has a number of elements, and of
 * bits. */
int tensor_measure(struct tensor *tensor, struct header *header,
		   uint64_t block, uint64_t bits);
/* The same for elements of some bits that are packed into bytes, of which the
 * last one may have room left. */
int tensor_measure_up(struct tensor *tensor, struct header *header,
		      unsigned bits);

/* A place that is larger than the tensor that lies there. */
struct gap {
	const struct tensor *tensor; /* NULL: before the first one */
	const struct tensor *next; /* NULL: up to the end of the file */
	uint64_t place; /* in bytes, with the tensor; 0: there is no gap */
};

/* Check names and places in the file that was read last, where tensors begin at
 * multiples of align from begin on. Report the first gap that is larger than
 * align explains. */
int tensors_check(const struct tensors *tensors, struct header *header,
		  uint64_t begin, uint64_t align, struct gap *gap);
/* Check that the names of all tensors, of all files, differ. */
int tensors_check_names(const struct tensors *tensors, size_t first,
			struct header *header);
/* Return all tensors by their parts, then by their places, or NULL. The caller
 * frees the list. */
const struct tensor **tensors_by_part(const struct tensors *tensors,
				      struct header *header);
/* Check the places of such tensors, which are all of the file of the header. Set
 * where the last one ends. */
int tensors_check_part(const struct tensor **sorted, size_t count,
		       struct header *header, uint64_t *end);
void tensors_free(struct tensors *tensors);

#endif

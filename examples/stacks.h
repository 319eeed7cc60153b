/* SPDX-License-Identifier: MIT */
/*
 * The experts of a model, as GGUF has them: a tensor of three dimensions for
 * all experts of a layer, "blk.N.ffn_up_exps.weight" for example, with one
 * expert behind the other.
 */
#ifndef STACKS_H
#define STACKS_H

#include "model.h"

struct stack {
	const struct tensor *tensor;
	/* Bytes of each expert. */
	uint64_t bytes;
};

struct layer {
	/* An expert has one part in each of these. */
	struct stack *stacks;
	size_t count;
};

struct experts {
	struct layer *layers;
	uint32_t n_layers;
	/* In each layer. */
	uint32_t n_experts;
	struct stack *stacks;
	size_t n_stacks;
	/* The most parts that an expert has, the longest part, and the bytes of
	 * all experts together. */
	size_t layer_max;
	uint64_t part_max, bytes;
};

/* Find them. Return 0, or -1 when complain() has been called. Free them in any
 * case. */
int experts_find(struct experts *experts, const struct model *model,
		 const char *path);
void experts_free(struct experts *experts);

#endif

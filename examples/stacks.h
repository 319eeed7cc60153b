/* SPDX-License-Identifier: MIT */
/*
 * The experts of a model in a GGUF file. One tensor of three dimensions, such
 * as "blk.N.ffn_up_exps.weight", has all experts of a layer, one behind the
 * other.
 */
#ifndef STACKS_H
#define STACKS_H

#include "model.h"

struct stack {
	const struct dmaload_tensor *tensor;
	/* Bytes of each expert. */
	uint64_t bytes;
};

struct layer {
	/* Each expert has one part in each of these. */
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
	/* The maximum number of parts of an expert, the longest part, and the
	 * bytes of all experts together. */
	size_t layer_max;
	uint64_t part_max, bytes;
};

/* Find the stacks. Return 0, or -1 after a call of complain(). Free them even
 * after a failure. */
int experts_find(struct experts *experts, const struct model *model,
		 const char *path);
void experts_free(struct experts *experts);

#endif

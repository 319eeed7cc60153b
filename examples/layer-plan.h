/* SPDX-License-Identifier: MIT */
/* The layers of a model, and the place of each tensor in their buffers. */
#ifndef LAYER_PLAN_H
#define LAYER_PLAN_H

#include "model.h"

struct layer {
	char name[24]; /* "layer 7"; or "before" or "after" all layers */ /* Its
	tensors, and its buffers, which no other layer uses. */ size_t tensor,
	tensor_end; size_t buffer, buffer_end; uint64_t bytes;
};

struct layer_tensor {
	const struct dmaload_tensor *tensor;
	uint32_t order; /* of its layer among all */
	size_t layer, buffer;
	uint64_t offset; /* in the buffer */
};

struct layer_plan {
	struct layer *layers;
	/* In the order of the layers, then of the files. No tensor is empty. */
	struct layer_tensor *tensors;
	uint64_t *sizes; /* of the buffers, in bytes */
	size_t n_layers, n_tensors, n_buffers;
};

/*
 * Sort the tensors into layers and lay them out in buffers of at most max
 * bytes, one buffer for each layer if it fits. Return 0, or -1 after a call of
 * complain(). Free the plan even after a failure, and before the model.
 */
int layer_plan_make(struct layer_plan *plan, const struct model *model,
		    const char *path, uint64_t max);
void layer_plan_free(struct layer_plan *plan);

#endif

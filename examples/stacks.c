/* SPDX-License-Identifier: MIT */
#include "stacks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Return the layer of a stack, or -1 if the tensor is not a stack of
 * experts. */
static long layer_of(const struct dmaload_tensor *tensor)
{
	static const char begin[] = "blk.", end[] = "_exps.weight";
	const size_t length = strlen(tensor->name);
	char *rest;
	long layer;

	if (tensor->rank != 3 || tensor->bytes == 0 ||
	    length < sizeof(begin) + sizeof(end) ||
	    strncmp(tensor->name, begin, sizeof(begin) - 1) != 0 ||
	    strcmp(tensor->name + length - (sizeof(end) - 1), end) != 0)
		return -1;
	layer = strtol(tensor->name + sizeof(begin) - 1, &rest, 10);
	return *rest == '.' && layer >= 0 && layer < 1 << 16 ? layer : -1;
}

static int compare(const void *a, const void *b)
{
	const struct stack *left = a, *right = b;
	const long from = layer_of(left->tensor), to = layer_of(right->tensor);

	if (from != to)
		return from < to ? -1 : 1;
	return strcmp(left->tensor->name, right->tensor->name);
}

static int add_stack(struct experts *experts, const struct dmaload_tensor *tensor,
		     const char *path)
{
	const uint64_t count = tensor->shape[2];
	struct stack *stack = &experts->stacks[experts->n_stacks];

	if (experts->n_stacks == 0 && count <= UINT32_MAX)
		experts->n_experts = (uint32_t)count;
	if (count != experts->n_experts || tensor->bytes % count != 0)
		return complain(path, "tensor \"%s\" has %" PRIu64 " experts in %"
				PRIu64 " bytes, and others have %" PRIu32,
				tensor->name, count, tensor->bytes,
				experts->n_experts);
	*stack = (struct stack){ .tensor = tensor, .bytes = tensor->bytes / count };
	if (stack->bytes > experts->part_max)
		experts->part_max = stack->bytes;
	experts->bytes += tensor->bytes;
	experts->n_stacks++;
	return 0;
}

/* The stacks are sorted, so those of a layer are neighbours. */
static void group(struct experts *experts)
{
	struct layer *layer = NULL;
	size_t i;

	for (i = 0; i < experts->n_stacks; i++) {
		if (i == 0 || layer_of(experts->stacks[i].tensor) !=
			      layer_of(experts->stacks[i - 1].tensor)) {
			layer = &experts->layers[experts->n_layers++];
			layer->stacks = &experts->stacks[i];
		}
		if (++layer->count > experts->layer_max)
			experts->layer_max = layer->count;
	}
}

int experts_find(struct experts *experts, const struct model *model,
		 const char *path)
{
	const size_t count = dmaload_model_tensors(model->model);
	const struct dmaload_tensor *tensor;
	size_t i;

	*experts = (struct experts){ 0 };
	experts->stacks = calloc(count + 1, sizeof(*experts->stacks));
	experts->layers = calloc(count + 1, sizeof(*experts->layers));
	if (!experts->stacks || !experts->layers)
		return complain(path, "no memory for %zu tensors", count);
	for (i = 0; (tensor = dmaload_model_tensor(model->model, i)); i++)
		if (layer_of(tensor) >= 0 &&
		    add_stack(experts, tensor, path) < 0)
			return -1;
	if (experts->n_stacks == 0)
		return complain(path, "no stacked experts: no tensor of three "
				"dimensions is named blk.N.*_exps.weight");
	qsort(experts->stacks, experts->n_stacks, sizeof(*experts->stacks),
	      compare);
	group(experts);
	return 0;
}

void experts_free(struct experts *experts)
{
	free(experts->stacks);
	free(experts->layers);
}

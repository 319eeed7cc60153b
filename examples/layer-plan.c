/* SPDX-License-Identifier: MIT */
/*
 * Sorts tensors into layers and lays them out. Receives the tensors of a model
 * and the maximum size of a buffer; hands on a plan. Always: a tensor lies in
 * one buffer, and a buffer has tensors of one layer.
 */
#include "layer-plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_BEFORE 0
#define ORDER_AFTER UINT32_MAX

/* A tensor has the same offset within a page in the buffer as in the file. So
 * the load can read it directly, and neighbours in the file stay neighbours. */
#define PAGE UINT64_C(4096)

/* The names of the tensors that a model uses last begin like this. */
static const char *const last[] = { "output", "lm_head.", "model.norm." };

/*
 * The first number of a name is its layer: "blk.7.attn_q.weight" in GGUF,
 * "model.layers.7.self_attn.q_proj.weight" in safetensors.
 */
static uint32_t order_of(const char *name)
{
	const char *part = name;
	size_t digits, i;

	while (part) {
		digits = strspn(part, "0123456789");
		if (digits > 0 && digits < 10 && part[digits] == '.')
			return 1 + (uint32_t)strtoul(part, NULL, 10);
		part = strchr(part, '.');
		if (part)
			part++;
	}
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		if (strncmp(name, last[i], strlen(last[i])) == 0)
			return ORDER_AFTER;
	return ORDER_BEFORE;
}

static int by_layer(const void *a, const void *b)
{
	const struct layer_tensor *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->tensor->file != y->tensor->file)
		return x->tensor->file < y->tensor->file ? -1 : 1;
	return (x->tensor->file_offset > y->tensor->file_offset) -
	       (x->tensor->file_offset < y->tensor->file_offset);
}

/* Leave out empty tensors: a range has at least one byte. */
static void choose(struct layer_plan *plan, const struct dmaload_model *model)
{
	struct layer_tensor *place = plan->tensors;
	const struct dmaload_tensor *tensor;
	size_t i;

	for (i = 0; (tensor = dmaload_model_tensor(model, i)); i++)
		if (tensor->bytes > 0)
			*place++ = (struct layer_tensor){
				.tensor = tensor,
				.order = order_of(tensor->name),
			};
	plan->n_tensors = (size_t)(place - plan->tensors);
	qsort(plan->tensors, plan->n_tensors, sizeof(*plan->tensors), by_layer);
}

static void begin_layer(struct layer_plan *plan, size_t tensor)
{
	const uint32_t order = plan->tensors[tensor].order;
	struct layer *layer = &plan->layers[plan->n_layers++];

	layer->tensor = layer->tensor_end = tensor;
	layer->buffer = layer->buffer_end = plan->n_buffers;
	if (order == ORDER_BEFORE || order == ORDER_AFTER)
		strcpy(layer->name, order == ORDER_BEFORE ? "before" : "after");
	else
		snprintf(layer->name, sizeof(layer->name), "layer %" PRIu32,
			 order - 1);
}

static bool fits(const struct layer_tensor *place, uint64_t max)
{
	return place->offset <= max &&
	       place->tensor->bytes <= max - place->offset;
}

/* Put a tensor behind the last one of its layer, or into a new buffer. Return
 * whether it fits. No sum exceeds 64 bits, since max has 63. */
static bool put(struct layer_plan *plan, struct layer_tensor *place,
		uint64_t max)
{
	struct layer *layer = &plan->layers[plan->n_layers - 1];
	const uint64_t at = place->tensor->file_offset;
	bool room = layer->buffer < layer->buffer_end;
	uint64_t end;

	if (room) {
		end = plan->sizes[plan->n_buffers - 1];
		place->offset = end + (at - end) % PAGE;
		room = fits(place, max);
	}
	if (!room) {
		place->offset = at % PAGE;
		layer->buffer_end = ++plan->n_buffers;
	}
	place->layer = plan->n_layers - 1;
	place->buffer = plan->n_buffers - 1;
	plan->sizes[place->buffer] = place->offset + place->tensor->bytes;
	layer->tensor_end++;
	layer->bytes += place->tensor->bytes;
	return room || fits(place, max);
}

int layer_plan_make(struct layer_plan *plan, const struct model *model,
		    const char *path, uint64_t max)
{
	/* At least one: calloc(0) may return NULL. */
	const size_t room = dmaload_model_tensors(model->model) + 1;
	const struct dmaload_tensor *tensor;
	size_t i;

	*plan = (struct layer_plan){
		.layers = calloc(room, sizeof(*plan->layers)),
		.tensors = calloc(room, sizeof(*plan->tensors)),
		.sizes = calloc(room, sizeof(*plan->sizes)),
	};
	if (!plan->layers || !plan->tensors || !plan->sizes)
		return complain(path, "no memory for %zu tensors", room - 1);
	if (max > INT64_MAX)
		max = INT64_MAX;
	choose(plan, model->model);
	for (i = 0; i < plan->n_tensors; i++) {
		tensor = plan->tensors[i].tensor;
		if (i == 0 ||
		    plan->tensors[i].order != plan->tensors[i - 1].order)
			begin_layer(plan, i);
		if (!put(plan, &plan->tensors[i], max))
			return complain(path, "tensor \"%s\" has %" PRIu64
					" bytes, too many for a buffer of %"
					PRIu64, tensor->name,
					tensor->bytes, max);
	}
	return 0;
}

void layer_plan_free(struct layer_plan *plan)
{
	free(plan->layers);
	free(plan->tensors);
	free(plan->sizes);
	*plan = (struct layer_plan){ 0 };
}

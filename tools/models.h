/* SPDX-License-Identifier: MIT */
/*
 * Receives: a model, and names or patterns of its tensors.
 * Hands on: a list of them, or what loads them.
 * Always:   without libdmaload-models, it says so; models_absent.c.
 */
#ifndef TOOL_MODELS_H
#define TOOL_MODELS_H

#include "tool.h"

struct dmaload_tensor;
struct json_object;

/* The request of a list of tensors. */
struct listing {
	const char *model;
	/* Names, or patterns of the shell. */
	const char *const *patterns;
	size_t n_patterns;
	bool as_json;
	/* Receives the list, if it is wanted as JSON. */
	struct json_object *object;
};

/* Print the tensors of a model, or add them to the object. */
int listing_print(const struct listing *listing, struct dmaload_error *err);

/*
 * The tensors of a load. chosen_open() opens the files of the model, and makes
 * the pair, its buffer and the ranges. chosen_add_json() adds where each tensor
 * lies in the buffer, chosen_print() prints how many there are.
 */
int chosen_open(struct files *files, const struct request *request,
		struct dmaload_error *err);
void chosen_add_json(const struct chosen *chosen, struct json_object *object);
void chosen_print(const struct chosen *chosen, FILE *out);
void chosen_free(struct chosen *chosen);

/* Return a tensor as an object. */
struct json_object *tensor_json(const struct dmaload_tensor *tensor);

#endif

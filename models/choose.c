/* SPDX-License-Identifier: MIT */
/*
 * Chooses tensors and lays them out. Receives a model and the caller's patterns;
 * hands on the places in a buffer. Always: each sum is checked for overflow.
 */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "model.h"
#include "names.h"

struct choice {
	const struct dmaload_model *model;
	/* For each tensor, whether it has a place. */
	bool *chosen;
	struct dmaload_place *places;
	size_t count;
};

/* A name may have characters that are special in a pattern. */
static bool matches(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || fnmatch(pattern, name, 0) == 0;
}

/* Append the tensors that match a pattern and no earlier one; NULL matches all.
 * Return false if no tensor matches. */
static bool add(struct choice *choice, const char *pattern, size_t number)
{
	const struct dmaload_model *model = choice->model;
	bool found = !pattern;
	size_t i;

	for (i = 0; i < model->n_tensors; i++) {
		if (pattern && !matches(pattern, model->tensors[i].name))
			continue;
		found = true;
		if (choice->chosen[i])
			continue;
		choice->chosen[i] = true;
		choice->places[choice->count++] = (struct dmaload_place){
			.tensor = &model->tensors[i],
			.pattern = (uint32_t)number,
		};
	}
	return found;
}

static bool is_omitted(const struct dmaload_model *model, const char *pattern)
{
	size_t i;

	for (i = 0; i < model->n_omitted; i++)
		if (matches(pattern, model->omitted[i].name))
			return true;
	return false;
}

static int no_match(const struct dmaload_model *model, const char *pattern,
		    struct dmaload_error *err)
{
	char *name = name_escape(pattern, strlen(pattern));
	const int r = model_fail(err, -ENOENT, is_omitted(model, pattern) ?
				 "tensor \"%s\" cannot be loaded: its elements "
				 "do not lie in the file as bytes" :
				 "no tensor is named \"%s\"",
				 name_start(name ? name : "?").text);

	free(name);
	return r;
}

int dmaload_model_choose(const struct dmaload_model *model,
			 const char *const *patterns, size_t count,
			 struct dmaload_place *places, size_t *found,
			 struct dmaload_error *err)
{
	struct choice choice = { .model = model, .places = places };
	size_t i;
	int r = 0;

	if (!model || !places || !found || (!patterns && count > 0))
		return model_fail(err, -EINVAL, "model, patterns, places or "
				  "found is NULL");
	for (i = 0; i < count; i++)
		if (!patterns[i])
			return model_fail(err, -EINVAL, "pattern %zu is NULL",
					  i);
	choice.chosen = calloc(model->n_tensors + 1, sizeof(*choice.chosen));
	if (!choice.chosen)
		return model_fail(err, -ENOMEM, "no memory to choose from %zu "
				  "tensors", model->n_tensors);
	if (count == 0)
		add(&choice, NULL, 0);
	for (i = 0; r == 0 && i < count; i++)
		if (!add(&choice, patterns[i], i))
			r = no_match(model, patterns[i], err);
	free(choice.chosen);
	if (r == 0)
		*found = choice.count;
	return r;
}

int dmaload_model_align(struct dmaload_place *places, size_t count,
			uint64_t align, uint64_t *size,
			struct dmaload_error *err)
{
	uint64_t end = 0;
	bool overflow = false;
	size_t i;

	if (!size || (!places && count > 0))
		return model_fail(err, -EINVAL, "places or size is NULL");
	if (align == 0 || (align & (align - 1)) != 0)
		return model_fail(err, -EINVAL, "align is %" PRIu64
				  ", no power of two", align);
	for (i = 0; i < count && !overflow; i++) {
		if (!places[i].tensor)
			return model_fail(err, -EINVAL,
					  "place %zu has no tensor", i);
		overflow = __builtin_add_overflow(end, align - 1, &end);
		places[i].offset = end & ~(align - 1);
		overflow |= __builtin_add_overflow(places[i].offset,
						   places[i].tensor->bytes,
						   &end);
	}
	if (overflow)
		return model_fail(err, -EOVERFLOW, "the tensors do not fit into "
				  "64 bits at multiples of %" PRIu64, align);
	*size = end;
	return 0;
}

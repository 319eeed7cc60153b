/* SPDX-License-Identifier: MIT */
/*
 * Receives: a model, and the patterns of a request.
 * Hands on: one buffer, and a range for each tensor.
 * Always:   if a file of the model is missing, nothing is loaded.
 */
#include "models.h"

#include <dmaload-models.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "json_out.h"

#define ALIGN_DEFAULT 64

struct chosen {
	struct dmaload_model *model;
	struct dmaload_place *places;
	size_t count;
	uint64_t align;
};

void chosen_free(struct chosen *chosen)
{
	if (!chosen)
		return;
	free(chosen->places);
	dmaload_model_close(chosen->model);
	free(chosen);
}

/* Find the tensors, and where they are to lie. */
static int lay_out(struct chosen *chosen, const struct request *request,
		   uint64_t *size, struct dmaload_error *err)
{
	size_t room;
	int r;

	r = dmaload_model_open(&chosen->model, request->names[0], err);
	if (r < 0)
		return r;
	/* At least one: calloc(0) may return NULL. */
	room = dmaload_model_tensors(chosen->model) + 1;
	chosen->places = calloc(room, sizeof(*chosen->places));
	if (!chosen->places)
		return explain(err, -ENOMEM, "no memory for %zu tensors",
			       room - 1);
	chosen->align = request->align ? request->align : ALIGN_DEFAULT;
	r = dmaload_model_choose(chosen->model, request->patterns,
				 request->n_patterns, chosen->places,
				 &chosen->count, err);
	if (r == 0)
		r = dmaload_model_align(chosen->places, chosen->count,
					chosen->align, size, err);
	if (r == 0 && *size == 0)
		r = explain(err, -ENODATA, "%s: nothing to load: these tensors "
			    "are empty", request->names[0]);
	return r;
}

/* The same open files whose headers were read, as far as they are needed: one of
 * the others may be empty. */
static int open_files(struct files *files, struct dmaload_error *err)
{
	const struct chosen *chosen = files->chosen;
	const size_t count = dmaload_model_files(chosen->model);
	const struct dmaload_tensor *tensor;
	struct owned *owned;
	size_t i;
	int r = 0;

	files->owned = calloc(count, sizeof(*files->owned));
	files->ranges = calloc(chosen->count, sizeof(*files->ranges));
	if (!files->owned || !files->ranges)
		return explain(err, -ENOMEM, "no memory for %zu files and %zu "
			       "tensors", count, chosen->count);
	files->n_owned = count;
	for (i = 0; r == 0 && i < chosen->count; i++) {
		tensor = chosen->places[i].tensor;
		owned = &files->owned[tensor->file];
		if (tensor->bytes > 0 && !owned->file)
			r = dmaload_file_from_fd(&owned->file, dmaload_model_fd(
				chosen->model, tensor->file), err);
	}
	return r;
}

static void make_ranges(struct files *files)
{
	const struct dmaload_place *place = files->chosen->places;
	const struct dmaload_place *const end = place + files->chosen->count;

	for (; place < end; place++) {
		/* A range has at least one byte. */
		if (place->tensor->bytes == 0)
			continue;
		files->ranges[files->n_ranges++] = (struct dmaload_range){
			.file = files->owned[place->tensor->file].file,
			.file_offset = place->tensor->file_offset,
			.length = place->tensor->bytes,
			.buffer = files->pairs[0].buffer,
			.buffer_offset = place->offset,
		};
	}
}

int chosen_open(struct files *files, const struct request *request,
		struct dmaload_error *err)
{
	uint64_t size = 0;
	int r;

	files->chosen = calloc(1, sizeof(*files->chosen));
	files->pairs = calloc(1, sizeof(*files->pairs));
	if (!files->chosen || !files->pairs)
		return explain(err, -ENOMEM, "out of memory");
	files->count = 1;
	files->pairs[0].name = request->names[0];
	r = lay_out(files->chosen, request, &size, err);
	if (r == 0)
		r = open_files(files, err);
	files->pairs[0].length = size;
	if (r == 0)
		r = settings_ctx(&request->settings, &files->ctx, err);
	if (r == 0)
		r = files_allocate(files, &files->owned[0], 0, request, err);
	if (r == 0)
		make_ranges(files);
	return r;
}

void chosen_add_json(const struct chosen *chosen, struct json_object *object)
{
	struct json_object *array = json_object_new_array(), *tensor;
	size_t i;

	for (i = 0; i < chosen->count; i++) {
		tensor = tensor_json(chosen->places[i].tensor);
		json_add_uint(tensor, "buffer_offset", chosen->places[i].offset);
		json_object_array_add(array, tensor);
	}
	json_object_object_add(object, "tensors", array);
	json_add_uint(object, "omitted_tensors",
		      dmaload_model_omissions(chosen->model));
}

void chosen_print(const struct chosen *chosen, FILE *out)
{
	print_line(out, "tensors", "%zu, at multiples of %" PRIu64
		   " bytes; --json has their places", chosen->count,
		   chosen->align);
	if (dmaload_model_omissions(chosen->model) > 0)
		print_line(out, "omitted", "%zu tensors of the model, whose "
			   "elements do not lie in the file as bytes",
			   dmaload_model_omissions(chosen->model));
}

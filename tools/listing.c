/* SPDX-License-Identifier: MIT */
/*
 * Receives: a model and patterns.
 * Hands on: the tensors, as a table or as JSON.
 * Always:   names are as the library of models has made them, safe for a
 *           terminal; paths go through print_line() or JSON.
 */
#include "models.h"

#include <dmaload-models.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_out.h"

#define SHAPE_MAX 256

/* What is printed. */
struct table {
	const struct dmaload_model *model;
	struct dmaload_place *places;
	size_t count;
};

/* A shape as text: "[4096,32]". Dimensions for which there is no room become
 * "...". */
static const char *shape_text(char text[SHAPE_MAX],
			      const struct dmaload_tensor *tensor)
{
	size_t n = 1;
	uint32_t i;

	strcpy(text, "[");
	for (i = 0; i < tensor->rank && n < SHAPE_MAX - 32; i++)
		n += (size_t)snprintf(text + n, SHAPE_MAX - n, "%s%" PRIu64,
				      i > 0 ? "," : "", tensor->shape[i]);
	snprintf(text + n, SHAPE_MAX - n, "%s]", i < tensor->rank ? ",..." : "");
	return text;
}

static const char *base_of(const struct dmaload_model *model, size_t file)
{
	const char *path = dmaload_model_path(model, file);
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int max_width(int width, const char *text)
{
	const int length = (int)strlen(text);

	/* A very long name shifts its own line only. */
	return length > width && length <= 64 ? length : width;
}

static void print_table(const struct table *table)
{
	const bool has_files = dmaload_model_files(table->model) > 1;
	int name = sizeof("NAME") - 1, type = sizeof("TYPE") - 1;
	int shape = sizeof("SHAPE") - 1;
	const struct dmaload_tensor *tensor;
	char text[SHAPE_MAX], file[TEXT_MAX];
	size_t i;

	for (i = 0; i < table->count; i++) {
		tensor = table->places[i].tensor;
		name = max_width(name, tensor->name);
		type = max_width(type, tensor->type);
		shape = max_width(shape, shape_text(text, tensor));
	}
	printf("%-*s  %-*s  %-*s  %12s  %12s%s\n", name, "NAME", type, "TYPE",
	       shape, "SHAPE", "OFFSET", "BYTES", has_files ? "  FILE" : "");
	for (i = 0; i < table->count; i++) {
		tensor = table->places[i].tensor;
		printf("%-*s  %-*s  %-*s  %12" PRIu64 "  %12" PRIu64, name,
		       tensor->name, type, tensor->type, shape,
		       shape_text(text, tensor), tensor->file_offset,
		       tensor->bytes);
		if (has_files) {
			text_format(file, sizeof(file), "%s",
				    base_of(table->model, tensor->file));
			printf("  %s", file);
		}
		putchar('\n');
	}
}

struct json_object *tensor_json(const struct dmaload_tensor *tensor)
{
	struct json_object *object = json_object_new_object();
	struct json_object *shape = json_object_new_array();
	uint32_t i;

	for (i = 0; i < tensor->rank; i++)
		json_object_array_add(shape,
				      json_object_new_uint64(tensor->shape[i]));
	json_add_text(object, "name", tensor->name);
	json_add_text(object, "type", tensor->type);
	json_object_object_add(object, "shape", shape);
	json_add_uint(object, "file", tensor->file);
	json_add_uint(object, "file_offset", tensor->file_offset);
	json_add_uint(object, "bytes", tensor->bytes);
	return object;
}

static void add_json(struct json_object *object, const struct table *table)
{
	struct json_object *files = json_object_new_array();
	struct json_object *tensors = json_object_new_array();
	size_t i;

	for (i = 0; i < dmaload_model_files(table->model); i++)
		json_object_array_add(files, json_object_new_string(
					      dmaload_model_path(table->model, i)));
	for (i = 0; i < table->count; i++)
		json_object_array_add(tensors,
				      tensor_json(table->places[i].tensor));
	json_add_text(object, "format", dmaload_model_format(table->model));
	json_object_object_add(object, "files", files);
	json_object_object_add(object, "tensors", tensors);
	json_add_uint(object, "unclaimed_bytes",
		      dmaload_model_unclaimed(table->model));
}

int listing_print(const struct listing *listing, struct dmaload_error *err)
{
	struct dmaload_model *model = NULL;
	struct table table;
	int r = dmaload_model_open(&model, listing->model, err);

	if (r < 0)
		return r;
	table.model = model;
	table.places = calloc(dmaload_model_tensors(model) + 1,
			      sizeof(*table.places));
	if (table.places)
		r = dmaload_model_choose(model, listing->patterns,
					 listing->n_patterns, table.places,
					 &table.count, err);
	else
		r = explain(err, -ENOMEM, "no memory for %zu tensors",
			    dmaload_model_tensors(model));
	if (r == 0 && listing->as_json)
		add_json(listing->object, &table);
	else if (r == 0)
		print_table(&table);
	free(table.places);
	dmaload_model_close(model);
	return r;
}

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
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_out.h"

#define SHAPE_MAX 256

/* The tensors to print. */
struct table {
	const struct dmaload_model *model;
	struct dmaload_place *places;
	size_t count;
	/* Tensors that cannot be loaded. */
	const struct dmaload_tensor **omitted;
	size_t n_omitted;
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

struct widths {
	int name, type, shape;
};

static void widen(struct widths *widths, const struct dmaload_tensor *tensor)
{
	char text[SHAPE_MAX];

	widths->name = max_width(widths->name, tensor->name);
	widths->type = max_width(widths->type, tensor->type);
	widths->shape = max_width(widths->shape, shape_text(text, tensor));
}

static void print_start(const struct widths *widths,
			const struct dmaload_tensor *tensor)
{
	char text[SHAPE_MAX];

	printf("%-*s  %-*s  %-*s", widths->name, tensor->name, widths->type,
	       tensor->type, widths->shape, shape_text(text, tensor));
}

static void print_table(const struct table *table)
{
	const bool has_files = dmaload_model_files(table->model) > 1;
	struct widths widths = {
		sizeof("NAME") - 1, sizeof("TYPE") - 1, sizeof("SHAPE") - 1,
	};
	const struct dmaload_tensor *tensor;
	char file[TEXT_MAX];
	size_t i;

	for (i = 0; i < table->count; i++)
		widen(&widths, table->places[i].tensor);
	for (i = 0; i < table->n_omitted; i++)
		widen(&widths, table->omitted[i]);
	printf("%-*s  %-*s  %-*s  %12s  %12s%s\n", widths.name, "NAME",
	       widths.type, "TYPE", widths.shape, "SHAPE", "OFFSET", "BYTES",
	       has_files ? "  FILE" : "");
	for (i = 0; i < table->count; i++) {
		tensor = table->places[i].tensor;
		print_start(&widths, tensor);
		printf("  %12" PRIu64 "  %12" PRIu64, tensor->file_offset,
		       tensor->bytes);
		if (has_files) {
			text_format(file, sizeof(file), "%s",
				    base_of(table->model, tensor->file));
			printf("  %s", file);
		}
		putchar('\n');
	}
	for (i = 0; i < table->n_omitted; i++) {
		print_start(&widths, table->omitted[i]);
		printf("  %12s  %12s%s\n", "-", "-", has_files ? "  -" : "");
	}
}

static struct json_object *start_json(const struct dmaload_tensor *tensor)
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
	return object;
}

struct json_object *tensor_json(const struct dmaload_tensor *tensor)
{
	struct json_object *object = start_json(tensor);

	json_add_uint(object, "file", tensor->file);
	json_add_uint(object, "file_offset", tensor->file_offset);
	json_add_uint(object, "bytes", tensor->bytes);
	return object;
}

static void add_json(struct json_object *object, const struct table *table)
{
	struct json_object *files = json_object_new_array();
	struct json_object *tensors = json_object_new_array();
	struct json_object *omitted = json_object_new_array();
	size_t i;

	for (i = 0; i < dmaload_model_files(table->model); i++)
		json_object_array_add(files, json_object_new_string(
					      dmaload_model_path(table->model, i)));
	for (i = 0; i < table->count; i++)
		json_object_array_add(tensors,
				      tensor_json(table->places[i].tensor));
	for (i = 0; i < table->n_omitted; i++)
		json_object_array_add(omitted, start_json(table->omitted[i]));
	json_add_text(object, "format", dmaload_model_format(table->model));
	json_object_object_add(object, "files", files);
	json_object_object_add(object, "tensors", tensors);
	json_object_object_add(object, "omitted", omitted);
	json_add_uint(object, "unclaimed_bytes",
		      dmaload_model_unclaimed(table->model));
}

static bool is_listed(const struct listing *listing, const char *name)
{
	size_t i;

	for (i = 0; i < listing->n_patterns; i++)
		if (strcmp(listing->patterns[i], name) == 0 ||
		    fnmatch(listing->patterns[i], name, 0) == 0)
			return true;
	return listing->n_patterns == 0;
}

static int choose(struct table *table, const struct listing *listing,
		  struct dmaload_error *err)
{
	const struct dmaload_model *model = table->model;
	const size_t count = dmaload_model_tensors(model);
	const size_t omissions = dmaload_model_omissions(model);
	const struct dmaload_tensor *omitted;
	size_t i;

	/* At least one: calloc(0) may return NULL. */
	table->places = calloc(count + 1, sizeof(*table->places));
	table->omitted = calloc(omissions + 1, sizeof(*table->omitted));
	if (!table->places || !table->omitted)
		return explain(err, -ENOMEM, "no memory for %zu tensors",
			       count + omissions);
	for (i = 0; i < omissions; i++) {
		omitted = dmaload_model_omitted(model, i);
		if (is_listed(listing, omitted->name))
			table->omitted[table->n_omitted++] = omitted;
	}
	return dmaload_model_choose(model, listing->patterns,
				    listing->n_patterns, table->places,
				    &table->count, err);
}

int listing_print(const struct listing *listing, struct dmaload_error *err)
{
	struct dmaload_model *model = NULL;
	struct table table = { 0 };
	int r = dmaload_model_open(&model, listing->model, err);

	if (r < 0)
		return r;
	table.model = model;
	r = choose(&table, listing, err);
	if (r == 0 && listing->as_json)
		add_json(listing->object, &table);
	else if (r == 0)
		print_table(&table);
	free(table.places);
	free(table.omitted);
	dmaload_model_close(model);
	return r;
}

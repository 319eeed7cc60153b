/* SPDX-License-Identifier: MIT */
/*
 * Tensors of an ONNX model in other files. Receives the external_data of a
 * tensor, which are pairs of texts; hands on the file and the place. Always: a
 * file lies in the folder of the model, or below it, and has one name.
 *
 * The checksum is not checked: it is the SHA-1 of the whole file.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

enum { KEY = 1, VALUE = 2 };

/* A pair, as it is read. */
struct pair {
	struct header *header;
	char *texts[2];
	size_t lengths[2];
};

static int read_text(const struct field *field, void *data)
{
	struct pair *pair = data;
	const uint32_t i = field->number - KEY;

	if (field->number != KEY && field->number != VALUE)
		return 0;
	if (pair->texts[i])
		return refuse(pair->header, "external_data before byte %" PRIu64
			      " have a key or a value twice", field->at);
	pair->lengths[i] = (size_t)field->length;
	return wire_text(pair->header, field, i == 0 ? "a key of external_data" :
			 "a value of external_data", &pair->texts[i]);
}

static int take_number(struct header *header, const struct pair *pair,
		       uint64_t *number, bool *has)
{
	const char *text = pair->texts[1];
	bool overflow = false;
	size_t i;

	if (*has)
		return refuse(header, "%s is there twice in external_data before "
			      "byte %" PRIu64, pair->texts[0], header->at);
	*has = true;
	for (i = 0; text[i] >= '0' && text[i] <= '9'; i++)
		overflow |= __builtin_mul_overflow(*number, 10, number) ||
			    __builtin_add_overflow(*number, text[i] - '0',
						   number);
	if (i == 0 || i != pair->lengths[1] || overflow)
		return refuse(header, "%s of external_data before byte %" PRIu64
			      " is not a number of 64 bits", pair->texts[0],
			      header->at);
	return 0;
}

/* Drop the parts of a path that are "." so that one file has one name. */
static void drop_dots(char *path)
{
	char *to = path;
	size_t length;
	bool more;

	do {
		length = strcspn(path, "/");
		more = path[length] == '/';
		if (length != 1 || path[0] != '.') {
			memmove(to, path, length + more);
			to += length + more;
		}
		path += length + more;
	} while (more);
	*to = '\0';
}

static int take_location(struct onnx_external *external, struct header *header,
			 struct pair *pair)
{
	size_t length;

	if (external->location)
		return refuse(header, "location is there twice in external_data "
			      "before byte %" PRIu64, header->at);
	external->location = pair->texts[1];
	pair->texts[1] = NULL;
	if (name_is_inside(external->location, pair->lengths[1])) {
		drop_dots(external->location);
		length = strlen(external->location);
		if (length > 0 && external->location[length - 1] != '/')
			return 0;
	}
	return refuse(header, "the location before byte %" PRIu64 " is a file "
		      "outside of the model's folder, or of a name that cannot "
		      "be printed", header->at);
}

/* Unknown keys have no meaning here. */
static int take_pair(struct onnx_external *external, struct header *header,
		     struct pair *pair)
{
	if (!pair->texts[0] || !pair->texts[1])
		return refuse(header, "external_data before byte %" PRIu64
			      " have no key or no value", header->at);
	if (strcmp(pair->texts[0], "location") == 0)
		return take_location(external, header, pair);
	if (strcmp(pair->texts[0], "offset") == 0)
		return take_number(header, pair, &external->offset,
				   &external->has_offset);
	if (strcmp(pair->texts[0], "length") == 0)
		return take_number(header, pair, &external->length,
				   &external->has_length);
	return 0;
}

int onnx_external_read(struct onnx_external *external, struct header *header,
		       const struct field *field)
{
	struct pair pair = { .header = header };
	int r = wire_message(header, field, "external_data", read_text, &pair);

	if (r == 0)
		r = take_pair(external, header, &pair);
	free(pair.texts[0]);
	free(pair.texts[1]);
	return r;
}

int onnx_external_place(struct onnx_external *external, struct header *header,
			struct tensor *tensor)
{
	if (!external->location)
		return refuse(header, "tensor \"%s\" is in another file, but its "
			      "location is missing",
			      name_start(tensor->name).text);
	if (external->has_length && external->length != tensor->bytes)
		return refuse(header, "tensor \"%s\" takes %" PRIu64 " bytes, but "
			      "its external_data have %" PRIu64,
			      name_start(tensor->name).text, tensor->bytes,
			      external->length);
	tensor->file_offset = external->offset;
	tensor->location = external->location;
	external->location = NULL;
	return 0;
}

static int by_location(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->location, (*y)->location);
}

/* The tensors of one file follow each other. */
static int number(struct tensors *tensors, struct header *header,
		  struct tensor **sorted, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i == 0 || by_location(&sorted[i - 1], &sorted[i]) != 0) {
			if (tensors->n_others == DMALOAD_MODEL_FILES_MAX - 1)
				return refuse(header, "tensors in more than %zu "
					      "other files", tensors->n_others);
			tensors->others[tensors->n_others++] =
				sorted[i]->location;
		}
		sorted[i]->part = tensors->n_others;
	}
	return 0;
}

int onnx_external_number(struct tensors *tensors, struct header *header)
{
	struct tensor **sorted;
	size_t count = 0, i;
	int r;

	sorted = calloc(tensors->count + 1, sizeof(*sorted));
	tensors->others = calloc(tensors->count + 1, sizeof(*tensors->others));
	if (!sorted || !tensors->others) {
		free(sorted);
		return refuse_memory(header, "no memory for %zu tensors",
				     tensors->count);
	}
	for (i = tensors->first; i < tensors->count; i++)
		if (tensors->items[i].location)
			sorted[count++] = &tensors->items[i];
	qsort(sorted, count, sizeof(*sorted), by_location);
	r = number(tensors, header, sorted, count);
	free(sorted);
	return r;
}

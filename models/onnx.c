/* SPDX-License-Identifier: MIT */
/*
 * The tensors of an ONNX model: the initializers of its graph, which most
 * programs call the weights. Receives a header, which here is the whole file;
 * hands on the tensors, and the names of the other files that have some.
 * Always: the bytes of tensors are not read.
 *
 * A model is a message of protobuf. It has a graph, which has the initializers.
 * Fields may come in any order, and unknown ones are skipped, as protobuf has
 * it. Tensors in attributes of nodes are not read: those of Constant, and the
 * graphs of If, Loop and Scan, whose names may be the same in each.
 */
#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "onnx.h"

/* The limit of protobuf for a message, in bytes. */
#define MESSAGE_MAX INT32_MAX
/* How many bytes of a file identify it. */
#define START 8

enum { MODEL_GRAPH = 7 };
enum { GRAPH_INITIALIZER = 5, GRAPH_SPARSE = 15 };
enum { SPARSE_VALUES = 1, SPARSE_DIMS = 3 };

struct reader {
	struct header *header;
	struct tensors *tensors;
	bool has_graph;
	/* The values and the dimensions of a sparse tensor. */
	struct onnx_tensor values, dense;
};

static int read_initializer(struct reader *reader, const struct field *field)
{
	struct onnx_tensor raw = { 0 };
	int r = onnx_tensor_read(&raw, reader->header, field, "an initializer");

	if (r == 0)
		r = onnx_tensor_add(&raw, reader->tensors);
	onnx_tensor_free(&raw);
	return r;
}

static int read_sparse_field(const struct field *field, void *data)
{
	struct reader *reader = data;

	if (field->number == SPARSE_DIMS)
		return onnx_dims_read(&reader->dense, field);
	if (field->number != SPARSE_VALUES)
		return 0;
	if (reader->values.header)
		return refuse(reader->header, "a sparse initializer at byte %"
			      PRIu64 " has values twice", field->at);
	return onnx_tensor_read(&reader->values, reader->header, field,
				"values of a sparse initializer");
}

/* Its name is that of the values. */
static int read_sparse(struct reader *reader, const struct field *field)
{
	struct onnx_tensor *const dense = &reader->dense;
	int r;

	reader->values = (struct onnx_tensor){ 0 };
	*dense = (struct onnx_tensor){ .header = reader->header };
	r = wire_message(reader->header, field, "a sparse initializer",
			 read_sparse_field, reader);
	if (r == 0 && !reader->values.header)
		r = refuse(reader->header, "a sparse initializer at byte %" PRIu64
			   " has no values", field->at);
	if (r == 0) {
		dense->name = reader->values.name;
		dense->name_length = reader->values.name_length;
		dense->type = reader->values.type;
		reader->values.name = NULL;
		r = onnx_tensor_omit(dense, reader->tensors);
	}
	onnx_tensor_free(&reader->values);
	onnx_tensor_free(dense);
	return r;
}

static int read_graph_field(const struct field *field, void *data)
{
	if (field->number == GRAPH_INITIALIZER)
		return read_initializer(data, field);
	if (field->number == GRAPH_SPARSE)
		return read_sparse(data, field);
	return 0;
}

/* The second one continues the first one, as protobuf has it. */
static int read_model_field(const struct field *field, void *data)
{
	struct reader *reader = data;

	if (field->number != MODEL_GRAPH)
		return 0;
	reader->has_graph = true;
	return wire_message(reader->header, field, "the graph",
			    read_graph_field, reader);
}

/*
 * There is no magic number. Writers begin with the version of the format. Then
 * comes one of the other fields: texts about the producer, a number, the graph,
 * or the list of operator sets. A safetensors file may begin like this: with the
 * length of its header, in which the upper four bytes are 0.
 */
bool onnx_begins(const unsigned char *bytes, size_t length)
{
	static const unsigned char keys[] = {
		0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72,
	};

	return length >= START && bytes[0] == 0x08 && bytes[1] >= 1 &&
	       bytes[1] < 0x80 && memchr(keys, bytes[2], sizeof(keys)) &&
	       memcmp(bytes + 4, "\0\0\0\0", 4) != 0;
}

static int check_start(struct header *header)
{
	unsigned char bytes[START];

	if (header_read(header, bytes, sizeof(bytes)) < 0)
		return -1;
	header->at = 0;
	if (!onnx_begins(bytes, sizeof(bytes))) {
		if (!refuse_other_format(header))
			refuse(header, "not an ONNX model: it does not begin "
			       "with the version of the format");
		return -1;
	}
	if (header->size > MESSAGE_MAX)
		return refuse(header, "begins like an ONNX model, but has more "
			      "than the 2 GiB that protobuf allows");
	return 0;
}

static int read_tensors(struct tensors *tensors, struct header *header)
{
	struct reader reader = { .header = header, .tensors = tensors };

	tensors->first = tensors->count;
	tensors->split = (struct split){ 0 };
	if (check_start(header) < 0 ||
	    wire_fields(header, header->end, read_model_field, &reader) < 0)
		return -1;
	if (!reader.has_graph)
		return refuse(header, "begins like an ONNX model, but has no "
			      "graph");
	if (tensors_check_names(tensors, tensors->first, header) < 0)
		return -1;
	return onnx_external_number(tensors, header);
}

/* The tensors say which other files there are. */
static int find_parts(struct parts *parts, struct header *header,
		      const char *path)
{
	(void)parts;
	(void)path;
	return check_start(header);
}

const struct format onnx_format = {
	.name = "onnx",
	.find_parts = find_parts,
	.read_tensors = read_tensors,
};

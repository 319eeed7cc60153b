/* SPDX-License-Identifier: MIT */
/*
 * A tensor of an ONNX model. Receives the field that has it; hands on the
 * tensor. Always: the bytes of a tensor are as many as its shape says, and lie
 * one after the other; else it is omitted, or refused.
 *
 * Its elements are in one of several fields. raw_data has them as they lie in
 * memory; so have float_data and double_data, if a writer has packed them into
 * one piece. The other fields have texts, or numbers of different lengths. Or
 * the elements are in another file.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

/* The limit for the dimensions of a tensor. */
#define RANK_MAX (1u << 16)

enum {
	DIMS = 1, DATA_TYPE = 2, SEGMENT = 3, FLOAT_DATA = 4, INT32_DATA = 5,
	STRING_DATA = 6, INT64_DATA = 7, NAME = 8, RAW_DATA = 9,
	DOUBLE_DATA = 10, UINT64_DATA = 11, EXTERNAL_DATA = 13,
	DATA_LOCATION = 14,
};

/* The elements are in raw_data, or in this other field. */
static const struct {
	const char *name;
	uint8_t bits, field;
} types[] = {
	[0] = { NULL, 0, 0 }, [1] = { "FLOAT", 32, FLOAT_DATA },
	[2] = { "UINT8", 8, INT32_DATA }, [3] = { "INT8", 8, INT32_DATA },
	[4] = { "UINT16", 16, INT32_DATA }, [5] = { "INT16", 16, INT32_DATA },
	[6] = { "INT32", 32, INT32_DATA }, [7] = { "INT64", 64, INT64_DATA },
	[8] = { "STRING", 0, STRING_DATA }, [9] = { "BOOL", 8, INT32_DATA },
	[10] = { "FLOAT16", 16, INT32_DATA },
	[11] = { "DOUBLE", 64, DOUBLE_DATA },
	[12] = { "UINT32", 32, UINT64_DATA },
	[13] = { "UINT64", 64, UINT64_DATA },
	[14] = { "COMPLEX64", 64, FLOAT_DATA },
	[15] = { "COMPLEX128", 128, DOUBLE_DATA },
	[16] = { "BFLOAT16", 16, INT32_DATA },
	[17] = { "FLOAT8E4M3FN", 8, INT32_DATA },
	[18] = { "FLOAT8E4M3FNUZ", 8, INT32_DATA },
	[19] = { "FLOAT8E5M2", 8, INT32_DATA },
	[20] = { "FLOAT8E5M2FNUZ", 8, INT32_DATA },
	[21] = { "UINT4", 4, INT32_DATA }, [22] = { "INT4", 4, INT32_DATA },
	[23] = { "FLOAT4E2M1", 4, INT32_DATA },
	[24] = { "FLOAT8E8M0", 8, INT32_DATA },
	[25] = { "UINT2", 2, INT32_DATA }, [26] = { "INT2", 2, INT32_DATA },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

void onnx_tensor_free(struct onnx_tensor *raw)
{
	free(raw->name);
	free(raw->dims);
	free(raw->external.location);
	*raw = (struct onnx_tensor){ 0 };
}

static int add_dim(struct onnx_tensor *raw, uint64_t dim)
{
	const size_t room = raw->room ? 2 * raw->room : 8;
	uint64_t *dims;

	if (dim > INT64_MAX)
		return refuse(raw->header, "dimension %zu before byte %" PRIu64
			      " is negative", raw->rank, raw->header->at);
	if (raw->rank == RANK_MAX)
		return refuse(raw->header, "more than %u dimensions before byte %"
			      PRIu64, RANK_MAX, raw->header->at);
	if (raw->rank == raw->room) {
		dims = realloc(raw->dims, room * sizeof(*dims));
		if (!dims)
			return refuse_memory(raw->header, "no memory for %zu "
					     "dimensions", room);
		raw->dims = dims;
		raw->room = room;
	}
	raw->dims[raw->rank++] = dim;
	return 0;
}

int onnx_dims_read(struct onnx_tensor *raw, const struct field *field)
{
	struct header *header = raw->header;
	const uint64_t end = field->at + field->length, outer = header->end;
	uint64_t dim;
	int r = 0;

	if (field->type == WIRE_NUMBER)
		return add_dim(raw, field->value);
	if (wire_check(header, field, WIRE_BYTES, "dims") < 0)
		return -1;
	header->end = end;
	while (r == 0 && header->at < end) {
		r = wire_number(header, &dim);
		if (r == 0)
			r = add_dim(raw, dim);
	}
	header->end = outer;
	return r;
}

static int read_data_location(struct onnx_tensor *raw, const struct field *field)
{
	if (wire_check(raw->header, field, WIRE_NUMBER, "data_location") < 0)
		return -1;
	if (field->value > 1)
		return refuse(raw->header, "data_location before byte %" PRIu64
			      " is neither 0 nor 1", field->at);
	raw->is_external = field->value == 1;
	return 0;
}

static int read_data_type(struct onnx_tensor *raw, const struct field *field)
{
	raw->type = field->value;
	return wire_check(raw->header, field, WIRE_NUMBER, "data_type");
}

static int read_name(struct onnx_tensor *raw, const struct field *field)
{
	raw->name_length = (size_t)field->length;
	return wire_text(raw->header, field, "a name", &raw->name);
}

/* Elements that are not packed have a field each. */
static int read_data(struct onnx_tensor *raw, const struct field *field)
{
	static const enum wire_type unpacked[] = {
		[FLOAT_DATA] = WIRE_32_BITS, [INT32_DATA] = WIRE_NUMBER,
		[STRING_DATA] = WIRE_BYTES, [INT64_DATA] = WIRE_NUMBER,
		[RAW_DATA] = WIRE_BYTES, [DOUBLE_DATA] = WIRE_64_BITS,
		[UINT64_DATA] = WIRE_NUMBER,
	};

	if (field->type != unpacked[field->number] &&
	    wire_check(raw->header, field, WIRE_BYTES, "data") < 0)
		return -1;
	if (field->number != STRING_DATA && field->type == WIRE_BYTES &&
	    field->length == 0)
		return 0;
	raw->fields |= 1u << field->number;
	raw->pieces++;
	raw->at = field->at;
	raw->length = field->length;
	return 0;
}

static int read_once(struct onnx_tensor *raw, const struct field *field)
{
	if (raw->seen & 1u << field->number)
		return refuse(raw->header, "field %" PRIu32 " of a tensor is "
			      "there twice before byte %" PRIu64, field->number,
			      field->at);
	raw->seen |= 1u << field->number;
	switch (field->number) {
	case DATA_TYPE: return read_data_type(raw, field);
	case NAME: return read_name(raw, field);
	case RAW_DATA: return read_data(raw, field);
	case DATA_LOCATION: return read_data_location(raw, field);
	default: return refuse(raw->header, "a segment of a tensor before byte %"
			       PRIu64 "; nothing is known that reads it",
			       field->at);
	}
}

static int read_field(const struct field *field, void *data)
{
	struct onnx_tensor *raw = data;

	switch (field->number) {
	case DIMS:
		return onnx_dims_read(raw, field);
	case FLOAT_DATA: case INT32_DATA: case STRING_DATA: case INT64_DATA:
	case DOUBLE_DATA: case UINT64_DATA:
		return read_data(raw, field);
	case DATA_TYPE: case SEGMENT: case NAME: case RAW_DATA:
	case DATA_LOCATION:
		return read_once(raw, field);
	case EXTERNAL_DATA:
		return onnx_external_read(&raw->external, raw->header, field);
	default:
		return 0;
	}
}

int onnx_tensor_read(struct onnx_tensor *raw, struct header *header,
		     const struct field *field, const char *name)
{
	raw->header = header;
	return wire_message(header, field, name, read_field, raw);
}

/* Append a tensor without its place. */
static struct tensor *add(struct onnx_tensor *raw, struct tensors *tensors)
{
	struct header *header = raw->header;
	struct tensor *tensor = tensors_add(tensors, header,
					    raw->name ? raw->name : "",
					    raw->name_length);

	if (!tensor || tensor_shape(tensor, header, (uint32_t)raw->rank) < 0)
		return NULL;
	if (raw->rank > 0)
		memcpy(tensor->shape, raw->dims, raw->rank * sizeof(*raw->dims));
	if (raw->type >= TYPES || !types[raw->type].name) {
		refuse(header, "tensor \"%s\" is of type %" PRIu64 ", which is "
		       "not known here, nor its size",
		       name_start(tensor->name).text, raw->type);
		return NULL;
	}
	tensor->type = types[raw->type].name;
	return tensor;
}

int onnx_tensor_omit(struct onnx_tensor *raw, struct tensors *tensors)
{
	struct tensor *tensor = add(raw, tensors);

	if (!tensor)
		return -1;
	tensor->omitted = true;
	return 0;
}

/* Check that the elements are in one field, which is the right one. */
static int check_fields(const struct onnx_tensor *raw,
			const struct tensor *tensor)
{
	const unsigned typed = 1u << types[raw->type].field;
	const char *name = name_start(tensor->name).text;

	if (raw->is_external && raw->fields != 0)
		return refuse(raw->header, "tensor \"%s\" has data here and in "
			      "another file", name);
	if (raw->fields & (raw->fields - 1))
		return refuse(raw->header, "tensor \"%s\" has data in several "
			      "fields", name);
	if (raw->fields & ~(typed | 1u << RAW_DATA) ||
	    (raw->fields == 1u << RAW_DATA && types[raw->type].bits == 0))
		return refuse(raw->header, "tensor \"%s\" has data in a field "
			      "that is not for %s", name, tensor->type);
	if (!raw->is_external && raw->fields == 0 && tensor->bytes > 0)
		return refuse(raw->header, "tensor \"%s\" has no data", name);
	return 0;
}

/* Return true if the field has the bytes of the tensor as they lie in memory. */
static bool is_plain(const struct onnx_tensor *raw)
{
	const unsigned plain = 1u << FLOAT_DATA | 1u << RAW_DATA |
			       1u << DOUBLE_DATA;

	return raw->pieces == 1 && (raw->fields & plain);
}

int onnx_tensor_add(struct onnx_tensor *raw, struct tensors *tensors)
{
	struct tensor *tensor = add(raw, tensors);
	struct header *header = raw->header;

	if (!tensor)
		return -1;
	if (types[raw->type].bits == 0)
		tensor->omitted = true;
	else if (tensor_measure_up(tensor, header, types[raw->type].bits) < 0)
		return -1;
	if (check_fields(raw, tensor) < 0)
		return -1;
	if (tensor->omitted)
		return 0;
	if (raw->is_external)
		return onnx_external_place(&raw->external, header, tensor);
	if (raw->fields == 0)
		return 0;
	if (!is_plain(raw)) {
		tensor->omitted = true;
		return 0;
	}
	tensor->file_offset = raw->at;
	if (raw->length != tensor->bytes)
		return refuse(header, "tensor \"%s\" takes %" PRIu64 " bytes, but "
			      "has %" PRIu64, name_start(tensor->name).text,
			      tensor->bytes, raw->length);
	return 0;
}

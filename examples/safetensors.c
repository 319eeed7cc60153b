/* SPDX-License-Identifier: MIT */
/*
 * Load the tensors of a safetensors file into a dma-buf:
 *
 *   safetensors MODEL.safetensors --list
 *   safetensors MODEL.safetensors --align 4096 'model.layers.0.*'
 *
 * This is the reader, load-tensors.c the rest. The header is a JSON object with a
 * member for each tensor: {"dtype": "F16", "shape": [40, 64], "data_offsets":
 * [0, 5120]}, and __metadata__, which is stepped over.
 *
 * As strict as the format: two members of one name are refused, as are those
 * that it does not know, holes between tensors, and anything but spaces behind
 * the object.
 */
#include <endian.h>
#include <inttypes.h>

#include "json.h"
#include "tensors.h"

const char tensors_format[] = "safetensors";

/* Of the format itself. */
#define HEADER_MAX 100000000u
/* Of what is read of a tensor; a text in __metadata__ may be longer. */
#define VALUE_MAX 4096

static const struct {
	const char *name;
	unsigned bits;
} types[] = {
	{ "BOOL", 8 }, { "U8", 8 }, { "I8", 8 },
	{ "F4", 4 }, { "F6_E2M3", 6 }, { "F6_E3M2", 6 },
	{ "F8_E5M2", 8 }, { "F8_E4M3", 8 }, { "F8_E8M0", 8 },
	{ "F8_E4M3FNUZ", 8 }, { "F8_E5M2FNUZ", 8 },
	{ "I16", 16 }, { "U16", 16 }, { "F16", 16 }, { "BF16", 16 },
	{ "I32", 32 }, { "U32", 32 }, { "F32", 32 },
	{ "I64", 64 }, { "U64", 64 }, { "F64", 64 }, { "C64", 64 },
};

struct reader {
	struct header *header;
	struct json_reader json;
	struct tensors *tensors;
	bool has_metadata;
	/* Of the tensor that is being read. */
	struct tensor *tensor;
	unsigned bits, members;
	uint64_t begin, end;
};

static int read_metadata(struct json_object *name, void *data)
{
	struct reader *reader = data;
	struct json_object *text = json_text(&reader->json, HEADER_MAX);

	(void)name;
	if (!text)
		return -1;
	json_object_put(text);
	return 0;
}

static int read_dtype(struct reader *reader)
{
	struct json_object *text = json_text(&reader->json, VALUE_MAX);
	size_t i;

	if (!text)
		return -1;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (json_is(text, types[i].name)) {
			reader->tensor->type = types[i].name;
			reader->bits = types[i].bits;
		}
	}
	json_object_put(text);
	if (!reader->tensor->type)
		return refuse(reader->header, "tensor \"%.64s\": its dtype is "
			      "not known", reader->tensor->name);
	return 0;
}

/* A list of at most so many whole numbers, none negative. */
static int read_numbers(struct reader *reader, uint64_t *numbers, size_t most,
			size_t *count)
{
	struct json_object *list = json_list(&reader->json, VALUE_MAX);
	struct json_object *item;
	size_t i;
	int r = 0;

	if (!list)
		return -1;
	*count = json_object_array_length(list);
	if (*count > most)
		r = refuse(reader->header, "tensor \"%.64s\": a list of more "
			   "than %zu numbers", reader->tensor->name, most);
	for (i = 0; r == 0 && i < *count; i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_is_type(item, json_type_int) ||
		    json_object_get_int64(item) < 0)
			r = refuse(reader->header, "tensor \"%.64s\": not a "
				   "whole number from 0 on",
				   reader->tensor->name);
		else
			numbers[i] = json_object_get_uint64(item);
	}
	json_object_put(list);
	return r;
}

static int read_shape(struct reader *reader)
{
	size_t rank;

	if (read_numbers(reader, reader->tensor->shape, TENSOR_RANK_MAX,
			 &rank) < 0)
		return -1;
	reader->tensor->rank = (unsigned)rank;
	return 0;
}

static int read_offsets(struct reader *reader)
{
	uint64_t offsets[2];
	size_t count;

	if (read_numbers(reader, offsets, 2, &count) < 0)
		return -1;
	if (count != 2 || offsets[0] > offsets[1])
		return refuse(reader->header, "tensor \"%.64s\": data_offsets "
			      "are no begin and end", reader->tensor->name);
	reader->begin = offsets[0];
	reader->end = offsets[1];
	return 0;
}

#define MEMBERS 3

static int read_info(struct json_object *name, void *data)
{
	static const struct {
		const char *name;
		int (*read)(struct reader *reader);
	} members[MEMBERS] = {
		{ "dtype", read_dtype },
		{ "shape", read_shape },
		{ "data_offsets", read_offsets },
	};
	struct reader *reader = data;
	unsigned i;

	for (i = 0; i < MEMBERS; i++)
		if (json_is(name, members[i].name))
			break;
	if (i == MEMBERS || reader->members & 1u << i)
		return refuse(reader->header, "tensor \"%.64s\": the member "
			      "before byte %" PRIu64 " is %s",
			      reader->tensor->name, reader->header->at,
			      i == MEMBERS ? "not known" : "there twice");
	reader->members |= 1u << i;
	return members[i].read(reader);
}

static int read_tensor(struct reader *reader, struct json_object *name)
{
	struct header *header = reader->header;
	struct tensor *tensor;

	tensor = tensors_add(reader->tensors, header,
			     json_object_get_string(name),
			     (size_t)json_object_get_string_len(name));
	if (!tensor)
		return -1;
	reader->tensor = tensor;
	reader->members = 0;
	if (json_members(&reader->json, read_info, reader) < 0)
		return -1;
	if (reader->members != (1u << MEMBERS) - 1)
		return refuse(header, "tensor \"%.64s\": dtype, shape or "
			      "data_offsets is missing", tensor->name);
	if (tensor_measure(tensor, header, 1, reader->bits) < 0)
		return -1;
	if (tensor->bytes != reader->end - reader->begin)
		return refuse(header, "tensor \"%.64s\" takes %" PRIu64
			      " bytes, its data_offsets are %" PRIu64 " apart",
			      tensor->name, tensor->bytes,
			      reader->end - reader->begin);
	/* They count from the end of the header. */
	if (__builtin_add_overflow(header->end, reader->begin,
				   &tensor->file_offset))
		return refuse(header, "tensor \"%.64s\": the offset is larger "
			      "than 64 bits can tell", tensor->name);
	return 0;
}

static int read_entry(struct json_object *name, void *data)
{
	struct reader *reader = data;

	if (!json_is(name, "__metadata__"))
		return read_tensor(reader, name);
	if (reader->has_metadata)
		return refuse(reader->header, "__metadata__ is there twice");
	reader->has_metadata = true;
	return json_members(&reader->json, read_metadata, reader);
}

static int read_length(struct header *header)
{
	const unsigned char *first;
	uint64_t length;
	size_t n;

	if (header_read(header, &length, sizeof(length)) < 0)
		return -1;
	length = le64toh(length);
	if (length > HEADER_MAX)
		return refuse(header, "a header of %" PRIu64 " bytes, more than "
			      "%u", length, HEADER_MAX);
	if (length > header_left(header))
		return refuse(header, "a header of %" PRIu64 " bytes does not "
			      "fit into the file", length);
	header->end = header->at + length;
	if (header_peek(header, &first, &n) < 0)
		return -1;
	if (first[0] != '{')
		return refuse(header, "the header does not begin with {");
	return 0;
}

static int read_padding(struct header *header)
{
	const unsigned char *bytes;
	size_t length;

	while (header_left(header) > 0) {
		if (header_peek(header, &bytes, &length) < 0)
			return -1;
		if (bytes[0] != ' ')
			return refuse(header, "byte %" PRIu64 ", behind the "
				      "object, is no space", header->at);
		header->at++;
	}
	return 0;
}

int tensors_read(struct tensors *tensors, struct header *header)
{
	struct reader reader = { .header = header, .tensors = tensors };
	int r;

	if (read_length(header) < 0)
		return -1;
	if (json_init(&reader.json, header) < 0)
		return -1;
	r = json_members(&reader.json, read_entry, &reader);
	json_finish(&reader.json);
	if (r == 0)
		r = read_padding(header);
	if (r == 0)
		r = tensors_check(tensors, header, header->end, true);
	return r;
}

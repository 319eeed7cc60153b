/* SPDX-License-Identifier: MIT */
/*
 * The tensors of a safetensors file; safetensors_index.c finds the other files
 * of its model. Receives a header; hands on its tensors. Always: the file has
 * tensors, and nothing between them.
 *
 * The header is a JSON object with a member for each tensor: {"dtype": "F16",
 * "shape": [40, 64], "data_offsets": [0, 5120]}, and __metadata__. The reader
 * skips this, and other members of a tensor.
 *
 * As strict as the format, it refuses two members of one name, texts that are
 * not UTF-8, holes between tensors, and anything behind the object.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "safetensors.h"

/* The format itself has this limit. */
#define HEADER_MAX 100000000u
/* The limit for a tensor's lists, so that json-c does not fill the memory. */
#define LIST_MAX (1 << 20)

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
	/* The tensor that is being read, and its members. */
	struct tensor *tensor;
	unsigned bits, members;
	uint64_t begin, end;
};

static int read_metadata(struct json_object *name, void *data)
{
	struct reader *reader = data;

	(void)name;
	return json_skip_text(&reader->json);
}

static int unknown_dtype(struct reader *reader, struct json_object *text)
{
	char *dtype = name_escape(json_object_get_string(text),
				  (size_t)json_object_get_string_len(text));

	refuse(reader->header, "tensor \"%s\": its dtype \"%s\" is not known",
	       name_start(reader->tensor->name).text,
	       name_start(dtype ? dtype : "?").text);
	free(dtype);
	return -1;
}

static int read_dtype(struct reader *reader)
{
	struct json_object *text = json_text(&reader->json);
	size_t i;
	int r = 0;

	if (!text)
		return -1;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (json_is(text, types[i].name)) {
			reader->tensor->type = types[i].name;
			reader->bits = types[i].bits;
		}
	}
	if (!reader->tensor->type)
		r = unknown_dtype(reader, text);
	json_object_put(text);
	return r;
}

/* Whole numbers, none negative. json-c makes UINT64_MAX of larger ones. */
static int get_numbers(struct reader *reader, struct json_object *list,
		       uint64_t *numbers)
{
	const char *name = reader->tensor->name;
	struct json_object *item;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_is_type(item, json_type_int) ||
		    json_object_get_int64(item) < 0)
			return refuse(reader->header, "tensor \"%s\": item %zu "
				      "of a list is not a whole number from 0 "
				      "on", name_start(name).text, i);
		numbers[i] = json_object_get_uint64(item);
		if (numbers[i] == UINT64_MAX)
			return refuse(reader->header, "tensor \"%s\": number "
				      "%zu of a list is larger than 64 bits can "
				      "hold", name_start(name).text, i);
	}
	return 0;
}

static int read_shape(struct reader *reader)
{
	struct json_object *list = json_list(&reader->json, LIST_MAX);
	int r;

	if (!list)
		return -1;
	r = tensor_shape(reader->tensor, reader->header,
			 (uint32_t)json_object_array_length(list));
	if (r == 0)
		r = get_numbers(reader, list, reader->tensor->shape);
	json_object_put(list);
	return r;
}

static int read_offsets(struct reader *reader)
{
	struct json_object *list = json_list(&reader->json, LIST_MAX);
	uint64_t offsets[2] = { 1, 0 };
	int r = 0;

	if (!list)
		return -1;
	if (json_object_array_length(list) == 2)
		r = get_numbers(reader, list, offsets);
	json_object_put(list);
	if (r == 0 && offsets[0] > offsets[1])
		r = refuse(reader->header, "tensor \"%s\": data_offsets are no "
			   "begin and end",
			   name_start(reader->tensor->name).text);
	reader->begin = offsets[0];
	reader->end = offsets[1];
	return r;
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
	if (i == MEMBERS)
		return json_skip(&reader->json);
	if (reader->members & 1u << i)
		return refuse(reader->header, "tensor \"%s\": %s is there "
			      "twice", name_start(reader->tensor->name).text,
			      members[i].name);
	reader->members |= 1u << i;
	return members[i].read(reader);
}

static int read_tensor(struct reader *reader, struct json_object *name)
{
	struct header *header = reader->header;
	struct tensor *tensor =
		tensors_add(reader->tensors, header, json_object_get_string(name),
			    (size_t)json_object_get_string_len(name));

	if (!tensor)
		return -1;
	reader->tensor = tensor;
	reader->members = 0;
	if (json_members(&reader->json, read_info, reader) < 0)
		return -1;
	if (reader->members != (1u << MEMBERS) - 1)
		return refuse(header, "tensor \"%s\": dtype, shape or "
			      "data_offsets is missing",
			      name_start(tensor->name).text);
	if (tensor_measure(tensor, header, 1, reader->bits) < 0)
		return -1;
	if (tensor->bytes != reader->end - reader->begin)
		return refuse(header, "tensor \"%s\" takes %" PRIu64
			      " bytes, its data_offsets are %" PRIu64 " apart",
			      name_start(tensor->name).text, tensor->bytes,
			      reader->end - reader->begin);
	/* The offsets count from the end of the header. */
	if (__builtin_add_overflow(header->end, reader->begin,
				   &tensor->file_offset))
		return refuse(header, "tensor \"%s\": the offset is larger "
			      "than 64 bits can hold",
			      name_start(tensor->name).text);
	return 0;
}

static int read_entry(struct json_object *name, void *data)
{
	struct reader *reader = data;
	int r;

	if (!json_is(name, "__metadata__"))
		return read_tensor(reader, name);
	if (reader->has_metadata)
		return refuse(reader->header, "__metadata__ is there twice");
	reader->has_metadata = true;
	r = json_null(&reader->json);
	if (r != 0)
		return r < 0 ? -1 : 0;
	return json_members(&reader->json, read_metadata, reader);
}

static int read_length(struct header *header)
{
	unsigned char bytes[8];
	uint64_t length;

	if (header_read(header, bytes, sizeof(bytes)) < 0)
		return -1;
	memcpy(&length, bytes, sizeof(length));
	length = le64toh(length);
	if (length > HEADER_MAX)
		return refuse(header, "not a GGUF, safetensors or ONNX file: it "
			      "begins with the bytes %02x %02x %02x %02x; a header of "
			      "%" PRIu64 " bytes is more than 100000000",
			      bytes[0], bytes[1], bytes[2], bytes[3], length);
	if (length > header_left(header))
		return refuse(header, "a header of %" PRIu64 " bytes does not "
			      "fit into the file", length);
	header->end = header->at + length;
	return 0;
}

/* The data begins behind the header, and has only tensors. */
static int check(const struct tensors *tensors, struct header *header)
{
	struct gap gap;

	if (tensors_check(tensors, header, header->end, 1, &gap) < 0)
		return -1;
	if (gap.place == 0)
		return 0;
	if (gap.next)
		return refuse(header, "there is a hole before tensor \"%s\"",
			      name_start(gap.next->name).text);
	return refuse(header, "behind the last tensor there are %" PRIu64
		      " bytes that belong to no tensor",
		      gap.place - (gap.tensor ? gap.tensor->bytes : 0));
}

/* Files of other formats have an impossible length, or no object behind it. */
static int read_start(struct reader *reader)
{
	unsigned char c;

	if (read_length(reader->header) == 0 &&
	    json_expect(&reader->json, "{", &c) == 0)
		return 0;
	refuse_other_format(reader->header);
	return -1;
}

static int read_tensors(struct tensors *tensors, struct header *header)
{
	struct reader reader = { .header = header, .tensors = tensors };
	int r;

	tensors->first = tensors->count;
	tensors->split = (struct split){ 0 };
	if (json_init(&reader.json, header) < 0)
		return -1;
	r = read_start(&reader);
	if (r == 0)
		r = json_members(&reader.json, read_entry, &reader);
	if (r == 0)
		r = json_end(&reader.json);
	json_finish(&reader.json);
	return r == 0 ? check(tensors, header) : r;
}

const struct format safetensors_format = {
	.name = "safetensors",
	.find_parts = safetensors_find_parts,
	.read_tensors = read_tensors,
};

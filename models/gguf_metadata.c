/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a GGUF file: magic, version, counts and metadata. Receives a
 * header; hands on the few values that a loader needs. Always: a count is
 * checked against the rest of the header before it is used.
 */
#include "gguf.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

/* The largest headers, with the vocabulary as metadata, have about ten MiB. */
#define HEADER_MAX (UINT64_C(1) << 30)
/* The limit for arrays in arrays; writers in use write none. */
#define DEPTH_MAX 4

/* The bytes of the smallest key with its value, and of the smallest tensor. */
#define PAIR_MIN (8 + 1 + 4 + 1)
#define TENSOR_MIN (8 + 4 + 4 + 8)

/* The types of metadata, with the bytes of one value; for types without a fixed
 * size, the minimum. */
enum {
	VALUE_UINT8, VALUE_INT8, VALUE_UINT16, VALUE_INT16, VALUE_UINT32,
	VALUE_INT32, VALUE_FLOAT32, VALUE_BOOL, VALUE_STRING, VALUE_ARRAY,
	VALUE_UINT64, VALUE_INT64, VALUE_FLOAT64, VALUE_TYPES
};

static const uint8_t value_bytes[VALUE_TYPES] = {
	1, 1, 2, 2, 4, 4, 4, 1, [VALUE_STRING] = 8, [VALUE_ARRAY] = 12, 8, 8, 8,
};

/* The keys that are read; all others are skipped. */
enum { ALIGNMENT, SPLIT_NO, SPLIT_COUNT, SPLIT_TENSORS, KEYS };

static const char *const key_names[KEYS] = {
	[ALIGNMENT] = "general.alignment",
	[SPLIT_NO] = "split.no",
	[SPLIT_COUNT] = "split.count",
	[SPLIT_TENSORS] = "split.tensors.count",
};
#define KEY_ROOM sizeof("split.tensors.count")

struct values {
	bool known[KEYS];
	uint64_t of[KEYS];
};

int gguf_read_u32(struct header *header, uint32_t *value)
{
	if (header_read(header, value, sizeof(*value)) < 0)
		return -1;
	*value = le32toh(*value);
	return 0;
}

int gguf_read_u64(struct header *header, uint64_t *value)
{
	if (header_read(header, value, sizeof(*value)) < 0)
		return -1;
	*value = le64toh(*value);
	return 0;
}

int gguf_read_count(struct header *header, const char *what, uint64_t least,
		    uint64_t *count)
{
	if (gguf_read_u64(header, count) < 0)
		return -1;
	if (*count > header_left(header) / least)
		return refuse(header, "%" PRIu64 " %s at byte %" PRIu64
			      " do not fit into the header", *count, what,
			      header->at - sizeof(*count));
	return 0;
}

static int skip_string(struct header *header)
{
	uint64_t length;

	if (gguf_read_count(header, "bytes of text", 1, &length) < 0)
		return -1;
	return header_skip(header, length);
}

static int read_value_type(struct header *header, uint32_t *type)
{
	if (gguf_read_u32(header, type) < 0)
		return -1;
	if (*type >= VALUE_TYPES)
		return refuse(header, "type %" PRIu32 " of metadata at byte %"
			      PRIu64 " is not known", *type,
			      header->at - sizeof(*type));
	return 0;
}

static int skip_value(struct header *header, uint32_t type, unsigned depth)
{
	uint64_t count;

	if (type == VALUE_STRING)
		return skip_string(header);
	if (type != VALUE_ARRAY)
		return header_skip(header, value_bytes[type]);

	if (depth == DEPTH_MAX)
		return refuse(header, "arrays of metadata at byte %" PRIu64
			      " are nested more than %d deep", header->at,
			      DEPTH_MAX);
	if (read_value_type(header, &type) < 0 ||
	    gguf_read_count(header, "values", value_bytes[type], &count) < 0)
		return -1;
	if (type != VALUE_STRING && type != VALUE_ARRAY)
		return header_skip(header, count * value_bytes[type]);
	for (; count > 0; count--)
		if (skip_value(header, type, depth + 1) < 0)
			return -1;
	return 0;
}

/* Writers differ in the type of a count. */
static int read_whole(struct header *header, uint32_t type, const char *key,
		      uint64_t *value)
{
	const bool is_signed = type == VALUE_INT8 || type == VALUE_INT16 ||
			       type == VALUE_INT32 || type == VALUE_INT64;
	uint64_t le = 0;

	if (!is_signed && type != VALUE_UINT8 && type != VALUE_UINT16 &&
	    type != VALUE_UINT32 && type != VALUE_UINT64)
		return refuse(header, "%s is not a whole number but of type %"
			      PRIu32, key, type);
	if (header_read(header, &le, value_bytes[type]) < 0)
		return -1;
	*value = le64toh(le);
	if (is_signed && *value >> (8 * value_bytes[type] - 1))
		return refuse(header, "%s is negative", key);
	return 0;
}

/* Read a key. Return its number, KEYS if its value is skipped, or -1. */
static int read_key(struct header *header)
{
	char key[KEY_ROOM] = "";
	uint64_t length;
	int i;

	if (gguf_read_count(header, "bytes of a key", 1, &length) < 0)
		return -1;
	if (length == 0)
		return refuse(header, "a key of 0 bytes at byte %" PRIu64,
			      header->at - sizeof(length));
	if (length >= sizeof(key))
		return header_skip(header, length) < 0 ? -1 : KEYS;
	if (header_read(header, key, (size_t)length) < 0)
		return -1;
	for (i = 0; i < KEYS; i++)
		if (strlen(key_names[i]) == length &&
		    memcmp(key_names[i], key, (size_t)length) == 0)
			break;
	return i;
}

static int read_pair(struct header *header, struct values *values)
{
	const int key = read_key(header);
	uint32_t type;

	if (key < 0 || read_value_type(header, &type) < 0)
		return -1;
	if (key == KEYS)
		return skip_value(header, type, 0);
	if (values->known[key])
		return refuse(header, "%s is there twice", key_names[key]);
	values->known[key] = true;
	if (key == ALIGNMENT && type != VALUE_UINT32)
		return refuse(header, "general.alignment is not a uint32 but of "
			      "type %" PRIu32, type);
	return read_whole(header, type, key_names[key], &values->of[key]);
}

static int read_start(struct header *header)
{
	unsigned char magic[4];
	uint32_t version;

	if (header_read(header, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, "GGUF", sizeof(magic)) != 0) {
		if (!refuse_other_format(header))
			refuse(header, "not a GGUF file: it begins with the "
			       "bytes %02x %02x %02x %02x", magic[0], magic[1],
			       magic[2], magic[3]);
		return -1;
	}
	if (gguf_read_u32(header, &version) < 0)
		return -1;
	/* The versions 2 and 3 of a big-endian file look like this. */
	if (version != 0 && (version & 0xffff) == 0)
		return refuse(header, "a big-endian file");
	if (version != 2 && version != 3)
		return refuse(header, "version %" PRIu32
			      "; 2 and 3 are known", version);
	return 0;
}

static int settle(struct header *header, const struct values *values,
		  struct gguf *gguf)
{
	const uint64_t alignment = values->known[ALIGNMENT] ?
				   values->of[ALIGNMENT] : 32;

	/* The format says a multiple of 8, llama.cpp a power of two. */
	if (alignment == 0 || (alignment & (alignment - 1)) != 0)
		return refuse(header, "general.alignment is %" PRIu64
			      ", no power of two", alignment);
	gguf->alignment = (uint32_t)alignment;
	if (values->of[SPLIT_COUNT] == 0)
		return 0;
	if (!values->known[SPLIT_NO] && values->of[SPLIT_COUNT] > 1)
		return refuse(header, "a part of a model of %" PRIu64
			      ", but split.no is missing",
			      values->of[SPLIT_COUNT]);
	if (values->of[SPLIT_NO] >= values->of[SPLIT_COUNT])
		return refuse(header, "split.no is %" PRIu64 ", but counts from "
			      "0 and split.count is %" PRIu64,
			      values->of[SPLIT_NO], values->of[SPLIT_COUNT]);
	gguf->split.number = values->of[SPLIT_NO] + 1;
	gguf->split.count = values->of[SPLIT_COUNT];
	gguf->split.tensors = values->of[SPLIT_TENSORS];
	return 0;
}

int gguf_read_metadata(struct header *header, struct gguf *gguf)
{
	struct values values = { 0 };
	uint64_t pairs;

	*gguf = (struct gguf){ 0 };
	if (header->end > HEADER_MAX)
		header->end = HEADER_MAX;
	if (read_start(header) < 0 ||
	    gguf_read_count(header, "tensors", TENSOR_MIN,
			    &gguf->tensors) < 0 ||
	    gguf_read_count(header, "pairs of metadata", PAIR_MIN,
			    &pairs) < 0)
		return -1;
	for (; pairs > 0; pairs--)
		if (read_pair(header, &values) < 0)
			return -1;
	return settle(header, &values, gguf);
}

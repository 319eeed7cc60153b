/* SPDX-License-Identifier: MIT */
/*
 * Load the tensors of a GGUF file, as llama.cpp has them, into a dma-buf:
 *
 *   gguf MODEL.gguf --list
 *   gguf MODEL.gguf --align 4096 token_embd.weight 'blk.0.*'
 *
 * This is the reader, load-tensors.c the rest. It takes versions 2 and 3 in
 * little-endian order, and steps over all metadata but general.alignment. What
 * is in the file is not believed: a count has to fit into what is left of the
 * header before anything is counted.
 *
 * Refused: version 1, whose lengths have other sizes; big-endian files; types
 * that ggml has dropped or that are not known here, since their size is not.
 */
#include "tensors.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

const char tensors_format[] = "gguf";

/* The largest ones, with the vocabulary as metadata, have some ten MiB. */
#define HEADER_MAX (UINT64_C(256) << 20)
#define KEY_MAX 65535
#define NAME_MAX_BYTES 64
#define RANK_MAX 4
/* Of arrays in arrays; writers in use make none. */
#define DEPTH_MAX 4

/* What the smallest key with its value, and the smallest tensor, take. */
#define PAIR_MIN (8 + 1 + 4 + 1)
#define TENSOR_MIN (8 + 1 + 4 + 4 + 8)

/* A row of elements is made of blocks: so many elements in so many bytes. */
static const struct {
	const char *name;
	uint16_t elements, bytes;
} types[] = {
	[0] = { "F32", 1, 4 }, [1] = { "F16", 1, 2 }, [2] = { "Q4_0", 32, 18 },
	[3] = { "Q4_1", 32, 20 }, [6] = { "Q5_0", 32, 22 },
	[7] = { "Q5_1", 32, 24 }, [8] = { "Q8_0", 32, 34 },
	[9] = { "Q8_1", 32, 36 }, [10] = { "Q2_K", 256, 84 },
	[11] = { "Q3_K", 256, 110 }, [12] = { "Q4_K", 256, 144 },
	[13] = { "Q5_K", 256, 176 }, [14] = { "Q6_K", 256, 210 },
	[15] = { "Q8_K", 256, 292 }, [16] = { "IQ2_XXS", 256, 66 },
	[17] = { "IQ2_XS", 256, 74 }, [18] = { "IQ3_XXS", 256, 98 },
	[19] = { "IQ1_S", 256, 50 }, [20] = { "IQ4_NL", 32, 18 },
	[21] = { "IQ3_S", 256, 110 }, [22] = { "IQ2_S", 256, 82 },
	[23] = { "IQ4_XS", 256, 136 }, [24] = { "I8", 1, 1 },
	[25] = { "I16", 1, 2 }, [26] = { "I32", 1, 4 }, [27] = { "I64", 1, 8 },
	[28] = { "F64", 1, 8 }, [29] = { "IQ1_M", 256, 56 },
	[30] = { "BF16", 1, 2 }, [34] = { "TQ1_0", 256, 54 },
	[35] = { "TQ2_0", 256, 66 }, [39] = { "MXFP4", 32, 17 },
	[40] = { "NVFP4", 64, 36 }, [41] = { "Q1_0", 128, 18 },
	[42] = { "Q2_0", 64, 18 },
};

/* The types of metadata, with the bytes of one value; of those whose size is not
 * fixed the least. */
enum { VALUE_UINT32 = 4, VALUE_STRING = 8, VALUE_ARRAY = 9, VALUE_TYPES = 13 };

static const uint8_t value_bytes[VALUE_TYPES] = {
	1, 1, 2, 2, 4, 4, 4, 1, [VALUE_STRING] = 8, [VALUE_ARRAY] = 12, 8, 8, 8,
};

static int read_u32(struct header *header, uint32_t *value)
{
	if (header_read(header, value, sizeof(*value)) < 0)
		return -1;
	*value = le32toh(*value);
	return 0;
}

static int read_u64(struct header *header, uint64_t *value)
{
	if (header_read(header, value, sizeof(*value)) < 0)
		return -1;
	*value = le64toh(*value);
	return 0;
}

/* A count of things that take at least so many bytes each. */
static int read_count(struct header *header, const char *what, uint64_t least,
		      uint64_t *count)
{
	if (read_u64(header, count) < 0)
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

	if (read_count(header, "bytes of text", 1, &length) < 0)
		return -1;
	return header_skip(header, length);
}

static int read_value_type(struct header *header, uint32_t *type)
{
	if (read_u32(header, type) < 0)
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
	    read_count(header, "values", value_bytes[type], &count) < 0)
		return -1;
	if (type != VALUE_STRING && type != VALUE_ARRAY)
		return header_skip(header, count * value_bytes[type]);
	for (; count > 0; count--)
		if (skip_value(header, type, depth + 1) < 0)
			return -1;
	return 0;
}

static int read_alignment(struct header *header, uint32_t type,
			  uint32_t *alignment)
{
	if (*alignment != 0)
		return refuse(header, "general.alignment is there twice");
	if (type != VALUE_UINT32)
		return refuse(header, "general.alignment is no uint32");
	if (read_u32(header, alignment) < 0)
		return -1;
	/* The format says a multiple of 8, llama.cpp a power of two. */
	if (*alignment < 8 || (*alignment & (*alignment - 1)) != 0)
		return refuse(header, "general.alignment is %" PRIu32
			      ", no power of two from 8 on", *alignment);
	return 0;
}

static int read_pair(struct header *header, uint32_t *alignment)
{
	static const char wanted[] = "general.alignment";
	char key[sizeof(wanted) - 1] = "";
	uint64_t length;
	uint32_t type;
	int r;

	if (read_u64(header, &length) < 0)
		return -1;
	if (length == 0 || length > KEY_MAX)
		return refuse(header, "a key of %" PRIu64 " bytes at byte %"
			      PRIu64, length, header->at - sizeof(length));
	if (length == sizeof(key))
		r = header_read(header, key, sizeof(key));
	else
		r = header_skip(header, length);
	if (r < 0 || read_value_type(header, &type) < 0)
		return -1;
	if (memcmp(key, wanted, sizeof(key)) == 0)
		return read_alignment(header, type, alignment);
	return skip_value(header, type, 0);
}

static int read_shape(struct header *header, struct tensor *tensor)
{
	uint32_t rank;

	if (read_u32(header, &rank) < 0)
		return -1;
	if (rank > RANK_MAX)
		return refuse(header, "tensor \"%s\" has %" PRIu32
			      " dimensions, more than %d", tensor->name, rank,
			      RANK_MAX);
	for (; tensor->rank < rank; tensor->rank++) {
		if (read_u64(header, &tensor->shape[tensor->rank]) < 0)
			return -1;
		if (tensor->shape[tensor->rank] > INT64_MAX)
			return refuse(header, "tensor \"%s\": dimension %u is "
				      "negative", tensor->name, tensor->rank);
	}
	return 0;
}

static int read_type(struct header *header, struct tensor *tensor)
{
	const uint64_t row = tensor->rank > 0 ? tensor->shape[0] : 1;
	uint32_t type;

	if (read_u32(header, &type) < 0)
		return -1;
	if (type >= sizeof(types) / sizeof(types[0]) || !types[type].name)
		return refuse(header, "tensor \"%s\" is of type %" PRIu32
			      ", which is not known", tensor->name, type);
	tensor->type = types[type].name;
	if (row % types[type].elements != 0)
		return refuse(header, "tensor \"%s\": rows of %" PRIu64
			      " elements are no whole blocks of %s",
			      tensor->name, row, tensor->type);
	return tensor_measure(tensor, header, types[type].elements,
			      UINT64_C(8) * types[type].bytes);
}

static int read_tensor(struct header *header, struct tensors *tensors)
{
	char name[NAME_MAX_BYTES];
	struct tensor *tensor;
	uint64_t length;

	if (read_u64(header, &length) < 0)
		return -1;
	if (length > sizeof(name))
		return refuse(header, "the name of tensor %zu has %" PRIu64
			      " bytes, more than %d", tensors->count, length,
			      NAME_MAX_BYTES);
	if (header_read(header, name, (size_t)length) < 0)
		return -1;
	tensor = tensors_add(tensors, header, name, (size_t)length);
	if (!tensor || read_shape(header, tensor) < 0 ||
	    read_type(header, tensor) < 0)
		return -1;
	/* Relative yet: where the data begins is known after the last tensor. */
	return read_u64(header, &tensor->file_offset);
}

static int read_start(struct header *header)
{
	uint32_t version;
	char magic[4];

	if (header_read(header, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, "GGUF", sizeof(magic)) != 0)
		return refuse(header, "not a GGUF file");
	if (read_u32(header, &version) < 0)
		return -1;
	/* 2 and 3 of a big-endian file look like that. */
	if (version != 0 && (version & 0xffff) == 0)
		return refuse(header, "a big-endian file");
	if (version != 2 && version != 3)
		return refuse(header, "version %" PRIu32
			      "; 2 and 3 are known", version);
	return 0;
}

/* The offsets count from the first multiple of the alignment after the header. */
static int settle(struct header *header, struct tensors *tensors,
		  uint32_t alignment)
{
	const uint64_t begin = (header->at + alignment - 1) / alignment *
			       alignment;
	struct tensor *tensor;
	size_t i;

	for (i = 0; i < tensors->count; i++) {
		tensor = &tensors->items[i];
		if (tensor->file_offset % alignment != 0)
			return refuse(header, "tensor \"%s\": offset %" PRIu64
				      " is no multiple of the alignment %"
				      PRIu32, tensor->name, tensor->file_offset,
				      alignment);
		if (__builtin_add_overflow(tensor->file_offset, begin,
					   &tensor->file_offset))
			return refuse(header, "tensor \"%s\": the offset is "
				      "larger than 64 bits can tell",
				      tensor->name);
	}
	return tensors_check(tensors, header, begin, false);
}

int tensors_read(struct tensors *tensors, struct header *header)
{
	uint32_t alignment = 0;
	uint64_t count, pairs;

	if (header->end > HEADER_MAX)
		header->end = HEADER_MAX;
	if (read_start(header) < 0 ||
	    read_count(header, "tensors", TENSOR_MIN, &count) < 0 ||
	    read_count(header, "pairs of metadata", PAIR_MIN, &pairs) < 0)
		return -1;
	for (; pairs > 0; pairs--)
		if (read_pair(header, &alignment) < 0)
			return -1;
	for (; count > 0; count--)
		if (read_tensor(header, tensors) < 0)
			return -1;
	return settle(header, tensors, alignment ? alignment : 32);
}

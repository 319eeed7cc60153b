/* SPDX-License-Identifier: MIT */
/*
 * The tensors of a GGUF file, as llama.cpp has them: versions 2 and 3 in
 * little-endian order. Receives a header; hands on its tensors, or the files of
 * its model. Always: all values of the file are checked.
 *
 * It refuses version 1, whose lengths have other sizes; big-endian files; types
 * of unknown size, such as those that ggml has dropped; and tensors whose size
 * differs from their place in the file, since forks of ggml use some numbers
 * for other types.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "gguf.h"

/* A row consists of blocks, each with a number of elements in a number of
 * bytes. 0 bytes: ggml has dropped the type. */
static const struct {
	const char *name;
	uint16_t elements, bytes;
} types[] = {
	[0] = { "F32", 1, 4 }, [1] = { "F16", 1, 2 }, [2] = { "Q4_0", 32, 18 },
	[3] = { "Q4_1", 32, 20 }, [4] = { "Q4_2", 0, 0 },
	[5] = { "Q4_3", 0, 0 }, [6] = { "Q5_0", 32, 22 },
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
	[30] = { "BF16", 1, 2 }, [31] = { "Q4_0_4_4", 0, 0 },
	[32] = { "Q4_0_4_8", 0, 0 }, [33] = { "Q4_0_8_8", 0, 0 },
	[34] = { "TQ1_0", 256, 54 }, [35] = { "TQ2_0", 256, 66 },
	[36] = { "IQ4_NL_4_4", 0, 0 }, [37] = { "IQ4_NL_4_8", 0, 0 },
	[38] = { "IQ4_NL_8_8", 0, 0 }, [39] = { "MXFP4", 32, 17 },
	[40] = { "NVFP4", 64, 36 }, [41] = { "Q1_0", 128, 18 },
	[42] = { "Q2_0", 64, 18 },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static int read_shape(struct header *header, struct tensor *tensor)
{
	uint32_t rank, i;

	if (gguf_read_u32(header, &rank) < 0)
		return -1;
	if (rank > header_left(header) / sizeof(*tensor->shape))
		return refuse(header, "tensor \"%s\": %" PRIu32 " dimensions "
			      "do not fit into the header",
			      name_start(tensor->name).text, rank);
	if (tensor_shape(tensor, header, rank) < 0)
		return -1;
	for (i = 0; i < rank; i++) {
		if (gguf_read_u64(header, &tensor->shape[i]) < 0)
			return -1;
		if (tensor->shape[i] > INT64_MAX)
			return refuse(header, "tensor \"%s\": dimension %"
				      PRIu32 " is negative",
				      name_start(tensor->name).text, i);
	}
	return 0;
}

static int read_type(struct header *header, struct tensor *tensor)
{
	const uint64_t row = tensor->rank > 0 ? tensor->shape[0] : 1;
	uint32_t type;

	if (gguf_read_u32(header, &type) < 0)
		return -1;
	if (type >= TYPES || !types[type].name)
		return refuse(header, "tensor \"%s\" is of type %" PRIu32
			      ", which is not known here, nor its size",
			      name_start(tensor->name).text, type);
	if (types[type].bytes == 0)
		return refuse(header, "tensor \"%s\" is of type %" PRIu32
			      ", %s, which ggml has dropped; quantize the model "
			      "again", name_start(tensor->name).text, type,
			      types[type].name);
	tensor->type = types[type].name;
	if (row % types[type].elements != 0)
		return refuse(header, "tensor \"%s\": rows of %" PRIu64
			      " elements are not whole blocks of %s",
			      name_start(tensor->name).text, row,
			      tensor->type);
	return tensor_measure(tensor, header, types[type].elements,
			      UINT64_C(8) * types[type].bytes);
}

static struct tensor *read_name(struct header *header, struct tensors *tensors)
{
	struct tensor *tensor = NULL;
	uint64_t length;
	char *name;

	if (gguf_read_count(header, "bytes of a name", 1, &length) < 0)
		return NULL;
	name = malloc((size_t)length + 1);
	if (!name)
		refuse_memory(header, "no memory for the name of tensor %zu, of %"
		       PRIu64 " bytes", tensors->count, length);
	else if (header_read(header, name, (size_t)length) == 0)
		tensor = tensors_add(tensors, header, name, (size_t)length);
	free(name);
	return tensor;
}

static int read_tensor(struct header *header, struct tensors *tensors)
{
	struct tensor *tensor = read_name(header, tensors);

	if (!tensor || read_shape(header, tensor) < 0 ||
	    read_type(header, tensor) < 0)
		return -1;
	/* Still relative: the start of the data is known after the last
	 * tensor. */
	return gguf_read_u64(header, &tensor->file_offset);
}

/* The offsets count from the first multiple of the alignment after the header. */
static int locate(struct tensor *tensor, struct header *header, uint64_t begin,
		  uint32_t alignment)
{
	if (tensor->file_offset % alignment != 0)
		return refuse(header, "tensor \"%s\": offset %" PRIu64
			      " is not a multiple of the alignment %" PRIu32,
			      name_start(tensor->name).text,
			      tensor->file_offset, alignment);
	if (__builtin_add_overflow(tensor->file_offset, begin,
				   &tensor->file_offset))
		return refuse(header, "tensor \"%s\": the offset is larger "
			      "than 64 bits can hold",
			      name_start(tensor->name).text);
	return 0;
}

static unsigned type_number(const char *name)
{
	unsigned number = 0;

	while (!types[number].name || strcmp(types[number].name, name) != 0)
		number++;
	return number;
}

/*
 * ggml refuses gaps between tensors, but allows bytes behind the last one. For
 * a type of blocks such bytes are refused here: a fork may use the number for a
 * larger type, and only a part of the tensor would be loaded.
 */
static int check_gap(struct header *header, struct tensors *tensors,
		     const struct gap *gap)
{
	const struct tensor *tensor = gap->tensor;

	if (gap->place == 0)
		return 0;
	if (!gap->next && (!tensor || tensor->block == 1)) {
		tensors->unclaimed += gap->place - (tensor ? tensor->bytes : 0);
		return 0;
	}
	if (!tensor)
		return refuse(header, "%" PRIu64 " bytes lie before the first "
			      "tensor \"%s\"", gap->place,
			      name_start(gap->next->name).text);
	return refuse(header, "tensor \"%s\" takes %" PRIu64 " bytes as type "
		      "%u, %s, but has %" PRIu64 " up to %s%s%s; a fork of "
		      "ggml may have another type %u, of a size that is not "
		      "known here",
		      name_start(tensor->name).text, tensor->bytes,
		      type_number(tensor->type), tensor->type, gap->place,
		      gap->next ? "tensor \"" : "the end of the file",
		      gap->next ? name_start(gap->next->name).text : "",
		      gap->next ? "\"" : "", type_number(tensor->type));
}

static int read_tensors(struct tensors *tensors, struct header *header)
{
	struct gguf gguf;
	struct gap gap;
	uint64_t begin;
	size_t i;

	if (gguf_read_metadata(header, &gguf) < 0)
		return -1;
	tensors->first = tensors->count;
	tensors->split = gguf.split;
	for (; gguf.tensors > 0; gguf.tensors--)
		if (read_tensor(header, tensors) < 0)
			return -1;
	begin = (header->at + gguf.alignment - 1) / gguf.alignment *
		gguf.alignment;
	for (i = tensors->first; i < tensors->count; i++)
		if (locate(&tensors->items[i], header, begin,
			   gguf.alignment) < 0)
			return -1;
	if (tensors_check(tensors, header, begin, gguf.alignment, &gap) < 0)
		return -1;
	return check_gap(header, tensors, &gap);
}

/* The metadata say which part a file is; its name says where the other parts
 * are. */
static int find_parts(struct parts *parts, struct header *header,
		      const char *path)
{
	struct part_name name;
	struct gguf gguf;

	if (gguf_read_metadata(header, &gguf) < 0)
		return -1;
	if (gguf.split.count <= 1)
		return 0;
	parts->split = gguf.split;
	if (!part_name_parse(path, &name) || name.number != gguf.split.number ||
	    name.count != gguf.split.count)
		return refuse(header, "part %" PRIu64 " of %" PRIu64 ", but its "
			      "name does not end in -%05" PRIu64 "-of-%05"
			      PRIu64 ".gguf, by which the others are found",
			      gguf.split.number, gguf.split.count,
			      gguf.split.number, gguf.split.count);
	return parts_add_named(parts, header, path, &name);
}

const struct format gguf_format = {
	.name = "gguf",
	.find_parts = find_parts,
	.read_tensors = read_tensors,
};

/* SPDX-License-Identifier: MIT */
#include "gguf_models.h"

#include <stdlib.h>
#include <string.h>

void gguf_text(struct bytes *file, const char *text)
{
	put_u64(file, strlen(text));
	put_text(file, text);
}

void gguf_start(struct bytes *file, uint64_t tensors, uint64_t pairs)
{
	put_text(file, "GGUF");
	put_u32(file, 3);
	put_u64(file, tensors);
	put_u64(file, pairs);
}

void gguf_pair(struct bytes *file, const char *key, uint32_t type)
{
	gguf_text(file, key);
	put_u32(file, type);
}

void gguf_array(struct bytes *file, uint32_t type, uint64_t count)
{
	put_u32(file, type);
	put_u64(file, count);
}

void gguf_metadata(struct bytes *file)
{
	static const size_t bytes[] = {
		[U8] = 1, [I8] = 1, [U16] = 2, [I16] = 2, [U32] = 4, [I32] = 4,
		[F32] = 4, [BOOL] = 1, [U64] = 8, [I64] = 8, [F64] = 8,
	};
	char key[] = "some.value_a";
	uint32_t type;

	gguf_pair(file, "general.architecture", STRING);
	gguf_text(file, "llama");
	for (type = U8; type <= F64; type++) {
		if (type == STRING || type == ARRAY)
			continue;
		key[sizeof(key) - 2] = (char)('a' + type);
		gguf_pair(file, key, type);
		put_zeros(file, bytes[type]);
	}
	/* As long as general.alignment, but different. */
	gguf_pair(file, "general.alignmenz", F64);
	put_u64(file, 3);
	gguf_pair(file, "tokenizer.ggml.tokens", ARRAY);
	gguf_array(file, STRING, 3);
	gguf_text(file, "<s>");
	gguf_text(file, "");
	gguf_text(file, "\xe2\x96\x81the");
	gguf_pair(file, "arrays.in_arrays", ARRAY);
	gguf_array(file, ARRAY, 2);
	gguf_array(file, U16, 3);
	put_zeros(file, 6);
	gguf_array(file, ARRAY, 1);
	gguf_array(file, F64, 0);
}

void gguf_alignment(struct bytes *file, uint32_t value)
{
	gguf_pair(file, "general.alignment", U32);
	put_u32(file, value);
}

/* A tensor of one dimension. */
void gguf_tensor(struct bytes *file, const char *name, uint64_t elements,
		   uint32_t type, uint64_t offset)
{
	gguf_text(file, name);
	put_u32(file, 1);
	put_u64(file, elements);
	put_u32(file, type);
	put_u64(file, offset);
}

uint32_t gguf_type_number(const char *name)
{
	static const char *const names[] = {
		[0] = "F32", [1] = "F16", [2] = "Q4_0", [3] = "Q4_1",
		[6] = "Q5_0", [7] = "Q5_1", [8] = "Q8_0", [9] = "Q8_1",
		[10] = "Q2_K", [11] = "Q3_K", [12] = "Q4_K", [13] = "Q5_K",
		[14] = "Q6_K", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS",
		[18] = "IQ3_XXS", [19] = "IQ1_S", [20] = "IQ4_NL",
		[21] = "IQ3_S", [22] = "IQ2_S", [23] = "IQ4_XS", [24] = "I8",
		[25] = "I16", [26] = "I32", [27] = "I64", [28] = "F64",
		[29] = "IQ1_M", [30] = "BF16", [34] = "TQ1_0", [35] = "TQ2_0",
		[39] = "MXFP4", [40] = "NVFP4", [41] = "Q1_0", [42] = "Q2_0",
	};
	uint32_t number = 0;

	while (!names[number] || strcmp(names[number], name) != 0)
		number++;
	return number;
}

void gguf_shape(struct bytes *file, const char *shape)
{
	uint64_t numbers[8];
	uint32_t rank = 0, i;
	char *end;

	for (shape++; *shape != '\0' && *shape != ']'; shape = end + 1)
		numbers[rank++] = strtoull(shape, &end, 10);
	put_u32(file, rank);
	for (i = 0; i < rank; i++)
		put_u64(file, numbers[i]);
}

void gguf_finish(struct bytes *file, struct known *tensors, size_t count,
		 size_t align, size_t first)
{
	size_t begin, offset = 0, i;

	for (i = 0; i < count; i++) {
		gguf_text(file, tensors[i].name);
		gguf_shape(file, tensors[i].shape);
		put_u32(file, gguf_type_number(tensors[i].type));
		put_u64(file, offset);
		tensors[i].at = offset;
		offset = (offset + tensors[i].bytes + align - 1) / align * align;
	}
	put_padding(file, align);
	begin = file->length;
	for (i = 0; i < count; i++) {
		tensors[i].at += begin;
		put_zeros(file, tensors[i].at - file->length);
		put_data(file, (unsigned)(first + i), tensors[i].bytes);
	}
}

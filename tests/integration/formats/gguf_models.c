/* SPDX-License-Identifier: MIT */
/* GGUF files as the format's description has them. */
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

/* Each type of metadata, and arrays in arrays; but for general.alignment. */
enum { METADATA = 15 };

static void metadata(struct bytes *file)
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
	/* As long as general.alignment, and not it. */
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

static uint32_t type_number(const char *name)
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

/* A shape is written "[2,3]". */
static void put_shape(struct bytes *file, const char *shape)
{
	uint64_t numbers[4];
	uint32_t rank = 0, i;
	char *end;

	for (shape++; *shape != '\0' && *shape != ']'; shape = end + 1)
		numbers[rank++] = strtoull(shape, &end, 10);
	put_u32(file, rank);
	for (i = 0; i < rank; i++)
		put_u64(file, numbers[i]);
}

/* The tensors one behind the other, each at a multiple of align. */
static void finish(struct bytes *file, struct known *tensors, size_t count,
		   size_t align)
{
	size_t begin, offset = 0, i;

	for (i = 0; i < count; i++) {
		gguf_text(file, tensors[i].name);
		put_shape(file, tensors[i].shape);
		put_u32(file, type_number(tensors[i].type));
		put_u64(file, offset);
		tensors[i].at = offset;
		offset = (offset + tensors[i].bytes + align - 1) / align * align;
	}
	put_padding(file, align);
	begin = file->length;
	for (i = 0; i < count; i++) {
		tensors[i].at += begin;
		put_zeros(file, tensors[i].at - file->length);
		put_data(file, (unsigned)i, tensors[i].bytes);
	}
}

static void build_model(struct bytes *file, struct known *tensors, size_t count)
{
	gguf_start(file, count, METADATA + 1);
	metadata(file);
	gguf_alignment(file, 64);
	finish(file, tensors, count, 64);
}

static void build_version_2(struct bytes *file, struct known *tensors,
			    size_t count)
{
	gguf_start(file, count, 0);
	file->data[4] = 2;
	finish(file, tensors, count, 32);
}

/* Not in the order of the file, and with room between. */
static void build_scattered(struct bytes *file, struct known *tensors,
			    size_t count)
{
	size_t i;

	gguf_start(file, count, 1);
	gguf_alignment(file, 8);
	for (i = 0; i < count; i++)
		gguf_tensor(file, tensors[i].name, tensors[i].bytes,
		       type_number(tensors[i].type), (count - i) * 1000);
	put_padding(file, 8);
	for (i = 0; i < count; i++)
		tensors[i].at = file->length + (count - i) * 1000;
	for (i = count; i-- > 0; ) {
		put_zeros(file, tensors[i].at - file->length);
		put_data(file, (unsigned)i, tensors[i].bytes);
	}
	put_zeros(file, 5);
}

static void build_bare(struct bytes *file, struct known *tensors, size_t count)
{
	(void)tensors;
	gguf_start(file, count, METADATA);
	metadata(file);
}

static struct known model[] = {
	{ "token_embd.weight", "F16", "[64,40]", 5120, 0 },
	{ "blk.0.attn_q.weight", "Q4_0", "[64,3]", 108, 0 },
	{ "blk.0.attn_norm.weight", "F32", "[7]", 28, 0 },
	{ "blk.0.ffn_up.weight", "Q4_K", "[256,5]", 720, 0 },
	{ "blk.1.attn_q.weight", "Q8_0", "[32,9,2]", 612, 0 },
	{ "blk.1.none", "F32", "[0,4]", 0, 0 },
	{ "blk.1.scale", "BF16", "[]", 2, 0 },
	{ "output.weight", "Q6_K", "[1024,1,2,1500]", 2520000, 0 },
	{ "odd [a-c]* n\xc3\xa4me", "I8", "[5]", 5, 0 },
};
static struct known small[] = {
	{ "a", "F32", "[3]", 12, 0 },
	{ "b.weight", "Q4_0", "[32,2]", 36, 0 },
	{ "c", "I8", "[1,2,3,4]", 24, 0 },
};
static struct known older[] = {
	{ "a", "F32", "[3]", 12, 0 },
	{ "b", "F32", "[3]", 12, 0 },
};
static struct known scattered[] = {
	{ "first", "I8", "[999]", 999, 0 },
	{ "second", "I8", "[1]", 1, 0 },
	{ "third", "I8", "[1000]", 1000, 0 },
};

/* 512 elements of each type. */
static struct known types[] = {
	{ "512 F32", "F32", "[512]", 2048, 0 },
	{ "512 F16", "F16", "[512]", 1024, 0 },
	{ "512 Q4_0", "Q4_0", "[512]", 288, 0 },
	{ "512 Q4_1", "Q4_1", "[512]", 320, 0 },
	{ "512 Q5_0", "Q5_0", "[512]", 352, 0 },
	{ "512 Q5_1", "Q5_1", "[512]", 384, 0 },
	{ "512 Q8_0", "Q8_0", "[512]", 544, 0 },
	{ "512 Q8_1", "Q8_1", "[512]", 576, 0 },
	{ "512 Q2_K", "Q2_K", "[512]", 168, 0 },
	{ "512 Q3_K", "Q3_K", "[512]", 220, 0 },
	{ "512 Q4_K", "Q4_K", "[512]", 288, 0 },
	{ "512 Q5_K", "Q5_K", "[512]", 352, 0 },
	{ "512 Q6_K", "Q6_K", "[512]", 420, 0 },
	{ "512 Q8_K", "Q8_K", "[512]", 584, 0 },
	{ "512 IQ2_XXS", "IQ2_XXS", "[512]", 132, 0 },
	{ "512 IQ2_XS", "IQ2_XS", "[512]", 148, 0 },
	{ "512 IQ3_XXS", "IQ3_XXS", "[512]", 196, 0 },
	{ "512 IQ1_S", "IQ1_S", "[512]", 100, 0 },
	{ "512 IQ4_NL", "IQ4_NL", "[512]", 288, 0 },
	{ "512 IQ3_S", "IQ3_S", "[512]", 220, 0 },
	{ "512 IQ2_S", "IQ2_S", "[512]", 164, 0 },
	{ "512 IQ4_XS", "IQ4_XS", "[512]", 272, 0 },
	{ "512 I8", "I8", "[512]", 512, 0 },
	{ "512 I16", "I16", "[512]", 1024, 0 },
	{ "512 I32", "I32", "[512]", 2048, 0 },
	{ "512 I64", "I64", "[512]", 4096, 0 },
	{ "512 F64", "F64", "[512]", 4096, 0 },
	{ "512 IQ1_M", "IQ1_M", "[512]", 112, 0 },
	{ "512 BF16", "BF16", "[512]", 1024, 0 },
	{ "512 TQ1_0", "TQ1_0", "[512]", 108, 0 },
	{ "512 TQ2_0", "TQ2_0", "[512]", 132, 0 },
	{ "512 MXFP4", "MXFP4", "[512]", 272, 0 },
	{ "512 NVFP4", "NVFP4", "[512]", 288, 0 },
	{ "512 Q1_0", "Q1_0", "[512]", 72, 0 },
	{ "512 Q2_0", "Q2_0", "[512]", 144, 0 },
};

static const struct good good[] = {
	{ "model", build_model, model, sizeof(model) / sizeof(model[0]) },
	{ "small", build_model, small, sizeof(small) / sizeof(small[0]) },
	{ "version-2", build_version_2, older, 2 },
	{ "scattered", build_scattered, scattered, 3 },
	{ "types", build_model, types, sizeof(types) / sizeof(types[0]) },
	{ "no-tensors", build_bare, NULL, 0 },
};

/* Numbers in the file's own order of bytes. */
static const struct token tokens[] = {
	{ "\0\0\0\0\0\0\0\0", 8 },
	{ "\1\0\0\0\0\0\0\0", 8 },
	{ "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
	{ "\xff\xff\xff\xff\xff\xff\xff\x7f", 8 },
	{ "\0\0\0\0\0\0\0\x80", 8 },
	{ "\0\0\0\0\1\0\0\0", 8 },
	{ "\xe0\xff\xff\xff\xff\xff\xff\xff", 8 },
	{ "\0\0\0\0", 4 },
	{ "\xff\xff\xff\xff", 4 },
	{ "\x09\0\0\0", 4 },
	{ "\x08\0\0\0", 4 },
	{ "\x02\0\0\0", 4 },
	{ "general.alignment\4\0\0\0", 21 },
};

const struct models models = {
	.format = "gguf",
	.good = good,
	.n_good = sizeof(good) / sizeof(good[0]),
	.bad = gguf_bad,
	.n_bad = GGUF_BAD,
	.tokens = tokens,
	.n_tokens = sizeof(tokens) / sizeof(tokens[0]),
};

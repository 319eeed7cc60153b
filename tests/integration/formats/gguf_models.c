/* SPDX-License-Identifier: MIT */
/* GGUF files as the format describes them, or as ggml accepts them. */
#include "gguf_models.h"

static void build_model(struct bytes *file, struct known *tensors, size_t count)
{
	gguf_start(file, count, GGUF_METADATA + 1);
	gguf_metadata(file);
	gguf_alignment(file, 64);
	gguf_finish(file, tensors, count, 64, 0);
}

static void build_version_2(struct bytes *file, struct known *tensors,
			    size_t count)
{
	gguf_start(file, count, 0);
	file->data[4] = 2;
	gguf_finish(file, tensors, count, 32, 0);
}

/* The tensors in reverse order, with more bytes after each than necessary. */
static void build_scattered(struct bytes *file, struct known *tensors,
			    size_t count)
{
	size_t offset = 0, i;

	gguf_start(file, count, 1);
	gguf_alignment(file, 8);
	for (i = count; i-- > 0; offset = (offset + tensors[i].bytes + 7) & ~7u)
		tensors[i].at = offset;
	for (i = 0; i < count; i++)
		gguf_tensor(file, tensors[i].name, tensors[i].bytes,
			    gguf_type_number(tensors[i].type), tensors[i].at);
	put_padding(file, 8);
	for (i = 0; i < count; i++)
		tensors[i].at += file->length;
	for (i = count; i-- > 0; ) {
		put_zeros(file, tensors[i].at - file->length);
		put_data(file, (unsigned)i, tensors[i].bytes);
	}
	put_zeros(file, 5000);
}

/* ggml accepts any power of two. */
static void build_unaligned(struct bytes *file, struct known *tensors,
			    size_t count)
{
	gguf_start(file, count, 1);
	gguf_alignment(file, 1);
	gguf_finish(file, tensors, count, 1, 0);
}

/* A key that is longer than the format allows, which ggml accepts. */
static void build_long_key(struct bytes *file, struct known *tensors,
			   size_t count)
{
	gguf_start(file, count, 1);
	put_u64(file, 70000);
	put_zeros(file, 70000);
	put_u32(file, U8);
	put_zeros(file, 1);
	gguf_finish(file, tensors, count, 32, 0);
}

/* The only part of a model. Its numbers have unusual types. */
static void build_one_part(struct bytes *file, struct known *tensors,
			   size_t count)
{
	gguf_start(file, count, 3);
	gguf_pair(file, "split.no", U8);
	put_zeros(file, 1);
	gguf_pair(file, "split.count", I64);
	put_u64(file, 1);
	gguf_pair(file, "split.tensors.count", U64);
	put_u64(file, count);
	gguf_finish(file, tensors, count, 32, 0);
}

/* A name may have any bytes. */
static const struct token raw_names[] = {
	{ "", 0 }, { "two\nlines\tand \\ \r", 17 }, { "\x1b[2Jgone\x7f", 9 },
	{ "\xc2\x9b" "2Jgone", 8 }, { "a\0b", 3 }, { "a\xff", 2 },
	{ "a\xe2\x82", 3 }, { "a\xc0\xae", 3 }, { "a\xed\xa0\x80", 4 },
	{ "a\xf4\x90\x80\x80", 5 },
	{ "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2."
	  "to_q.weight", 77 },
};

static void build_names(struct bytes *file, struct known *tensors, size_t count)
{
	size_t i;

	gguf_start(file, count, 0);
	for (i = 0; i < count; i++) {
		put_u64(file, raw_names[i].length);
		put(file, raw_names[i].data, raw_names[i].length);
		gguf_shape(file, tensors[i].shape);
		put_u32(file, gguf_type_number(tensors[i].type));
		put_u64(file, 32 * i);
	}
	put_padding(file, 32);
	for (i = 0; i < count; i++) {
		put_padding(file, 32);
		tensors[i].at = file->length;
		put_data(file, (unsigned)i, tensors[i].bytes);
	}
}

/* The first part has the metadata, as llama.cpp's tool writes it. */
static void build_part(struct bytes *file, struct known *tensors,
		       const struct cut *cut)
{
	const size_t align = cut->number == 1 ? 64 : 32;

	gguf_start(file, cut->to - cut->from,
		   3 + (cut->number == 1 ? GGUF_METADATA + 1 : 0));
	if (cut->number == 1) {
		gguf_metadata(file);
		gguf_alignment(file, 64);
	}
	gguf_pair(file, "split.no", U16);
	put_u16(file, (uint16_t)(cut->number - 1));
	gguf_pair(file, "split.count", U16);
	put_u16(file, (uint16_t)cut->count);
	gguf_pair(file, "split.tensors.count", I32);
	put_u32(file, (uint32_t)cut->total);
	gguf_finish(file, tensors + cut->from, cut->to - cut->from, align,
		    cut->from);
}

static void build_bare(struct bytes *file, struct known *tensors, size_t count)
{
	(void)tensors;
	gguf_start(file, count, GGUF_METADATA);
	gguf_metadata(file);
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
static struct known unaligned[] = {
	{ "a", "I8", "[3]", 3, 0 },
	{ "b", "F32", "[1,1,1,1,1,3]", 12, 0 },
	{ "c", "Q4_0", "[32]", 18, 0 },
};
static struct known names[] = {
	{ "", "I8", "[3]", 3, 0 },
	{ "two\\x0alines\\x09and \\\\ \\x0d", "I8", "[3]", 3, 0 },
	{ "\\x1b[2Jgone\\x7f", "I8", "[3]", 3, 0 },
	{ "\\xc2\\x9b2Jgone", "I8", "[3]", 3, 0 },
	{ "a\\x00b", "I8", "[3]", 3, 0 },
	{ "a\\xff", "I8", "[3]", 3, 0 },
	{ "a\\xe2\\x82", "I8", "[3]", 3, 0 },
	{ "a\\xc0\\xae", "I8", "[3]", 3, 0 },
	{ "a\\xed\\xa0\\x80", "I8", "[3]", 3, 0 },
	{ "a\\xf4\\x90\\x80\\x80", "I8", "[3]", 3, 0 },
	{ "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2."
	  "to_q.weight", "I8", "[3]", 3, 0 },
};
static struct known scattered[] = {
	{ "first", "I8", "[999]", 999, 0 },
	{ "second", "I8", "[1]", 1, 0 },
	{ "third", "I8", "[1000]", 1000, 0 },
};

/* Each type with 512 elements. */
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
	{ "unaligned", build_unaligned, unaligned, 3 },
	{ "long-key", build_long_key, older, 2 },
	{ "one-part", build_one_part, older, 2 },
	{ "names", build_names, names, sizeof(names) / sizeof(names[0]) },
	{ "types", build_model, types, sizeof(types) / sizeof(types[0]) },
	{ "no-tensors", build_bare, NULL, 0 },
};

/* Numbers in the byte order of the file. */
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
	{ "split.count\4\0\0\0", 15 },
};

const struct models models = {
	.format = "gguf",
	.floats = "F32",
	.good = good,
	.n_good = sizeof(good) / sizeof(good[0]),
	.bad = gguf_bad,
	.n_bad = GGUF_BAD,
	.unfit = gguf_unfit,
	.n_unfit = GGUF_UNFIT,
	.tokens = tokens,
	.n_tokens = sizeof(tokens) / sizeof(tokens[0]),
	.build_part = build_part,
};

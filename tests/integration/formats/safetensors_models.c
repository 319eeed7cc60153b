/* SPDX-License-Identifier: MIT */
/* Safetensors files as the format describes them. */
#include "safetensors_models.h"

#include <stdio.h>
#include <string.h>

void safetensors_begin(struct bytes *file, const char *header)
{
	const size_t length = strlen(header);
	size_t padding = (8 - length % 8) % 8;

	put_u64(file, length + padding);
	put_text(file, header);
	while (padding-- > 0)
		put_text(file, " ");
}

static void describe(struct bytes *header, const struct known *tensor,
		     size_t at)
{
	char text[512];

	put_text(header, "\"");
	put_text(header, tensor->name);
	snprintf(text, sizeof(text), "\":{\"dtype\":\"%s\",\"shape\":%s,"
		 "\"data_offsets\":[%zu,%zu]}", tensor->type, tensor->shape, at,
		 at + tensor->bytes);
	put_text(header, text);
}

/* Place the tensors one after the other, described in this order or in reverse,
 * with the data of the model's tensors from first on. */
static void build(struct bytes *file, struct known *tensors, size_t count,
		  const char *metadata, int backwards, size_t first)
{
	struct bytes header = { 0 };
	size_t at = 0, i;

	for (i = 0; i < count; i++) {
		tensors[i].at = at;
		at += tensors[i].bytes;
	}
	put_text(&header, "{");
	put_text(&header, metadata);
	for (i = 0; i < count; i++) {
		if (i > 0)
			put_text(&header, ",");
		at = backwards ? count - 1 - i : i;
		describe(&header, &tensors[at], tensors[at].at);
	}
	put(&header, "}", 2);
	safetensors_begin(file, (const char *)header.data);
	bytes_free(&header);

	at = file->length;
	for (i = 0; i < count; i++) {
		tensors[i].at += at;
		put_data(file, (unsigned)(first + i), tensors[i].bytes);
	}
}

static void build_model(struct bytes *file, struct known *tensors, size_t count)
{
	build(file, tensors, count, "\"__metadata__\":{\"format\":\"pt\","
	      "\"more\":\"{\\\"__metadata__\\\": \\u0000 \\ud83d\\ude00 "
	      "\xf0\x9f\x98\x80 \\\\\"},", 0, 0);
}

/* With the white space that JSON allows, and members in another order. */
static void build_spaced(struct bytes *file, struct known *tensors, size_t count)
{
	(void)count;
	safetensors_begin(file, "{ \"a\"\t:\r\n{ \"shape\" : [ 3 , 2 ] , "
			  "\"data_offsets\": [ 0 ,12 ] , \"dtype\" : "
			  "\"F16\" } , \"__metadata__\" : { } } ");
	tensors[0].at = file->length;
	put_data(file, 0, tensors[0].bytes);
}

static void build_backwards(struct bytes *file, struct known *tensors,
			    size_t count)
{
	struct known reversed;
	size_t i;

	build(file, tensors, count, "", 1, 0);
	/* In the order of the description. */
	for (i = 0; i < count / 2; i++) {
		reversed = tensors[i];
		tensors[i] = tensors[count - 1 - i];
		tensors[count - 1 - i] = reversed;
	}
}

static void build_escaped(struct bytes *file, struct known *tensors,
			  size_t count)
{
	(void)count;
	safetensors_begin(file, "{\"\\u00fc\\ud83d\\ude00\":{\"dtype\":"
			  "\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}");
	tensors[0].at = file->length;
	put_data(file, 0, tensors[0].bytes);
}

/* The format forbids both; serde_json accepts both. */
static void build_space_around(struct bytes *file, struct known *tensors,
			       size_t count)
{
	(void)count;
	safetensors_begin(file, "\n\t {\"a\":{\"dtype\":\"F16\",\"shape\":"
			  "[3,2],\"data_offsets\":[0,12]}}\r\n\t");
	tensors[0].at = file->length;
	put_data(file, 0, tensors[0].bytes);
}

/* Members that the format does not know, and no metadata. */
static void build_unknown(struct bytes *file, struct known *tensors,
			  size_t count)
{
	(void)count;
	safetensors_begin(file, "{\"__metadata__\":null,\"a\":{\"strides\":"
			  "[1.5e3,-0.1,[true,{}],[]],\"dtype\":\"F16\",\"\xc3\xbc\":"
			  "{\"\xc3\xbc\":\"\xc3\xbc\",\"n\":{\"a\":[null,false]}},\"shape\":"
			  "[3,2],\"n\":null,\"n\":0,\"data_offsets\":[0,12],"
			  "\"name\":\"\",\"\\ud83d\\ude00\":\"\\uFFFD"
			  "\xef\xbf\xbd\\uD83D\\uDE00\\\\ud83d\"}}");
	tensors[0].at = file->length;
	put_data(file, 0, tensors[0].bytes);
}

/* A name may be any text. */
static void build_names(struct bytes *file, struct known *tensors, size_t count)
{
	static const char *const names[] = {
		"", "two\\nlines\\tand \\\\ \\r", "\\u001b[2Jgone\x7f",
		"\\u009b2Jgone", "a\\u0000b", "\\u00fc",
		("model.diffusion_model.input_blocks.2.1.transformer_blocks.0."
		 "attn2.to_q.weight"),
	};
	struct known raw[sizeof(names) / sizeof(names[0])];
	size_t i;

	for (i = 0; i < count; i++) {
		raw[i] = tensors[i];
		raw[i].name = names[i];
	}
	build(file, raw, count, "", 0, 0);
	for (i = 0; i < count; i++)
		tensors[i].at = raw[i].at;
}

static void build_part(struct bytes *file, struct known *tensors,
		       const struct cut *cut)
{
	build(file, tensors + cut->from, cut->to - cut->from, "", 0, cut->from);
}

/* As transformers writes it. */
static void put_index(struct bytes *file, const struct known *tensor,
		      const char *part)
{
	if (!tensor) {
		put_text(file, "\n  }\n}\n");
		return;
	}
	put_text(file, file->length > 0 ? ",\n    \"" : "{\n  \"metadata\": {\n    "
		 "\"total_size\": 17\n  },\n  \"weight_map\": {\n    \"");
	put_text(file, tensor->name);
	put_text(file, "\": \"");
	put_text(file, part);
	put_text(file, "\"");
}

static void build_empty(struct bytes *file, struct known *tensors, size_t count)
{
	build(file, tensors, count, "", 0, 0);
}

static struct known model[] = {
	{ "embed.weight", "F16", "[40,64]", 5120, 0 },
	{ "layers.0.q.weight", "F8_E4M3", "[3,9]", 27, 0 },
	{ "layers.0.norm", "F32", "[7]", 28, 0 },
	{ "layers.0.packed", "F4", "[3,2]", 3, 0 },
	{ "layers.1.six", "F6_E2M3", "[4,3]", 9, 0 },
	{ "layers.1.none", "I64", "[2,0,3]", 0, 0 },
	{ "layers.1.scalar", "F64", "[]", 8, 0 },
	{ "output.weight", "BF16", "[1030,1200]", 2472000, 0 },
	{ "odd [a-c]* n\xc3\xa4me", "BOOL", "[5]", 5, 0 },
};
static struct known small[] = {
	{ "a", "F32", "[3]", 12, 0 },
	{ "b.weight", "BF16", "[2,2]", 8, 0 },
	{ "c", "U8", "[1,2,3,4]", 24, 0 },
};
static struct known spaced[] = { { "a", "F16", "[3,2]", 12, 0 } };
static struct known backwards[] = {
	{ "first", "U8", "[3]", 3, 0 },
	{ "none", "U8", "[0]", 0, 0 },
	{ "last", "C64", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", 16, 0 },
};
static struct known unknown[] = { { "a", "F16", "[3,2]", 12, 0 } };
static struct known names[] = {
	{ "", "U8", "[3]", 3, 0 },
	{ "two\\x0alines\\x09and \\\\ \\x0d", "U8", "[3]", 3, 0 },
	{ "\\x1b[2Jgone\\x7f", "U8", "[3]", 3, 0 },
	{ "\\xc2\\x9b2Jgone", "U8", "[3]", 3, 0 },
	{ "a\\x00b", "U8", "[3]", 3, 0 },
	{ "\xc3\xbc", "U8", "[3]", 3, 0 },
	{ "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2."
	  "to_q.weight", "U8", "[3]", 3, 0 },
};
static struct known escaped[] = {
	{ "\xc3\xbc\xf0\x9f\x98\x80", "U8", "[]", 1, 0 },
};

/* Each type with twelve elements. */
static struct known types[] = {
	{ "12 BOOL", "BOOL", "[3,4]", 12, 0 },
	{ "12 U8", "U8", "[3,4]", 12, 0 },
	{ "12 I8", "I8", "[3,4]", 12, 0 },
	{ "12 F4", "F4", "[3,4]", 6, 0 },
	{ "12 F6_E2M3", "F6_E2M3", "[3,4]", 9, 0 },
	{ "12 F6_E3M2", "F6_E3M2", "[3,4]", 9, 0 },
	{ "12 F8_E5M2", "F8_E5M2", "[3,4]", 12, 0 },
	{ "12 F8_E4M3", "F8_E4M3", "[3,4]", 12, 0 },
	{ "12 F8_E8M0", "F8_E8M0", "[3,4]", 12, 0 },
	{ "12 F8_E4M3FNUZ", "F8_E4M3FNUZ", "[3,4]", 12, 0 },
	{ "12 F8_E5M2FNUZ", "F8_E5M2FNUZ", "[3,4]", 12, 0 },
	{ "12 I16", "I16", "[3,4]", 24, 0 },
	{ "12 U16", "U16", "[3,4]", 24, 0 },
	{ "12 F16", "F16", "[3,4]", 24, 0 },
	{ "12 BF16", "BF16", "[3,4]", 24, 0 },
	{ "12 I32", "I32", "[3,4]", 48, 0 },
	{ "12 U32", "U32", "[3,4]", 48, 0 },
	{ "12 F32", "F32", "[3,4]", 48, 0 },
	{ "12 I64", "I64", "[3,4]", 96, 0 },
	{ "12 U64", "U64", "[3,4]", 96, 0 },
	{ "12 F64", "F64", "[3,4]", 96, 0 },
	{ "12 C64", "C64", "[3,4]", 96, 0 },
};

static const struct good good[] = {
	{ "model", build_model, model, sizeof(model) / sizeof(model[0]) },
	{ "small", build_model, small, sizeof(small) / sizeof(small[0]) },
	{ "spaced", build_spaced, spaced, 1 },
	{ "space-around", build_space_around, spaced, 1 },
	{ "unknown-members", build_unknown, unknown, 1 },
	{ "names", build_names, names, sizeof(names) / sizeof(names[0]) },
	{ "backwards", build_backwards, backwards, 3 },
	{ "escaped", build_escaped, escaped, 1 },
	{ "types", build_model, types, sizeof(types) / sizeof(types[0]) },
	{ "no-tensors", build_empty, NULL, 0 },
};

static const struct token tokens[] = {
	{ "{", 1 }, { "}", 1 }, { "[", 1 }, { "]", 1 }, { ",", 1 }, { ":", 1 },
	{ "\"", 1 }, { "\\", 1 }, { "\\u0000", 6 }, { "\\ud800", 6 },
	{ "0", 1 }, { "-1", 2 }, { "1e9", 3 }, { "null", 4 }, { "true", 4 },
	{ "18446744073709551615", 20 }, { "9223372036854775808", 19 },
	{ "99999999999999999999999", 23 }, { "\"dtype\":", 8 },
	{ "\"shape\":[", 9 }, { "\"data_offsets\":[", 16 }, { "\"F4\"", 4 },
	{ "\"__metadata__\":{", 16 }, { "\0", 1 }, { "\xff", 1 }, { " ", 1 },
	{ "\xff\xff\xff\xff\xff\xff\xff\xff", 8 }, { "\0\0\0\0\0\0\0\0", 8 },
};

const struct models models = {
	.format = "safetensors",
	.floats = "F32",
	.good = good,
	.n_good = sizeof(good) / sizeof(good[0]),
	.bad = safetensors_bad,
	.n_bad = SAFETENSORS_BAD,
	.unfit = safetensors_unfit,
	.n_unfit = SAFETENSORS_UNFIT,
	.texts = safetensors_texts,
	.n_texts = SAFETENSORS_TEXTS,
	.tokens = tokens,
	.n_tokens = sizeof(tokens) / sizeof(tokens[0]),
	.build_part = build_part,
	.index = put_index,
};

/* SPDX-License-Identifier: MIT */
/* Files of other formats, and well-formed GGUF files that cannot be loaded,
 * because of their types or because of the parts of a model that they name. */
#include <endian.h>

#include "gguf_models.h"

BEGINNING(magic_ggml, put_text(file, "lmgg"); put_u32(file, 1))
BEGINNING(magic_zip, put_text(file, "PK\3\4\24"))
BEGINNING(magic_gzip, put(file, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10))
BEGINNING(magic_zeros, put_zeros(file, 512))

/* Text that another program has left in place of a model. */
static void lfs_pointer(struct bytes *file)
{
	put_text(file, "version https://git-lfs.github.com/spec/v1\noid "
		 "sha256:b903093cb215236f2eb919777c3077978f1b29789ae10a20b1f18a"
		 "f45b54068e\nsize 926101004\n");
}

static void html_page(struct bytes *file)
{
	put_text(file, "\n<!DOCTYPE HTML>\n<html><body>Sign in</body></html>\n");
}

static void plain_text(struct bytes *file)
{
	put_text(file, "Entry not found\nor moved");
}

/* Two tensors of 2048 elements, in a type for which ggml uses 576 bytes; the
 * room for the first and the second is given. */
static void fork_type(struct bytes *file, uint64_t first, uint64_t second)
{
	gguf_start(file, 2, 0);
	gguf_tensor(file, "a", 2048, 42, 0);
	gguf_tensor(file, "b", 2048, 42, first);
	put_padding(file, 32);
	put_data(file, 0, first + second);
}

static void fork_first(struct bytes *file)
{
	fork_type(file, 800, 576);
}

static void fork_last(struct bytes *file)
{
	fork_type(file, 576, 800);
}

static void fork_by_one_row(struct bytes *file)
{
	fork_type(file, 608, 576);
}

/* Smaller in the fork than in ggml. */
static void fork_smaller(struct bytes *file)
{
	fork_type(file, 544, 576);
}

/* An empty tensor lies where the larger one ends. */
static void fork_before_nothing(struct bytes *file)
{
	gguf_start(file, 2, 0);
	gguf_tensor(file, "a", 2048, 42, 0);
	gguf_tensor(file, "none", 0, 42, 800);
	put_padding(file, 32);
	put_data(file, 0, 800);
}

/* No tensor has a type with blocks. */
static void plain_gap(struct bytes *file)
{
	gguf_start(file, 2, 0);
	gguf_tensor(file, "a", 8, 0, 0);
	gguf_tensor(file, "b", 8, 0, 64);
	put_padding(file, 32);
	put_data(file, 0, 96);
}

static void gap_before(struct bytes *file)
{
	gguf_start(file, 1, 0);
	gguf_tensor(file, "a", 8, 0, 32);
	put_padding(file, 32);
	put_data(file, 0, 64);
}

/* A part of a model, with this split.no and split.count. */
static void split(struct bytes *file, uint32_t type, uint64_t number,
		  uint64_t count)
{
	static const size_t bytes[] = {
		[U8] = 1, [U16] = 2, [I16] = 2, [U32] = 4, [F32] = 4, [U64] = 8,
	};
	const uint64_t numbers[] = { htole64(number), htole64(count) };

	gguf_start(file, 0, 2);
	gguf_pair(file, "split.no", type);
	put(file, &numbers[0], bytes[type]);
	gguf_pair(file, "split.count", type);
	put(file, &numbers[1], bytes[type]);
	put_zeros(file, 64);
}

static void split_beyond(struct bytes *file)
{
	split(file, U64, 3, 3);
}

static void split_negative(struct bytes *file)
{
	split(file, I16, 0, 0x8000);
}

static void split_float(struct bytes *file)
{
	split(file, F32, 0, 1);
}

static void split_twice(struct bytes *file)
{
	gguf_start(file, 0, 2);
	gguf_pair(file, "split.count", U16);
	put_u16(file, 1);
	gguf_pair(file, "split.count", U16);
	put_u16(file, 1);
}

static void split_without_number(struct bytes *file)
{
	gguf_start(file, 0, 1);
	gguf_pair(file, "split.count", U16);
	put_u16(file, 3);
	put_zeros(file, 64);
}

ONE_TENSOR(type_removed, "a", 32, 4, 0)
ONE_TENSOR(type_repacked, "a", 32, 31, 0)
ONE_TENSOR(type_next, "a", 256, 43, 0)
ONE_TENSOR(type_most, "a", 1, UINT32_MAX, 0)
ONE_TENSOR(name_escape, "\x1b[2Jgone", 1, 43, 0)
/* A message has room for only the first of these three bytes. */
ONE_TENSOR(name_long,
	   "0123456789012345678901234567890123456789012345678901234567890123456"
	   "\xe2\x82\xac", 1, 43, 0)

const struct bad gguf_unfit[GGUF_UNFIT] = {
	{ "magic-of-ggml", magic_ggml, "not a GGUF, safetensors or ONNX file: it begins like a GGML" },
	{ "magic-of-zip", magic_zip, "begins like a zip archive" },
	{ "magic-of-gzip", magic_gzip, "begins like a gzip file; unpack it" },
	{ "magic-of-nothing", magic_zeros, "unfinished download: with zeros" },
	{ "lfs-pointer", lfs_pointer, "a Git LFS pointer; fetch the file with" },
	{ "html-page", html_page, "an HTML page; download the file again" },
	{ "plain-text", plain_text, "text: \"Entry not found\"" },
	{ "type-removed", type_removed, "type 4, Q4_2, which ggml has dropped" },
	{ "type-repacked", type_repacked, "type 31, Q4_0_4_4, which ggml has" },
	{ "type-next", type_next, "type 43, which is not known" },
	{ "type-most", type_most, "type 4294967295, which is not known" },
	{ "name-escape", name_escape, "tensor \"\\x1b[2Jgone\" is of type 43" },
	{ "name-long", name_long, "90123456...\" is of type 43" },
	{ "fork-first", fork_first, "takes 576 bytes as type 42, Q2_0, but has "
	  "800 up to tensor \"b\"" },
	{ "fork-last", fork_last, "\"b\" takes 576 bytes as type 42, Q2_0, but "
	  "has 800 up to the end of the file" },
	{ "fork-by-one-row", fork_by_one_row, "takes 576 bytes as type 42, Q2_0, "
	  "but has 608 up to tensor \"b\"" },
	{ "fork-smaller", fork_smaller, "\"b\" shares bytes" },
	{ "fork-before-nothing", fork_before_nothing, "but has 800 up to tensor "
	  "\"none\"" },
	{ "plain-gap", plain_gap, "takes 32 bytes as type 0, F32, but has 64" },
	{ "gap-before", gap_before, "32 bytes lie before the first tensor" },
	{ "split-beyond", split_beyond, "split.no is 3, but counts from 0" },
	{ "split-negative", split_negative, "split.count is negative" },
	{ "split-float", split_float, "split.no is not a whole number but of type 6" },
	{ "split-twice", split_twice, "split.count is there twice" },
	{ "split-without-number", split_without_number, "split.no is missing" },
};

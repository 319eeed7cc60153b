/* SPDX-License-Identifier: MIT */
/* GGUF files as no writer should make them. */
#include "gguf_models.h"

static void tensor_2d(struct bytes *file, const char *name, uint64_t first,
		      uint64_t second, uint32_t type)
{
	gguf_text(file, name);
	put_u32(file, 2);
	put_u64(file, first);
	put_u64(file, second);
	put_u32(file, type);
	put_u64(file, 0);
}

BEGINNING(magic, put_text(file, "GGUG"); put_u32(file, 3))
BEGINNING(version_0, put_text(file, "GGUF"); put_u32(file, 0))
BEGINNING(version_1, put_text(file, "GGUF"); put_u32(file, 1))
BEGINNING(version_4, put_text(file, "GGUF"); put_u32(file, 4))
BEGINNING(big_endian, put_text(file, "GGUF"); put_u32(file, 0x03000000))
BEGINNING(tensors_2_63, gguf_start(file, UINT64_C(1) << 63, 0))
BEGINNING(tensors_most, gguf_start(file, UINT64_MAX, 0))
BEGINNING(tensors_one_too_many, gguf_start(file, 4, 0))
BEGINNING(pairs_2_63, gguf_start(file, 0, UINT64_C(1) << 63))
BEGINNING(pairs_most, gguf_start(file, 0, UINT64_MAX))
BEGINNING(pairs_one_too_many, gguf_start(file, 0, 5))
BEGINNING(key_empty, gguf_start(file, 0, 1); gguf_pair(file, "", U8))
BEGINNING(key_most, gguf_start(file, 0, 1); put_u64(file, UINT64_MAX))
BEGINNING(key_beyond, gguf_start(file, 0, 1); put_u64(file, 65))
BEGINNING(value_type_13, gguf_start(file, 0, 1); gguf_pair(file, "key", 13))
BEGINNING(value_type_most, gguf_start(file, 0, 1);
	  gguf_pair(file, "key", UINT32_MAX))
BEGINNING(value_beyond, gguf_start(file, 0, 1); put_u64(file, 60))
BEGINNING(text_most, gguf_start(file, 0, 1); gguf_pair(file, "key", STRING);
	  put_u64(file, UINT64_MAX))
BEGINNING(text_beyond, gguf_start(file, 0, 1); gguf_pair(file, "key", STRING);
	  put_u64(file, 65))
BEGINNING(array_2_63, gguf_start(file, 0, 1); gguf_pair(file, "key", ARRAY);
	  gguf_array(file, U8, UINT64_C(1) << 63))
BEGINNING(array_wraps, gguf_start(file, 0, 1); gguf_pair(file, "key", ARRAY);
	  gguf_array(file, U64, UINT64_C(1) << 61))
BEGINNING(array_texts, gguf_start(file, 0, 1); gguf_pair(file, "key", ARRAY);
	  gguf_array(file, STRING, 9))
BEGINNING(array_arrays, gguf_start(file, 0, 1); gguf_pair(file, "key", ARRAY);
	  gguf_array(file, ARRAY, UINT64_C(1) << 60))
BEGINNING(array_type, gguf_start(file, 0, 1); gguf_pair(file, "key", ARRAY);
	  gguf_array(file, 77, 1))
BEGINNING(alignment_0, gguf_start(file, 0, 1); gguf_alignment(file, 0))
BEGINNING(alignment_24, gguf_start(file, 0, 1); gguf_alignment(file, 24))
BEGINNING(alignment_most, gguf_start(file, 0, 1); gguf_alignment(file, UINT32_MAX))
BEGINNING(alignment_text, gguf_start(file, 0, 1);
	  gguf_pair(file, "general.alignment", STRING); gguf_text(file, "32"))
BEGINNING(alignment_twice, gguf_start(file, 0, 2); gguf_alignment(file, 32);
	  gguf_alignment(file, 32))
BEGINNING(alignment_2_31, gguf_start(file, 1, 1); gguf_alignment(file, 1u << 31);
	  gguf_tensor(file, "a", 1, 24, 0))

ONE_TENSOR(negative, "a", UINT64_C(1) << 63, 0, 0)
ONE_TENSOR(bytes_overflow, "a", (UINT64_C(1) << 61) + 1, 28, 0)
ONE_TENSOR(no_block, "a", 33, 2, 0)
ONE_TENSOR(no_super_block, "a", 32, 12, 0)
ONE_TENSOR(offset_unaligned, "a", 1, 0, 8)
ONE_TENSOR(offset_beyond, "a", 1, 0, 96)
ONE_TENSOR(offset_wraps, "a", 1, 0, UINT64_MAX - 31)
ONE_TENSOR(offset_2_63, "a", 1, 0, UINT64_C(1) << 63)
ONE_TENSOR(one_byte_beyond, "a", 65, 24, 0)
ONE_TENSOR(huge, "a", UINT64_C(1) << 60, 24, 0)

/* Longer than necessary, so that the nested array is read. */
static void nested(struct bytes *file)
{
	int i;

	gguf_start(file, 0, 1);
	gguf_pair(file, "key", ARRAY);
	for (i = 0; i < 100000; i++)
		gguf_array(file, ARRAY, 1);
	gguf_array(file, U8, 0);
}

/* The texts are there, but reading them would take hours. */
static void endless_texts(struct bytes *file)
{
	gguf_start(file, 0, 1);
	gguf_pair(file, "key", ARRAY);
	gguf_array(file, STRING, UINT64_C(1) << 36);
	file->hole = UINT64_C(1) << 40;
}

static void endless_values(struct bytes *file)
{
	gguf_start(file, 0, 1);
	gguf_pair(file, "key", ARRAY);
	gguf_array(file, U64, UINT64_C(1) << 36);
	file->hole = UINT64_C(1) << 40;
}

static void name_beyond(struct bytes *file)
{
	gguf_start(file, 1, 0);
	put_u64(file, 60);
	put_text(file, "short");
	put_zeros(file, 20);
}

static void rank(struct bytes *file, uint32_t dimensions)
{
	uint32_t i;

	gguf_start(file, 1, 0);
	gguf_text(file, "a");
	put_u32(file, dimensions);
	for (i = 0; i < 5; i++)
		put_u64(file, 1);
	put_zeros(file, 200);
}

static void rank_most(struct bytes *file)
{
	rank(file, UINT32_MAX);
}

static void elements_overflow(struct bytes *file)
{
	gguf_start(file, 1, 0);
	tensor_2d(file, "a", UINT64_C(1) << 32, UINT64_C(1) << 32, 24);
	put_zeros(file, 100);
}

static void elements_wrap_to_4(struct bytes *file)
{
	gguf_start(file, 1, 0);
	tensor_2d(file, "a", (UINT64_C(1) << 62) + 1, 4, 24);
	put_zeros(file, 100);
}

static void two_tensors(struct bytes *file, const char *name, uint64_t elements,
			uint64_t offset)
{
	gguf_start(file, 2, 0);
	gguf_tensor(file, "a", 100, 24, 0);
	gguf_tensor(file, name, elements, 24, offset);
	put_padding(file, 32);
	put_zeros(file, 256);
}

static void same_name(struct bytes *file)
{
	two_tensors(file, "a", 5, 128);
}

static void same_bytes(struct bytes *file)
{
	two_tensors(file, "b", 100, 0);
}

static void overlap(struct bytes *file)
{
	two_tensors(file, "b", 50, 96);
}

static void inside(struct bytes *file)
{
	two_tensors(file, "b", 1, 32);
}

static void nothing_inside(struct bytes *file)
{
	two_tensors(file, "b", 0, 32);
}

static void no_padding(struct bytes *file)
{
	gguf_start(file, 1, 0);
	gguf_tensor(file, "abc", 0, 24, 0);
}

static void one_missing(struct bytes *file)
{
	gguf_start(file, 2, 0);
	gguf_tensor(file, "abc", 1, 24, 0);
	put_zeros(file, 20);
}

static void only_magic(struct bytes *file)
{
	put_text(file, "GGUF");
}

const struct bad gguf_bad[GGUF_BAD] = {
	{ "magic", magic, "begins with the bytes 47 47 55 47" },
	{ "only-magic", only_magic, "where the file ends" },
	{ "version-0", version_0, "version 0; 2 and 3 are known" },
	{ "version-1", version_1, "version 1; 2 and 3 are known" },
	{ "version-4", version_4, "version 4; 2 and 3 are known" },
	{ "big-endian", big_endian, "a big-endian file" },
	{ "tensors-2-63", tensors_2_63, "9223372036854775808 tensors at byte 8" },
	{ "tensors-most", tensors_most, "18446744073709551615 tensors" },
	{ "tensors-one-too-many", tensors_one_too_many, "4 tensors at byte 8" },
	{ "pairs-2-63", pairs_2_63, "9223372036854775808 pairs of metadata" },
	{ "pairs-most", pairs_most, "18446744073709551615 pairs of metadata" },
	{ "pairs-one-too-many", pairs_one_too_many, "5 pairs of metadata" },
	{ "key-empty", key_empty, "a key of 0 bytes at byte 24" },
	{ "key-most", key_most, "18446744073709551615 bytes of a key" },
	{ "key-beyond", key_beyond, "65 bytes of a key at byte 24" },
	{ "value-type-13", value_type_13, "type 13 of metadata at byte 35" },
	{ "value-type-most", value_type_most, "type 4294967295 of metadata" },
	{ "value-beyond", value_beyond, "where the file ends" },
	{ "text-most", text_most, "18446744073709551615 bytes of text" },
	{ "text-beyond", text_beyond, "65 bytes of text at byte 39" },
	{ "array-2-63", array_2_63, "9223372036854775808 values" },
	{ "array-wraps", array_wraps, "2305843009213693952 values" },
	{ "array-of-texts", array_texts, "9 values at byte 43" },
	{ "array-of-arrays", array_arrays, "1152921504606846976 values" },
	{ "array-type", array_type, "type 77 of metadata" },
	{ "nested", nested, "nested more than 4 deep" },
	{ "endless-texts", endless_texts, "68719476736 values at byte" },
	{ "endless-values", endless_values, "68719476736 values" },
	{ "alignment-0", alignment_0, "general.alignment is 0" },
	{ "alignment-24", alignment_24, "general.alignment is 24" },
	{ "alignment-most", alignment_most, "general.alignment is 4294967295" },
	{ "alignment-text", alignment_text, "general.alignment is not a uint32" },
	{ "alignment-twice", alignment_twice, "general.alignment is there twice" },
	{ "alignment-2-31", alignment_2_31, "1 bytes at 2147483648 are not" },
	{ "name-beyond", name_beyond, "60 bytes of a name" },
	{ "rank-most", rank_most, "\"a\": 4294967295 dimensions do not fit" },
	{ "negative", negative, "dimension 0 is negative" },
	{ "elements-overflow", elements_overflow, "larger than 64 bits" },
	{ "elements-wrap", elements_wrap_to_4, "larger than 64 bits" },
	{ "bytes-overflow", bytes_overflow, "larger than 64 bits" },
	{ "no-block", no_block, "33 elements are not whole blocks of Q4_0" },
	{ "no-super-block", no_super_block, "not whole blocks of Q4_K" },
	{ "offset-unaligned", offset_unaligned, "offset 8 is not a multiple" },
	{ "offset-beyond", offset_beyond, "4 bytes at 160 are not in the file" },
	{ "offset-wraps", offset_wraps, "offset is larger than 64 bits" },
	{ "offset-2-63", offset_2_63, "are not in the file" },
	{ "one-byte-beyond", one_byte_beyond, "65 bytes at 64 are not" },
	{ "huge", huge, "1152921504606846976 bytes at 64 are not" },
	{ "same-name", same_name, "two tensors are named \"a\"" },
	{ "same-bytes", same_bytes, "\"b\" shares bytes" },
	{ "overlap", overlap, "\"b\" shares bytes" },
	{ "inside", inside, "\"b\" shares bytes" },
	{ "nothing-inside", nothing_inside, "\"b\" shares bytes" },
	{ "no-padding", no_padding, "0 bytes at 64 are not in the file" },
	{ "one-missing", one_missing, "where the file ends" },
};

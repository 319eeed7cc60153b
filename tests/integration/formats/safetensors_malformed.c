/* SPDX-License-Identifier: MIT */
/* Safetensors files as no writer should make them. */
#include "safetensors_models.h"

#include <string.h>

/* Define a file with a header and this number of bytes of data. */
#define HEADER(function, text, data) \
	static void function(struct bytes *file) \
	{ \
		safetensors_begin(file, text); \
		put_zeros(file, data); \
	}
/* A tensor of eight bytes with these members. */
#define MEMBERS(function, text) HEADER(function, "{\"a\":{" text "}}", 8)
/* The same with this shape. */
#define SHAPE(function, shape) \
	MEMBERS(function, "\"dtype\":\"U8\",\"data_offsets\":[0,8],\"shape\":" \
		shape)
#define OFFSETS(function, offsets) \
	MEMBERS(function, "\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":" \
		offsets)
#define DTYPE(function, dtype) \
	MEMBERS(function, "\"shape\":[8],\"data_offsets\":[0,8],\"dtype\":" \
		dtype)
/* Two tensors of eight bytes: at 0, and at this range. */
#define TWO(function, name, from, to, data) \
	HEADER(function, "{\"a\":{\"dtype\":\"U8\",\"shape\":[8]," \
	       "\"data_offsets\":[0,8]},\"" name "\":{\"dtype\":\"U8\"," \
	       "\"shape\":[8],\"data_offsets\":[" #from "," #to "]}}", data)
#define LENGTH(function, length) \
	static void function(struct bytes *file) \
	{ \
		put_u64(file, length); \
		put_text(file, "{}      "); \
	}

LENGTH(length_0, 0)
LENGTH(length_1, 1)
LENGTH(length_beyond, 9)
LENGTH(length_limit, 100000000)
LENGTH(length_over_limit, 100000001)
LENGTH(length_2_63, UINT64_C(1) << 63)
LENGTH(length_wraps, UINT64_MAX - 7)
LENGTH(length_most, UINT64_MAX)

HEADER(starts_with_bom, "\xef\xbb\xbf{}", 0)
HEADER(a_list, "[]", 0)
HEADER(a_text, "\"a\"", 0)
HEADER(unfinished, "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],", 8)
HEADER(unfinished_text, "{\"a", 8)
HEADER(no_colon, "{\"a\" {}}", 0)
HEADER(no_comma, "{\"__metadata__\":{} \"a\":{}}", 0)
HEADER(comma_at_end, "{\"__metadata__\":{},}", 0)
HEADER(single_quotes, "{'a':{}}", 0)
HEADER(no_quotes, "{a:{}}", 0)
HEADER(comment, "{/* a */}", 0)
HEADER(comment_behind_text, "{\"a\"/* b */:{}}", 0)
HEADER(second_object, "{}{}", 0)
HEADER(data_behind, "{}", 1)
HEADER(tensor_number, "{\"a\":1}", 0)
HEADER(tensor_list, "{\"a\":[]}", 0)
HEADER(tensor_null, "{\"a\":null}", 0)
HEADER(metadata_text, "{\"__metadata__\":\"a\"}", 0)
HEADER(metadata_nul, "{\"__metadata__\":nul{}}", 0)
HEADER(metadata_number, "{\"__metadata__\":{\"a\":1}}", 0)
HEADER(metadata_object, "{\"__metadata__\":{\"a\":{}}}", 0)
HEADER(metadata_twice, "{\"__metadata__\":{},\"__metadata__\":{}}", 0)

MEMBERS(nothing, "")
MEMBERS(no_dtype, "\"shape\":[8],\"data_offsets\":[0,8]")
MEMBERS(no_shape, "\"dtype\":\"U8\",\"data_offsets\":[0,8]")
MEMBERS(no_offsets, "\"dtype\":\"U8\",\"shape\":[8]")
MEMBERS(unknown_unfinished, "\"dtype\":\"U8\",\"strides\":[1")
MEMBERS(unknown_word, "\"strides\":nil")
MEMBERS(unknown_number, "\"strides\":-")
MEMBERS(unknown_nothing, "\"strides\":,\"shape\":[8]")
MEMBERS(unknown_list, "\"strides\":[1,]")
MEMBERS(unknown_object, "\"strides\":{1:2}")
MEMBERS(unknown_comment, "\"strides\":1/**/")
MEMBERS(member_twice, "\"dtype\":\"U8\",\"shape\":[8],\"shape\":[8],"
	"\"data_offsets\":[0,8]")
MEMBERS(member_twice_escaped, "\"dtype\":\"U8\",\"shape\":[8],"
	"\"sh\\u0061pe\":[8],\"data_offsets\":[0,8]")
MEMBERS(member_with_nul, "\"dtype\\u0000\":\"U8\",\"shape\":[8],"
	"\"data_offsets\":[0,8]")

MEMBERS(half_a_byte, "\"dtype\":\"F4\",\"shape\":[15],"
	"\"data_offsets\":[0,7]")

DTYPE(dtype_number, "8")
DTYPE(dtype_unknown, "\"U128\"")
DTYPE(dtype_lower, "\"u8\"")
DTYPE(dtype_with_nul, "\"U8\\u0000\"")
DTYPE(dtype_too_large, "\"F64\"")
DTYPE(dtype_too_small, "\"F4\"")
SHAPE(shape_number, "8")
SHAPE(shape_object, "{\"0\":8}")
SHAPE(shape_text, "\"8\"")
SHAPE(shape_null, "null")
SHAPE(shape_of_texts, "[\"8\"]")
SHAPE(shape_of_nulls, "[8,null]")
SHAPE(shape_of_bools, "[8,true]")
SHAPE(shape_of_lists, "[[8]]")
SHAPE(shape_of_objects, "[{}]")
SHAPE(shape_comma, "[8,]")
SHAPE(shape_comment, "[8/* */]")
SHAPE(shape_quotes, "['8']")
SHAPE(shape_negative, "[-8]")
SHAPE(shape_fraction, "[8.0]")
SHAPE(shape_exponent, "[8e0]")
SHAPE(shape_hex, "[0x8]")
SHAPE(shape_nan, "[NaN]")
SHAPE(shape_infinity, "[Infinity]")
SHAPE(shape_2_64, "[18446744073709551616]")
SHAPE(shape_2_64_and_0, "[0,18446744073709551616]")
SHAPE(shape_wraps_to_8, "[4294967296,4294967296,0]")
SHAPE(shape_overflow, "[4294967296,4294967297]")
SHAPE(shape_overflow_bits, "[2305843009213693953]")
OFFSETS(offsets_none, "[]")
OFFSETS(offsets_one, "[8]")
OFFSETS(offsets_three, "[0,8,8]")
OFFSETS(offsets_reversed, "[8,0]")
OFFSETS(offsets_negative, "[-8,0]")
OFFSETS(offsets_short, "[0,7]")
OFFSETS(offsets_beyond, "[1,9]")
OFFSETS(offsets_not_from_0, "[8,16]")
OFFSETS(offsets_2_63, "[9223372036854775808,9223372036854775816]")
OFFSETS(offsets_wrap, "[18446744073709551606,18446744073709551614]")
OFFSETS(offsets_2_64, "[0,18446744073709551616]")

TWO(same_name, "a", 8, 16, 16)
TWO(same_name_escaped, "\\u0061", 8, 16, 16)
TWO(same_bytes, "b", 0, 8, 8)
TWO(overlap, "b", 7, 15, 15)
TWO(hole, "b", 9, 17, 17)
TWO(second_beyond, "b", 8, 16, 15)
TWO(byte_behind, "b", 8, 16, 17)

HEADER(nothing_inside, "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],"
       "\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[0],"
       "\"data_offsets\":[4,4]}}", 8)

static void no_length(struct bytes *file)
{
	put_text(file, "\x08\0\0\0\0\0\0");
	put_zeros(file, 3);
}

static void nul_in_header(struct bytes *file)
{
	put_u64(file, 8);
	put(file, "{\"a\0\":1}", 8);
}

static void nul_behind(struct bytes *file)
{
	put_u64(file, 8);
	put(file, "{}\0\0\0\0\0\0", 8);
}

/* Write one text, repeat another one, and write a third. */
static void repeat(struct bytes *file, const char *before, const char *text,
		   unsigned times, const char *behind)
{
	struct bytes header = { 0 };

	put_text(&header, before);
	while (times-- > 0)
		put_text(&header, text);
	put(&header, behind, strlen(behind) + 1);
	safetensors_begin(file, (const char *)header.data);
	bytes_free(&header);
}

static void deep_lists(struct bytes *file)
{
	repeat(file, "{\"a\":{\"shape\":", "[", 1000000, "");
}

static void deep_objects(struct bytes *file)
{
	repeat(file, "", "{\"a\":", 1000000, "");
}

static void deep_metadata(struct bytes *file)
{
	repeat(file, "{\"__metadata__\":", "{\"a\":", 1000000, "");
}

static void long_list(struct bytes *file)
{
	repeat(file, "{\"a\":{\"shape\":[0", ",0", 1000000, "]}}");
}

static void long_number(struct bytes *file)
{
	repeat(file, "{\"a\":{\"shape\":[", "1", 1000000, "]}}");
}

static void long_name(struct bytes *file)
{
	repeat(file, "{\"", "n", 1000000, "\":{}}");
}

static void long_metadata(struct bytes *file)
{
	repeat(file, "{\"__metadata__\":{\"a\":\"", "text", 1000000, "");
}

const struct bad safetensors_bad[SAFETENSORS_BAD] = {
	{ "no-length", no_length, "where the file ends" },
	{ "length-0", length_0, "where it has to end" },
	{ "length-1", length_1, "where it has to end" },
	{ "length-beyond", length_beyond, "9 bytes does not fit" },
	{ "length-limit", length_limit, "100000000 bytes does not fit" },
	{ "length-over-limit", length_over_limit, "more than 100000000" },
	{ "length-2-63", length_2_63, "9223372036854775808 bytes is more" },
	{ "length-wraps", length_wraps, "18446744073709551608 bytes is more" },
	{ "length-most", length_most, "18446744073709551615 bytes is more" },
	{ "starts-with-bom", starts_with_bom, "no { at byte 8" },
	{ "a-list", a_list, "no { at byte 8" },
	{ "a-text", a_text, "no { at byte 8" },
	{ "unfinished", unfinished, "where it has to end" },
	{ "unfinished-text", unfinished_text, "where it has to end" },
	{ "no-colon", no_colon, "no : at byte 13" },
	{ "no-comma", no_comma, "no ,} at byte 27" },
	{ "comma-at-end", comma_at_end, "no \" at byte 27" },
	{ "single-quotes", single_quotes, "no \"} at byte 9" },
	{ "no-quotes", no_quotes, "no \"} at byte 9" },
	{ "comment", comment, "no \"} at byte 9" },
	{ "comment-behind-text", comment_behind_text, "no : at byte 12" },
	{ "second-object", second_object, "byte 10, behind the object" },
	{ "data-behind", data_behind, "there are 1 bytes that belong to no tensor" },
	{ "tensor-number", tensor_number, "no { at byte 13" },
	{ "tensor-list", tensor_list, "no { at byte 13" },
	{ "tensor-null", tensor_null, "no { at byte 13" },
	{ "metadata-text", metadata_text, "no { at byte 24" },
	{ "metadata-nul", metadata_nul, "no value at byte 24" },
	{ "metadata-number", metadata_number, "no \" at byte 29" },
	{ "metadata-object", metadata_object, "no \" at byte 29" },
	{ "metadata-twice", metadata_twice, "__metadata__ is there twice" },
	{ "nothing", nothing, "shape or data_offsets is missing" },
	{ "no-dtype", no_dtype, "shape or data_offsets is missing" },
	{ "no-shape", no_shape, "shape or data_offsets is missing" },
	{ "no-offsets", no_offsets, "shape or data_offsets is missing" },
	{ "unknown-unfinished", unknown_unfinished, "no ,] at byte" },
	{ "unknown-word", unknown_word, "no value at byte 24" },
	{ "unknown-number", unknown_number, "no value at byte 24" },
	{ "unknown-nothing", unknown_nothing, "no value at byte 24" },
	{ "unknown-list", unknown_list, "no value at byte 27" },
	{ "unknown-object", unknown_object, "no \"} at byte 25" },
	{ "unknown-comment", unknown_comment, "no ,} at byte 25" },
	{ "member-twice", member_twice, "shape is there twice" },
	{ "member-twice-escaped", member_twice_escaped, "is there twice" },
	{ "member-with-nul", member_with_nul, "dtype, shape or" },
	{ "half-a-byte", half_a_byte, "15 elements of F4 do not fill whole" },
	{ "dtype-number", dtype_number, "no \" at byte" },
	{ "dtype-unknown", dtype_unknown, "its dtype \"U128\" is not known" },
	{ "dtype-lower", dtype_lower, "its dtype \"u8\" is not known" },
	{ "dtype-with-nul", dtype_with_nul, "its dtype \"U8\\x00\" is" },
	{ "dtype-too-large", dtype_too_large, "takes 64 bytes" },
	{ "dtype-too-small", dtype_too_small, "takes 4 bytes" },
	{ "shape-number", shape_number, "no [ at byte" },
	{ "shape-object", shape_object, "no [ at byte" },
	{ "shape-text", shape_text, "no [ at byte" },
	{ "shape-null", shape_null, "no [ at byte" },
	{ "shape-of-texts", shape_of_texts, "not a whole number" },
	{ "shape-of-nulls", shape_of_nulls, "not a whole number" },
	{ "shape-of-bools", shape_of_bools, "not a whole number" },
	{ "shape-of-lists", shape_of_lists, "nesting too deep" },
	{ "shape-of-objects", shape_of_objects, "not a whole number" },
	{ "shape-comma", shape_comma, "the value at byte" },
	{ "shape-comment", shape_comment, "the value at byte" },
	{ "shape-quotes", shape_quotes, "the value at byte" },
	{ "shape-negative", shape_negative, "not a whole number" },
	{ "shape-fraction", shape_fraction, "not a whole number" },
	{ "shape-exponent", shape_exponent, "not a whole number" },
	{ "shape-hex", shape_hex, "the value at byte" },
	{ "shape-nan", shape_nan, "" },
	{ "shape-infinity", shape_infinity, "" },
	{ "shape-2-64", shape_2_64, "number 0 of a list is larger than" },
	{ "shape-2-64-and-0", shape_2_64_and_0, "number 1 of a list is larger" },
	{ "shape-wraps", shape_wraps_to_8, "takes 0 bytes" },
	{ "shape-overflow", shape_overflow, "larger than 64 bits" },
	{ "shape-overflow-bits", shape_overflow_bits, "larger than 64 bits" },
	{ "offsets-none", offsets_none, "no begin and end" },
	{ "offsets-one", offsets_one, "no begin and end" },
	{ "offsets-three", offsets_three, "no begin and end" },
	{ "offsets-reversed", offsets_reversed, "no begin and end" },
	{ "offsets-negative", offsets_negative, "not a whole number" },
	{ "offsets-short", offsets_short, "data_offsets are 7 apart" },
	{ "offsets-beyond", offsets_beyond, "are not in the file" },
	{ "offsets-not-from-0", offsets_not_from_0, "are not in the file" },
	{ "offsets-2-63", offsets_2_63, "are not in the file" },
	{ "offsets-wrap", offsets_wrap, "offset is larger than 64 bits" },
	{ "offsets-2-64", offsets_2_64, "number 1 of a list is larger" },
	{ "same-name", same_name, "two tensors are named \"a\"" },
	{ "same-name-escaped", same_name_escaped, "two tensors are named \"a\"" },
	{ "same-bytes", same_bytes, "shares bytes" },
	{ "overlap", overlap, "\"b\" shares bytes" },
	{ "hole", hole, "a hole before tensor \"b\"" },
	{ "second-beyond", second_beyond, "are not in the file" },
	{ "byte-behind", byte_behind, "behind the last tensor there are 1" },
	{ "nothing-inside", nothing_inside, "\"b\" shares bytes" },
	{ "nul-in-header", nul_in_header, "control character at byte 11" },
	{ "nul-behind", nul_behind, "byte 10, behind the object" },
	{ "deep-lists", deep_lists, "nesting too deep" },
	{ "deep-objects", deep_objects, "nested more than 128 deep" },
	{ "deep-metadata", deep_metadata, "no \" at byte" },
	{ "long-list", long_list, "too long" },
	{ "long-number", long_number, "number 0 of a list is larger than" },
	{ "long-name", long_name, "nnn...\": dtype, shape or" },
	{ "long-metadata", long_metadata, "the header goes on" },
};

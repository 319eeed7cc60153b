/* SPDX-License-Identifier: MIT */
/* Files that ONNX Runtime or a checker refuses for their other files, and files
 * that are no ONNX models. */
#include "onnx_models.h"

#include <string.h>

/* Define a model with a tensor of eight bytes in another file, and these
 * statements about its place. */
#define EXTERNAL(function, ...) \
	static void function(struct bytes *file) \
	{ \
		struct bytes t = { 0 }; \
		\
		onnx_text(&t, NAME, "a"); \
		onnx_value(&t, DATA_TYPE, UINT8); \
		onnx_value(&t, DIMS, 8); \
		onnx_value(&t, DATA_LOCATION, 1); \
		__VA_ARGS__; \
		onnx_initializer(file, &t); \
	}
#define PAIR(key, value) onnx_pair(&t, key, value, sizeof(value) - 1)

EXTERNAL(no_location, PAIR("offset", "0"))
EXTERNAL(location_twice, PAIR("location", "a"); PAIR("location", "a"))
EXTERNAL(offset_twice, PAIR("offset", "1"); PAIR("offset", "1"))
EXTERNAL(data_too, PAIR("location", "a");
	 onnx_text(&t, RAW_DATA, "12345678"))
EXTERNAL(wrong_length, PAIR("location", "a"); PAIR("length", "7"))
EXTERNAL(no_value, onnx_bytes(&t, EXTERNAL_DATA, "\x0a\x08location", 10))
EXTERNAL(no_key, onnx_bytes(&t, EXTERNAL_DATA, "\x12\1a", 3))
EXTERNAL(key_twice, onnx_bytes(&t, EXTERNAL_DATA, "\x0a\1a\x0a\1a", 6))
EXTERNAL(pair_number, onnx_value(&t, EXTERNAL_DATA, 1))
EXTERNAL(key_number, onnx_bytes(&t, EXTERNAL_DATA, "\x08\1", 2))

static void larger_than_protobuf(struct bytes *file)
{
	struct bytes graph = { 0 };

	onnx_model(file, &graph);
	file->hole = (UINT64_C(1) << 31) - file->length;
}

/* An ONNX model begins otherwise: with its version. */
static void zip(struct bytes *file)
{
	put(file, "PK\3\4\24\0\0\0\x08\x08", 10);
	put_zeros(file, 1000);
}

const struct bad onnx_unfit[ONNX_UNFIT] = {
	{ "no-location", no_location, "but its location is missing" },
	{ "location-twice", location_twice, "location is there twice" },
	{ "offset-twice", offset_twice, "offset is there twice" },
	{ "data-too", data_too, "has data here and in another file" },
	{ "wrong-length", wrong_length, "but its external_data have 7" },
	{ "no-value", no_value, "have no key or no value" },
	{ "no-key", no_key, "have no key or no value" },
	{ "key-twice", key_twice, "have a key or a value twice" },
	{ "pair-number", pair_number, "external_data before byte" },
	{ "key-number", key_number, "a key of external_data before byte" },
	{ "larger-than-protobuf", larger_than_protobuf, "2 GiB that protobuf" },
	{ "zip", zip, "begins like a zip archive" },
};

/* SPDX-License-Identifier: MIT */
/* ONNX models as no writer should make them: the encoding, and tensors. */
#include "onnx_models.h"

#include <string.h>

/* Define a model whose only graph is these bytes. */
#define GRAPH(function, content) \
	static void function(struct bytes *file) \
	{ \
		onnx_start(file); \
		onnx_bytes(file, MODEL_GRAPH, content, \
			   sizeof(content) - 1); \
	}
/* Define a model that ends in these bytes, without a graph before them. */
#define MODEL(function, content) \
	static void function(struct bytes *file) \
	{ \
		onnx_start(file); \
		put(file, content, sizeof(content) - 1); \
	}
/* Define a model with an initializer "a" of eight bytes, and these statements
 * about it. */
#define TENSOR(function, ...) \
	static void function(struct bytes *file) \
	{ \
		struct bytes t = { 0 }; \
		\
		onnx_text(&t, NAME, "a"); \
		__VA_ARGS__; \
		onnx_initializer(file, &t); \
	}
#define TYPE(type) onnx_value(&t, DATA_TYPE, type)
#define DIM(dim) onnx_value(&t, DIMS, dim)
#define RAW onnx_bytes(&t, RAW_DATA, "12345678", 8)

MODEL(number_endless, "\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1")
MODEL(number_65_bits, "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\2")
MODEL(number_cut, "\x28\x80")
MODEL(field_0, "\2\0")
MODEL(field_too_large, "\x82\x80\x80\x80\x10\0")
MODEL(key_cut, "\xba")
MODEL(group, "\x3b\x3c")
MODEL(group_end, "\x3c")
MODEL(type_6, "\x3e")
MODEL(type_7, "\x3f")
MODEL(length_beyond, "\x3a\1")
MODEL(length_2_63, "\x3a\x80\x80\x80\x80\x80\x80\x80\x80\x80\1")
MODEL(length_most, "\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")
MODEL(length_cut, "\x3a\x80")
MODEL(fixed_cut, "\x39\1\2\3\4\5\6\7")
MODEL(graph_number, "\x38\1")
MODEL(no_graph, "")
GRAPH(initializer_number, "\x28\1")
GRAPH(initializer_beyond, "\x2a\x03\x08\1")
GRAPH(initializer_fixed, "\x2d\1\2\3\4")
GRAPH(sparse_number, "\x78\1")
GRAPH(sparse_no_values, "\x7a\2\x18\3")
GRAPH(sparse_twice, "\x7a\x08\x0a\2\x10\1\x0a\2\x10\1")
GRAPH(name_number, "\x2a\2\x40\1")
GRAPH(no_type, "\x2a\3" "B\1a")

TENSOR(type_unknown, TYPE(27); DIM(8); RAW)
TENSOR(type_negative, TYPE(UINT64_MAX); DIM(8); RAW)
TENSOR(type_bytes, onnx_text(&t, DATA_TYPE, "\2"); DIM(8); RAW)
TENSOR(type_twice, TYPE(UINT8); TYPE(UINT8); DIM(8); RAW)
TENSOR(name_twice, onnx_text(&t, NAME, "b"); TYPE(UINT8); DIM(8); RAW)
TENSOR(raw_twice, TYPE(UINT8); DIM(8); RAW; RAW)
TENSOR(raw_number, TYPE(UINT8); DIM(1); onnx_value(&t, RAW_DATA, 1))
TENSOR(raw_short, TYPE(UINT8); DIM(9); RAW)
TENSOR(raw_long, TYPE(UINT8); DIM(7); RAW)
TENSOR(raw_of_texts, TYPE(STRING); DIM(8); RAW)
TENSOR(no_data, TYPE(UINT8); DIM(8))
TENSOR(two_fields, TYPE(FLOAT); DIM(2); RAW;
       onnx_bytes(&t, FLOAT_DATA, "12345678", 8))
TENSOR(wrong_field, TYPE(DOUBLE); DIM(1);
       onnx_bytes(&t, FLOAT_DATA, "12345678", 8))
TENSOR(floats_number, TYPE(FLOAT); DIM(1); onnx_value(&t, FLOAT_DATA, 1))
TENSOR(dim_negative, TYPE(UINT8); DIM(UINT64_MAX); RAW)
TENSOR(dim_overflow, TYPE(UINT8); DIM(UINT64_C(1) << 33);
       DIM(UINT64_C(1) << 33); RAW)
TENSOR(dim_fixed, TYPE(UINT8); onnx_number(&t, DIMS << 3 | 5);
       put_u32(&t, 8); RAW)
TENSOR(dims_cut, TYPE(UINT8); onnx_bytes(&t, DIMS, "\x88", 1); RAW)
TENSOR(segment, TYPE(UINT8); DIM(8); RAW; onnx_text(&t, SEGMENT, ""))
TENSOR(location_2, TYPE(UINT8); DIM(8); RAW; onnx_value(&t, DATA_LOCATION, 2))

static void same_name(struct bytes *file)
{
	struct bytes graph = { 0 }, t = { 0 };
	int i;

	for (i = 0; i < 2; i++) {
		onnx_text(&t, NAME, "a");
		TYPE(UINT8);
		DIM(8);
		RAW;
		onnx_message(&graph, GRAPH_INITIALIZER, &t);
	}
	onnx_model(file, &graph);
}

const struct bad onnx_bad[ONNX_BAD] = {
	{ "number-endless", number_endless, "has more than 64 bits" },
	{ "number-65-bits", number_65_bits, "has more than 64 bits" },
	{ "number-cut", number_cut, "where the file ends" },
	{ "field-0", field_0, "no field begins at byte" },
	{ "field-too-large", field_too_large, "no field begins at byte" },
	{ "key-cut", key_cut, "where the file ends" },
	{ "group", group, "is of type 3, which is not known" },
	{ "group-end", group_end, "is of type 4, which is not known" },
	{ "type-6", type_6, "is of type 6, which is not known" },
	{ "type-7", type_7, "is of type 7, which is not known" },
	{ "length-beyond", length_beyond, "has 1 bytes, but 0 are left" },
	{ "length-2-63", length_2_63, "has 9223372036854775808 bytes, but 0" },
	{ "length-most", length_most, "has 18446744073709551615 bytes, but 0" },
	{ "length-cut", length_cut, "where the file ends" },
	{ "fixed-cut", fixed_cut, "has 8 bytes, but 7 are left" },
	{ "graph-number", graph_number, "the graph before byte" },
	{ "no-graph", no_graph, "begins like an ONNX model, but has no graph" },
	{ "initializer-number", initializer_number, "an initializer before" },
	{ "initializer-beyond", initializer_beyond, "has 3 bytes, but 2 are" },
	{ "initializer-fixed", initializer_fixed, "of type 5 instead of 2" },
	{ "sparse-number", sparse_number, "a sparse initializer before byte" },
	{ "sparse-no-values", sparse_no_values, "has no values" },
	{ "sparse-twice", sparse_twice, "has values twice" },
	{ "no-type", no_type, "\"a\" is of type 0, which is not known" },
	{ "type-unknown", type_unknown, "is of type 27, which is not known" },
	{ "type-negative", type_negative, "is of type 18446744073709551615" },
	{ "type-bytes", type_bytes, "data_type before byte" },
	{ "type-twice", type_twice, "field 2 of a tensor is there twice" },
	{ "name-twice", name_twice, "field 8 of a tensor is there twice" },
	{ "name-number", name_number, "a name before byte" },
	{ "raw-twice", raw_twice, "field 9 of a tensor is there twice" },
	{ "raw-number", raw_number, "data before byte" },
	{ "raw-short", raw_short, "\"a\" takes 9 bytes, but has 8" },
	{ "raw-long", raw_long, "\"a\" takes 7 bytes, but has 8" },
	{ "raw-of-texts", raw_of_texts, "in a field that is not for STRING" },
	{ "no-data", no_data, "tensor \"a\" has no data" },
	{ "two-fields", two_fields, "has data in several fields" },
	{ "wrong-field", wrong_field, "in a field that is not for DOUBLE" },
	{ "floats-number", floats_number, "data before byte" },
	{ "dim-negative", dim_negative, "dimension 0 before byte" },
	{ "dim-overflow", dim_overflow, "larger than 64 bits can hold" },
	{ "dim-fixed", dim_fixed, "dims before byte" },
	{ "dims-cut", dims_cut, "where it has to end" },
	{ "segment", segment, "a segment of a tensor before byte" },
	{ "location-2", location_2, "is neither 0 nor 1" },
	{ "same-name", same_name, "two tensors are named \"a\"" },
};

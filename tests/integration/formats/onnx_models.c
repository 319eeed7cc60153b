/* SPDX-License-Identifier: MIT */
/* ONNX models as the common writers make them. */
#include "onnx_models.h"

#include <stdlib.h>
#include <string.h>

/* The numbers of the types, as onnx.proto has them. */
static const char *const types[] = {
	"", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64",
	"STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64",
	"COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ",
	"FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1",
	"FLOAT8E8M0", "UINT2", "INT2",
};

static unsigned type_number(const char *name)
{
	unsigned number = 1;

	while (strcmp(types[number], name) != 0)
		number++;
	return number;
}

/* Put the dimensions of "[3,2]", each in a field, or packed. */
static void put_shape(struct bytes *tensor, const char *shape, int packed)
{
	struct bytes dims = { 0 };
	char *end;
	uint64_t dim;

	for (shape++; *shape && *shape != ']'; shape = end + (*end == ',')) {
		dim = strtoull(shape, &end, 10);
		if (packed)
			onnx_number(&dims, dim);
		else
			onnx_value(tensor, DIMS, dim);
	}
	if (packed)
		onnx_message(tensor, DIMS, &dims);
}

/* An initializer. Set at, which begins as the place of the graph's end. */
static void put_tensor(struct bytes *graph, struct known *tensor,
		       unsigned number, unsigned field, int packed)
{
	struct bytes bytes = { 0 }, data = { 0 };

	put_shape(&bytes, tensor->shape, packed);
	onnx_value(&bytes, DATA_TYPE, type_number(tensor->type));
	onnx_text(&bytes, NAME, tensor->name);
	put_data(&data, number, tensor->bytes);
	if (data.length > 0)
		onnx_message(&bytes, field, &data);
	tensor->at = bytes.length - tensor->bytes;
	/* Behind the data. */
	onnx_text(&bytes, 12, "a text");
	onnx_number(graph, GRAPH_INITIALIZER << 3 | 2);
	onnx_number(graph, bytes.length);
	tensor->at = tensor->bytes > 0 ? tensor->at + graph->length : 0;
	put(graph, bytes.data, bytes.length);
	bytes_free(&bytes);
}

/* The end of a model with this graph; the tensors get their places. */
static void finish(struct bytes *file, struct bytes *graph,
		   struct known *tensors, size_t count)
{
	size_t i;

	onnx_number(file, MODEL_GRAPH << 3 | 2);
	onnx_number(file, graph->length);
	for (i = 0; i < count; i++)
		if (tensors[i].bytes > 0)
			tensors[i].at += file->length;
	put(file, graph->data, graph->length);
	bytes_free(graph);
}

static void build(struct bytes *file, struct known *tensors, size_t count,
		  int packed)
{
	struct bytes graph = { 0 }, node = { 0 };
	unsigned i;

	onnx_text(&node, 1, "x");
	onnx_text(&node, 4, "Relu");
	onnx_message(&graph, GRAPH_NODE, &node);
	onnx_text(&graph, 2, "main_graph");
	onnx_text(&graph, 10, "A text about this graph, which nobody reads but "
		  "people: so it may be long, or short, or have \nlines.");
	for (i = 0; i < count; i++)
		put_tensor(&graph, &tensors[i], i, RAW_DATA, packed);
	onnx_start(file);
	finish(file, &graph, tensors, count);
}

static void build_model(struct bytes *file, struct known *tensors, size_t count)
{
	build(file, tensors, count, 0);
}

static void build_packed(struct bytes *file, struct known *tensors,
			 size_t count)
{
	build(file, tensors, count, 1);
}

/* Floats that are packed into their own fields lie there as in memory. */
static void build_typed(struct bytes *file, struct known *tensors, size_t count)
{
	static const unsigned fields[] = {
		FLOAT_DATA, DOUBLE_DATA, FLOAT_DATA, DOUBLE_DATA,
	};
	struct bytes graph = { 0 };
	unsigned i;

	for (i = 0; i < count; i++)
		put_tensor(&graph, &tensors[i], i, fields[i], 0);
	onnx_start(file);
	finish(file, &graph, tensors, count);
}

/* Fields of all types that are not known, in each message. */
static void build_unknown(struct bytes *file, struct known *tensors,
			  size_t count)
{
	struct bytes graph = { 0 };

	(void)count;
	onnx_value(&graph, 100, UINT64_MAX);
	onnx_bytes(&graph, 1000, "\xff\xff", 2);
	onnx_number(&graph, 101 << 3 | 1);
	put_u64(&graph, 0);
	onnx_number(&graph, 102 << 3 | 5);
	put_u32(&graph, 0);
	put_tensor(&graph, &tensors[0], 0, RAW_DATA, 0);
	onnx_bytes(&graph, 100, "", 0);
	onnx_start(file);
	onnx_value(file, 536870911, 1);
	finish(file, &graph, tensors, 1);
}

/* The second graph continues the first one. */
static void build_two_graphs(struct bytes *file, struct known *tensors,
			     size_t count)
{
	struct bytes graph = { 0 };

	(void)count;
	onnx_start(file);
	put_tensor(&graph, &tensors[0], 0, RAW_DATA, 0);
	finish(file, &graph, tensors, 1);
	put_tensor(&graph, &tensors[1], 1, RAW_DATA, 0);
	finish(file, &graph, tensors + 1, 1);
}

static struct known model[] = {
	{ "embed.weight", "FLOAT16", "[40,64]", 5120, 0 },
	{ "layers.0.q.weight", "FLOAT8E4M3FN", "[3,9]", 27, 0 },
	{ "layers.0.norm", "FLOAT", "[7]", 28, 0 },
	{ "layers.0.packed", "INT4", "[3,3]", 5, 0 },
	{ "layers.1.six", "UINT2", "[3,3]", 3, 0 },
	{ "layers.1.none", "INT64", "[2,0,3]", 0, 0 },
	{ "layers.1.scalar", "DOUBLE", "[]", 8, 0 },
	{ "output.weight", "BFLOAT16", "[1030,1200]", 2472000, 0 },
	{ "odd [a-c]* n\xc3\xa4me", "BOOL", "[5]", 5, 0 },
};
static struct known small[] = {
	{ "a", "FLOAT", "[3]", 12, 0 },
	{ "b.weight", "BFLOAT16", "[2,2]", 8, 0 },
	{ "c", "UINT8", "[1,2,3,4]", 24, 0 },
};
static struct known packed[] = {
	{ "a", "FLOAT", "[3,1]", 12, 0 },
	{ "b", "UINT8", "[128,300]", 38400, 0 },
	{ "none", "UINT8", "[300,0]", 0, 0 },
	{ "scalar", "UINT8", "[]", 1, 0 },
};
static struct known typed[] = {
	{ "f", "FLOAT", "[3,2]", 24, 0 },
	{ "d", "DOUBLE", "[2]", 16, 0 },
	{ "c", "COMPLEX64", "[2]", 16, 0 },
	{ "cd", "COMPLEX128", "[1]", 16, 0 },
};
static struct known unknown[] = { { "a", "FLOAT16", "[3,2]", 12, 0 } };

/* Each type with nine elements. */
static struct known all_types[] = {
	{ "9 FLOAT", "FLOAT", "[3,3]", 36, 0 },
	{ "9 UINT8", "UINT8", "[3,3]", 9, 0 },
	{ "9 INT8", "INT8", "[3,3]", 9, 0 },
	{ "9 UINT16", "UINT16", "[3,3]", 18, 0 },
	{ "9 INT16", "INT16", "[3,3]", 18, 0 },
	{ "9 INT32", "INT32", "[3,3]", 36, 0 },
	{ "9 INT64", "INT64", "[3,3]", 72, 0 },
	{ "9 BOOL", "BOOL", "[3,3]", 9, 0 },
	{ "9 FLOAT16", "FLOAT16", "[3,3]", 18, 0 },
	{ "9 DOUBLE", "DOUBLE", "[3,3]", 72, 0 },
	{ "9 UINT32", "UINT32", "[3,3]", 36, 0 },
	{ "9 UINT64", "UINT64", "[3,3]", 72, 0 },
	{ "9 COMPLEX64", "COMPLEX64", "[3,3]", 72, 0 },
	{ "9 COMPLEX128", "COMPLEX128", "[3,3]", 144, 0 },
	{ "9 BFLOAT16", "BFLOAT16", "[3,3]", 18, 0 },
	{ "9 FLOAT8E4M3FN", "FLOAT8E4M3FN", "[3,3]", 9, 0 },
	{ "9 FLOAT8E4M3FNUZ", "FLOAT8E4M3FNUZ", "[3,3]", 9, 0 },
	{ "9 FLOAT8E5M2", "FLOAT8E5M2", "[3,3]", 9, 0 },
	{ "9 FLOAT8E5M2FNUZ", "FLOAT8E5M2FNUZ", "[3,3]", 9, 0 },
	{ "9 UINT4", "UINT4", "[3,3]", 5, 0 },
	{ "9 INT4", "INT4", "[3,3]", 5, 0 },
	{ "9 FLOAT4E2M1", "FLOAT4E2M1", "[3,3]", 5, 0 },
	{ "9 FLOAT8E8M0", "FLOAT8E8M0", "[3,3]", 9, 0 },
	{ "9 UINT2", "UINT2", "[3,3]", 3, 0 },
	{ "9 INT2", "INT2", "[3,3]", 3, 0 },
};

static const struct good good[] = {
	{ "model", build_model, model, sizeof(model) / sizeof(model[0]) },
	{ "small", build_model, small, sizeof(small) / sizeof(small[0]) },
	{ "packed-dims", build_packed, packed, 4 },
	{ "typed", build_typed, typed, 4 },
	{ "unknown-fields", build_unknown, unknown, 1 },
	{ "two-graphs", build_two_graphs, small, 2 },
	{ "types", build_model, all_types,
	  sizeof(all_types) / sizeof(all_types[0]) },
	{ "no-tensors", build_model, NULL, 0 },
};

static const struct token tokens[] = {
	{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 10 },
	{ "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9 }, { "\x80", 1 },
	{ "\xff\xff\xff\xff\x0f", 5 }, { "\x3a", 1 }, { "\x2a", 1 },
	{ "\x7a", 1 }, { "\x08\0", 2 }, { "\x10\1", 2 }, { "\x10\x08", 2 },
	{ "\x70\1", 2 }, { "\x6a\x12\x0a\x08location\x12\6w.data", 20 },
	{ "\x6a\x0d\x0a\6offset\x12\3" "128", 15 }, { "\x38\1", 2 },
	{ "\x4a\4data", 6 }, { "\x22\4data", 6 }, { "\x0b", 1 }, { "\x0c", 1 },
};

const struct models models = {
	.format = "onnx",
	.floats = "FLOAT",
	.good = good,
	.n_good = sizeof(good) / sizeof(good[0]),
	.bad = onnx_bad,
	.n_bad = ONNX_BAD,
	.unfit = onnx_unfit,
	.n_unfit = ONNX_UNFIT,
	.tokens = tokens,
	.n_tokens = sizeof(tokens) / sizeof(tokens[0]),
};

/* SPDX-License-Identifier: MIT */
/* The parts of ONNX models, which are messages of protobuf. */
#ifndef ONNX_MODELS_H
#define ONNX_MODELS_H

#include "models.h"

void onnx_number(struct bytes *file, uint64_t number);
/* A field with a number, and one with bytes. */
void onnx_value(struct bytes *file, unsigned field, uint64_t value);
void onnx_bytes(struct bytes *file, unsigned field, const void *data,
		size_t length);
void onnx_text(struct bytes *file, unsigned field, const char *text);
/* A field with a message, which is freed. */
void onnx_message(struct bytes *file, unsigned field, struct bytes *message);
/* An entry of external_data. */
void onnx_pair(struct bytes *tensor, const char *key, const void *value,
	       size_t length);
/* Append the fields before the graph. */
void onnx_start(struct bytes *file);
/* A model with this graph, which is freed. */
void onnx_model(struct bytes *file, struct bytes *graph);
/* A model with one initializer, which is freed. */
void onnx_initializer(struct bytes *file, struct bytes *tensor);

enum { MODEL_GRAPH = 7 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_SPARSE = 15 };
enum {
	DIMS = 1, DATA_TYPE = 2, SEGMENT = 3, FLOAT_DATA = 4, INT32_DATA = 5,
	STRING_DATA = 6, INT64_DATA = 7, NAME = 8, RAW_DATA = 9,
	DOUBLE_DATA = 10, UINT64_DATA = 11, EXTERNAL_DATA = 13,
	DATA_LOCATION = 14,
};
enum { FLOAT = 1, UINT8 = 2, INT64 = 7, STRING = 8, DOUBLE = 11 };

enum { ONNX_BAD = 46, ONNX_UNFIT = 12 };
extern const struct bad onnx_bad[ONNX_BAD];
extern const struct bad onnx_unfit[ONNX_UNFIT];

#endif

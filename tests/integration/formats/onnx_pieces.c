/* SPDX-License-Identifier: MIT */
#include "onnx_models.h"

#include <string.h>

void onnx_number(struct bytes *file, uint64_t number)
{
	unsigned char byte;

	for (; number >= 0x80; number >>= 7) {
		byte = (unsigned char)(number | 0x80);
		put(file, &byte, 1);
	}
	byte = (unsigned char)number;
	put(file, &byte, 1);
}

void onnx_value(struct bytes *file, unsigned field, uint64_t value)
{
	onnx_number(file, field << 3);
	onnx_number(file, value);
}

void onnx_bytes(struct bytes *file, unsigned field, const void *data,
		size_t length)
{
	onnx_number(file, field << 3 | 2);
	onnx_number(file, length);
	put(file, data, length);
}

void onnx_text(struct bytes *file, unsigned field, const char *text)
{
	onnx_bytes(file, field, text, strlen(text));
}

void onnx_message(struct bytes *file, unsigned field, struct bytes *message)
{
	onnx_bytes(file, field, message->data, message->length);
	bytes_free(message);
}

void onnx_pair(struct bytes *tensor, const char *key, const void *value,
	       size_t length)
{
	struct bytes pair = { 0 };

	onnx_text(&pair, 1, key);
	onnx_bytes(&pair, 2, value, length);
	onnx_message(tensor, EXTERNAL_DATA, &pair);
}

void onnx_start(struct bytes *file)
{
	onnx_value(file, 1, 8);
	onnx_text(file, 2, "pytorch");
	onnx_text(file, 3, "2.4.0");
	/* The operator set 17, of the domain "". */
	onnx_bytes(file, 8, "\x0a\0\x10\x11", 4);
}

void onnx_model(struct bytes *file, struct bytes *graph)
{
	onnx_start(file);
	onnx_message(file, MODEL_GRAPH, graph);
}

void onnx_initializer(struct bytes *file, struct bytes *tensor)
{
	struct bytes graph = { 0 };

	onnx_message(&graph, GRAPH_INITIALIZER, tensor);
	onnx_model(file, &graph);
}

/* SPDX-License-Identifier: MIT */
/*
 * The messages of an ONNX model that describe tensors. onnx.c finds them,
 * onnx_tensor.c reads one, and onnx_external.c where its bytes lie in another
 * file.
 */
#ifndef ONNX_H
#define ONNX_H

#include "tensors.h"
#include "wire.h"

/* The place of a tensor in another file, as its external_data have it. */
struct onnx_external {
	/* The file, relative to the folder of the model. Allocated. */
	char *location;
	uint64_t offset, length;
	bool has_offset, has_length;
};

/* A tensor, as far as it is read. */
struct onnx_tensor {
	struct header *header;
	char *name;
	size_t name_length;
	/* The fields that have been read and must not come again, by their
	 * numbers. */
	unsigned seen;
	uint64_t *dims;
	size_t rank, room;
	uint64_t type;
	bool is_external;
	struct onnx_external external;
	/* The fields with elements, by their numbers, and where the last one
	 * lies. */
	unsigned fields;
	size_t pieces;
	uint64_t at, length;
};

/* The functions that return int return 0, or -1 with the reason in
 * header->error. */

void onnx_tensor_free(struct onnx_tensor *raw);
/* Read a TensorProto. Free it even after a failure. */
int onnx_tensor_read(struct onnx_tensor *raw, struct header *header,
		     const struct field *field, const char *name);
/* Append a dimension, or those that are packed into a field. */
int onnx_dims_read(struct onnx_tensor *raw, const struct field *field);
/* Append it to the tensors. */
int onnx_tensor_add(struct onnx_tensor *raw, struct tensors *tensors);
/* The same, but omitted. */
int onnx_tensor_omit(struct onnx_tensor *raw, struct tensors *tensors);

/* Read one of the external_data of a tensor. */
int onnx_external_read(struct onnx_external *external, struct header *header,
		       const struct field *field);
/* Give the location of a tensor to it, and its offset. */
int onnx_external_place(struct onnx_external *external, struct header *header,
			struct tensor *tensor);
/* Number the files that tensors have as their location. */
int onnx_external_number(struct tensors *tensors, struct header *header);

#endif

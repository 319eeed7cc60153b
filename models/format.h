/* SPDX-License-Identifier: MIT */
/*
 * Receives: the header of a file.
 * Hands on: the tensors that it describes, and the other files of its model.
 * Always:   each format has all functions.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "parts.h"

struct format {
	const char *name;
	/* Find the files of a model from the header of one of them, or from its
	 * index. Free the parts even after a failure. */
	int (*find_parts)(struct parts *parts, struct header *header,
			  const char *path);
	/* Append the tensors of a file. On success, all tensors lie inside the
	 * file without overlap, each fills its place, and their names differ.
	 * Tensors with a location lie in other files, which are not looked at.
	 * Free the list even after a failure. */
	int (*read_tensors)(struct tensors *tensors, struct header *header);
};

extern const struct format gguf_format, safetensors_format, onnx_format;

/* Return the format that a file begins like; NULL, with the reason in
 * header->error, if it cannot be read. */
const struct format *format_of(struct header *header);

#endif

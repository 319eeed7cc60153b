/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <string.h>

/* A file that is of no format is left to the reader of safetensors, which has
 * no magic number. It recognizes what such files usually are. */
const struct format *format_of(struct header *header)
{
	const unsigned char *bytes;
	size_t length;

	if (header_peek(header, &bytes, &length) < 0)
		return NULL;
	if (length >= 4 && memcmp(bytes, "GGUF", 4) == 0)
		return &gguf_format;
	if (onnx_begins(bytes, length))
		return &onnx_format;
	return &safetensors_format;
}

/* SPDX-License-Identifier: MIT */
/*
 * A tensor that is converted while it is loaded. Receives a tensor of a model;
 * hands on its new form in a buffer. Always: the buffer never has the old form,
 * and no byte is written twice.
 */
#ifndef CONVERT_H
#define CONVERT_H

#include <dmaload.h>

#include <dmaload-models.h>
#include <stdbool.h>

struct conversion {
	const struct dmaload_tensor *tensor;
	/* Its new type, and its size in the buffer. */
	const char *type;
	uint64_t bytes;
	/* As in struct dmaload_transform. */
	uint32_t unit;
	dmaload_transform_fn function;
	/* Blocks of a row of Q4_0. */
	uint64_t row_blocks;
	/* Where the tensor begins; set by convert_load(). */
	unsigned char *to;
};

/* Choose the new form of a tensor, for a context with chunks of this size.
 * Return false if there is none. */
bool convert_plan(struct conversion *conversion, const struct dmaload_tensor *tensor,
		  uint32_t chunk_bytes);
/* Load the tensor to its new form in the buffer, from an offset on. options and
 * report may be NULL. Return what dmaload_load() returns. */
int convert_load(struct conversion *conversion, struct dmaload_ctx *ctx,
		 struct dmaload_file *file, struct dmaload_buffer *buffer,
		 uint64_t offset, const struct dmaload_options *options,
		 struct dmaload_report *report, struct dmaload_error *err);

#endif

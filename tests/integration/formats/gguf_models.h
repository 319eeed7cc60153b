/* SPDX-License-Identifier: MIT */
/* The parts of GGUF files. */
#ifndef GGUF_MODELS_H
#define GGUF_MODELS_H

#include "models.h"

/* The types of metadata. */
enum { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 };

void gguf_start(struct bytes *file, uint64_t tensors, uint64_t pairs);
void gguf_text(struct bytes *file, const char *text);
/* Append the key of a value, which comes next; or the head of an array. */
void gguf_pair(struct bytes *file, const char *key, uint32_t type);
void gguf_array(struct bytes *file, uint32_t type, uint64_t count);
void gguf_alignment(struct bytes *file, uint32_t value);
/* Append GGUF_METADATA pairs: each type of metadata, and arrays of arrays, but
 * not general.alignment. */
enum { GGUF_METADATA = 15 };
void gguf_metadata(struct bytes *file);
uint32_t gguf_type_number(const char *name);
/* A shape is written "[2,3]". */
void gguf_shape(struct bytes *file, const char *shape);
/* Append a tensor of one dimension. */
void gguf_tensor(struct bytes *file, const char *name, uint64_t elements,
		 uint32_t type, uint64_t offset);
/* Place the tensors one after the other at multiples of align, with the data of
 * the model's tensors from first on. */
void gguf_finish(struct bytes *file, struct known *tensors, size_t count,
		 size_t align, size_t first);

/* Define a file with this tensor only. */
#define ONE_TENSOR(function, name, elements, type, offset) \
	static void function(struct bytes *file) \
	{ \
		gguf_start(file, 1, 0); \
		gguf_tensor(file, name, elements, type, offset); \
		put_padding(file, 32); \
		put_zeros(file, 64); \
	}

/* Define a file that begins with these bytes and continues with zeros. */
#define BEGINNING(function, ...) \
	static void function(struct bytes *file) \
	{ \
		__VA_ARGS__; \
		put_zeros(file, 64); \
	}

enum { GGUF_BAD = 55, GGUF_UNFIT = 25 };
extern const struct bad gguf_bad[GGUF_BAD];
extern const struct bad gguf_unfit[GGUF_UNFIT];

#endif

/* SPDX-License-Identifier: MIT */
/* What GGUF files are made of. */
#ifndef GGUF_MODELS_H
#define GGUF_MODELS_H

#include "models.h"

/* The types of metadata. */
enum { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 };

void gguf_start(struct bytes *file, uint64_t tensors, uint64_t pairs);
void gguf_text(struct bytes *file, const char *text);
/* A key of metadata, whose value comes next; or an array, likewise. */
void gguf_pair(struct bytes *file, const char *key, uint32_t type);
void gguf_array(struct bytes *file, uint32_t type, uint64_t count);
void gguf_alignment(struct bytes *file, uint32_t value);
/* A tensor of one dimension. */
void gguf_tensor(struct bytes *file, const char *name, uint64_t elements,
		 uint32_t type, uint64_t offset);

enum { GGUF_BAD = 76 };
extern const struct bad gguf_bad[GGUF_BAD];

#endif

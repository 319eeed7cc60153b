/* SPDX-License-Identifier: MIT */
/* The files of a safetensors model, which safetensors_index.c finds. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include "parts.h"

/* As format::find_parts. */
int safetensors_find_parts(struct parts *parts, struct header *header,
			   const char *path);

#endif

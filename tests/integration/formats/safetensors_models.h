/* SPDX-License-Identifier: MIT */
/* The parts of safetensors files. */
#ifndef SAFETENSORS_MODELS_H
#define SAFETENSORS_MODELS_H

#include "models.h"

/* Write the header with its length, padded with spaces. The data follows. */
void safetensors_begin(struct bytes *file, const char *header);

enum {
	SAFETENSORS_BAD = 103, SAFETENSORS_UNFIT = 16, SAFETENSORS_TEXTS = 70,
};
extern const struct bad safetensors_bad[SAFETENSORS_BAD];
extern const struct bad safetensors_unfit[SAFETENSORS_UNFIT];
extern const struct bad safetensors_texts[SAFETENSORS_TEXTS];

#endif

/* SPDX-License-Identifier: MIT */
/* A transform that checks its pieces and keeps their bytes. */
#ifndef TAKER_H
#define TAKER_H

#include "scene.h"

#define TAKER_MAX (128u << 10)

/* The bytes that a transform has got, by range. */
struct taker {
	struct scene *scene;
	const struct dmaload_range *ranges;
	uint32_t unit, flags;
	/* Calls take() for its taker; NULL: take() itself. */
	dmaload_transform_fn function;
	unsigned char got[SCENE_MAX][TAKER_MAX];
	/* For ranges whose length is not known before. */
	uint64_t ends[SCENE_MAX];
	uint64_t pieces;
	/* Stop at this piece; 0: never. */
	uint64_t stop_at;
	/* Write the bytes to the range's buffer, each twice. */
	bool doubles;
	int loaded, waited;
	struct dmaload_job *job;
};

/* For dmaload_transform::function. */
int take(const struct dmaload_piece *piece, void *data);

/* Load the taker's ranges by a transform, and return the result. */
int taker_load(struct taker *taker, struct scene *scene, size_t count);
/* The same, which must succeed, and bring all bytes once. */
void taker_expect(struct taker *taker, struct scene *scene, size_t count);

#endif

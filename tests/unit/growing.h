/* SPDX-License-Identifier: MIT */
/* Loads of a socket into a buffer that grows with the bytes that come. */
#ifndef GROWING_H
#define GROWING_H

#include "scene.h"

struct growing {
	struct scene scene;
	/* The results of the load. */
	struct dmaload_buffer *buffer;
	uint64_t length;
};

/* The buffer and the length before a load, and after one that failed. */
#define GROWING_NO_BUFFER ((void *)&fake)
#define GROWING_NO_LENGTH 77

/* Make a context with chunks of a page, and a socket of so many bytes. */
void growing_make(struct growing *growing, uint64_t size);
void growing_drop(struct growing *growing);
/* Return the result of a load. */
int growing_load(struct growing *growing, const char *source, uint64_t hint,
		 uint64_t limit);
/* Check that the buffer has these bytes of the stream, and zeroes behind them. */
void growing_check(const struct growing *growing, uint64_t from,
		   uint64_t expected);
/* Check that a load failed in this way, and left nothing. */
void growing_refuse(const struct growing *growing, int r, int code,
		    const char *message);

#endif

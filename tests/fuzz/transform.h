/* SPDX-License-Identifier: MIT */
/*
 * Transforms of demands. transform.c draws and judges them; taken.c has their function,
 * and checks by what it got that each byte comes once.
 */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "work.h"

/* Give a demand a transform, perhaps. All else of the demand is drawn. */
void transform_draw(struct demand *demand);

/* Return whether a transform writes the results, in place of the library. */
bool transform_redirects(const struct demand *demand);

/* Judge a transform, or nothing if there is none; and a range's part of its buffer. */
void transform_judge(struct demand *demand);
void transform_judge_part(struct demand *demand, size_t i);

/* Prepare for calls of the function of a transform, if there is one. */
void transform_begin(struct work *work);
/* The function of all transforms; data is a struct work. */
int transform_take(const struct dmaload_piece *piece, void *data);

/* Return whether the function was never called; has stopped the demand. */
bool transform_is_untouched(const struct demand *demand);
bool transform_has_stopped(const struct demand *demand);
/* Check that the first length bytes of a range were given, and their result is there. */
void transform_check_range(const struct demand *demand, size_t i, uint64_t length);
/* Expect in the buffer what the function has written, and nothing else. done: all of the
 * range must have come. */
void transform_settle(const struct demand *demand, size_t i, bool done);

#endif

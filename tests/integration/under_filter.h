/* SPDX-License-Identifier: MIT */
/* All that the library does, under a filter, which is for good. */
#ifndef UNDER_FILTER_H
#define UNDER_FILTER_H

#include <stdbool.h>

/* Make what has to exist when the filter comes. */
void under_filter_prepare(void);

/*
 * Run the tests under the filter that has come since. no_copies: nothing can be
 * copied from the page cache. Return how many have failed.
 */
int under_filter_run(bool no_copies);

#endif

/* SPDX-License-Identifier: MIT */
/* What the list of sources says of one of them. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload.h>

/* Copy the entry of a source, without its texts, which are the list's. */
struct dmaload_source listed_source(const char *name);

/* Return true if the source is the one that a buffer of this size would get. */
bool is_recommended(const char *name, uint64_t size);

#endif

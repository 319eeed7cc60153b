/* SPDX-License-Identifier: MIT */
/* The entries of the list of sources. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload.h>

/* Return a copy of a source's entry, without its texts, which the list owns. */
struct dmaload_source listed_source(const char *name);

/* Return true if a buffer of this size would get this source by default. */
bool is_recommended(const char *name, uint64_t size);

#endif

/* SPDX-License-Identifier: MIT */
/* A file, and one part of it over several buffers. */
#ifndef SPREADS_H
#define SPREADS_H

#include <dmaload/spread.h>

#include "scene.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define UNTOUCHED ((void *)0x1)

struct spread {
	struct scene scene;
	struct dmaload_spread *spread;
};

/* Make a context and a file, and no buffer. */
void spread_make(struct spread *one, uint64_t size);
void spread_drop(struct spread *one);

int spread_out(struct spread *one, const char *source, uint64_t offset,
	       uint64_t length, uint64_t most);
/* Drop the last spread, and make another. This must succeed; all its buffers but
 * the last have the size of a slice. */
void spread_expect(struct spread *one, const char *source, uint64_t offset,
		   uint64_t length, uint64_t most, uint64_t slice);
int spread_load(struct spread *one, uint32_t paths);
/* Load and verify; both must succeed. */
void spread_load_all(struct spread *one, uint32_t paths);

/* Check that no byte of the file is lost, and none is there twice. */
void spread_check_cut(const struct spread *one, uint64_t offset,
		      uint64_t length, uint64_t slice);
/* Check that a device sees the file, and zeroes at the end of the last
 * buffer. */
void spread_check_bytes(const struct spread *one);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's fd.
 * Hands on: a CPU mapping of it, and brackets around the CPU's access.
 * Always:   a buffer that exists is mapped as a whole; what has no fd is not
 *           ours to unmap.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/buffer.h>

#include "heaps.h"
#include "source.h"

struct claim;

struct dmaload_buffer {
	const struct source_ops *ops;
	int fd;
	uint64_t size;
	/*
	 * Page-aligned, and the buffer's first byte lies lead bytes behind it. So
	 * whoever counts from map, as the plan does, counts addresses modulo a
	 * page. lead is 0 but for the caller's own memory.
	 */
	void *map;
	uint64_t lead;
	bool writable;
	uint64_t alloc_ns;
	/* The caller, and each load that uses it. */
	atomic_uint refs;
	/* What loads are doing with it; see claim.h. */
	struct claim *claims;
	char label[HEAP_NAME_MAX];
};

void buffer_keep(struct dmaload_buffer *buffer);
void buffer_let_go(struct dmaload_buffer *buffer);

#endif

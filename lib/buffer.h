/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's fd.
 * Hands on: a CPU mapping of it, and brackets around the CPU's access.
 * Always:   a buffer that exists is mapped as a whole.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/buffer.h>

#include "heaps.h"
#include "source.h"

struct dmaload_buffer {
	const struct source_ops *ops;
	int fd;
	uint64_t size;
	void *map;
	bool writable;
	uint64_t alloc_ns;
	char label[HEAP_NAME_MAX];
};

#endif

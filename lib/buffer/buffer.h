/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's fd.
 * Hands on: a CPU mapping of it, and brackets around the CPU's access.
 * Always:   a buffer that exists is mapped as a whole; what is not mapped from
 *           an fd is not ours to unmap.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/buffer.h>
#include <dmaload/report.h>

#include "buffer/heaps.h"
#include "buffer/pages.h"
#include "buffer/source.h"
#include "buffer/benchmark.h"

struct claim;
struct populate;

enum buffer_pinning { PINNING_UNKNOWN, PINNING_WORKS, PINNING_REFUSED };

struct dmaload_buffer {
	const struct source_ops *ops;
	/* The fd that is handed out, -1: none, or not yet; and the one that is
	 * mapped, -1: none, for the caller's own memory. They differ only for a
	 * udmabuf and its memfd. */
	int fd;
	int map_fd;
	/* The thread that completes the buffer; NULL: it was complete from the
	 * start. */
	struct populate *populate;
	uint64_t size;
	/*
	 * Page-aligned, and the buffer's first byte lies lead bytes behind it.
	 * So the plan, which counts from map, counts addresses modulo a page.
	 * lead is 0 but for the caller's own memory.
	 */
	void *map;
	uint64_t lead;
	/* The bytes that are mapped: size, or more where pages are huge. */
	size_t map_size;
	bool writable;
	uint64_t alloc_ns;
	/* Memory that it is still going to take. */
	struct promise promise;
	/* The caller, and each load that uses it. */
	atomic_uint refs;
	/* The claims of loads on it, see load/claim.h; and the function that
	 * ends these loads, once a load has used it. */
	struct claim *claims;
	void (*_Atomic cancel_loads)(struct dmaload_buffer *buffer);
	/* The pages of shared memory, once it is populated; the code is 0, or
	 * why they are not known; -ENODATA: it is no shared memory. */
	struct pages pages;
	int pages_code;
	/* The mapping can be pinned, to be written, and to be read. */
	_Atomic enum buffer_pinning pinning[2];
	/* Which way of loading is the faster one; see path/path_benchmark.h. */
	struct benchmark benchmark;
	/* The pages are reserved ones, and huge. */
	bool reserved;
	char label[HEAP_NAME_MAX];
	/* How the memory falls short of what was asked for, or empty. */
	char note[DMALOAD_REASON_SIZE];
};

/* As dmaload_buffer_create(), but not made before another buffer is, if there is one;
 * the other one may be destroyed any time. promised: as in struct source_request. */
int buffer_create(struct dmaload_buffer **out, const char *source,
		  uint64_t size, const struct dmaload_buffer *after,
		  struct promise *promised, struct dmaload_error *err);

/* Check that this process can map so many bytes. 0 or -EOVERFLOW. */
int buffer_check_size(uint64_t size, struct dmaload_error *err);

/* It is about to be destroyed, and need not be made, unless somebody else has it. */
void buffer_give_up(struct dmaload_buffer *buffer);

/* Return true if there is nothing to wait for. */
bool buffer_is_made(const struct dmaload_buffer *buffer);

/* Return true if a bracket would not have to wait for devices, as far as can be
 * seen now. */
bool buffer_is_idle(const struct dmaload_buffer *buffer);

/* How much of the making, in ns, lies between two times. */
uint64_t buffer_made_ns(const struct dmaload_buffer *buffer, uint64_t begin,
			uint64_t end);

/* Query the pages of shared memory that is populated. */
void buffer_inspect_pages(struct dmaload_buffer *buffer);

/* The CPU is going to write here: 0, or -ENOMEM where it would meet SIGBUS. */
int buffer_populate_range(struct dmaload_buffer *buffer, uint64_t offset,
			  uint64_t length, struct dmaload_error *err);

/* The kernel is going to write up to here: returns when pages that are just being
 * populated are, so that it does not fault in the same. */
void buffer_wait_near(struct dmaload_buffer *buffer, uint64_t end);

void buffer_ref(struct dmaload_buffer *buffer);
void buffer_unref(struct dmaload_buffer *buffer);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's fd.
 * Hands on: a CPU mapping of it, and brackets around the CPU's access.
 * Always:   a buffer is mapped as a whole. Memory that was not mapped from an
 *           fd is never unmapped.
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
	/* The fd for the caller, -1: none, or not yet; and the mapped one, -1
	 * for the caller's own memory. They differ only for a udmabuf and its
	 * memfd. */
	int fd;
	int map_fd;
	/* The thread that completes the buffer. NULL: it was complete from the
	 * start. */
	struct populate *populate;
	uint64_t size;
	/*
	 * Page-aligned. The buffer's first byte lies lead bytes behind it. So
	 * the plan counts from map, and thus modulo a page. lead is 0 except
	 * for the caller's own memory.
	 */
	void *map;
	uint64_t lead;
	/* The mapped bytes: size, or more with huge pages. */
	size_t map_size;
	bool writable;
	uint64_t alloc_ns;
	/* Memory that is granted and not populated yet. */
	struct promise promise;
	/* References: the caller, and each load that uses it. */
	atomic_uint refs;
	/* The claims of loads on it, see load/claim.h; and the function that
	 * ends these loads, set by the first load that uses it. */
	struct claim *claims;
	void (*_Atomic cancel_loads)(struct dmaload_buffer *buffer);
	/* The pages of shared memory, once it is populated. pages_code is 0, or
	 * why they are unknown; -ENODATA: it is not shared memory. */
	struct pages pages;
	int pages_code;
	/* The mapping can be pinned, or not: for writing, for reading. */
	_Atomic enum buffer_pinning pinning[2];
	/* Which way of loading is faster; see path/path_benchmark.h. */
	struct benchmark benchmark;
	/* The pages are reserved huge pages. */
	bool reserved;
	/* The CPU accesses the mapping past its caches, and reads it slowly, as
	 * far as the heap's name says. */
	bool uncached;
	char label[HEAP_NAME_MAX];
	/* How the memory falls short of the request, or empty. */
	char note[DMALOAD_REASON_SIZE];
};

/* The buffer of ranges that have none. It has no mapping, and every range
 * fits. */
extern struct dmaload_buffer buffer_none;

/* Create a buffer as dmaload_buffer_create() does, but make it only after
 * another one, unless that is NULL. The other one may be destroyed at any time.
 * promised: as in struct source_request. */
int buffer_create(struct dmaload_buffer **out, const char *source,
		  uint64_t size, const struct dmaload_buffer *after,
		  struct promise *promised, struct dmaload_error *err);

/* Check that this process can map a number of bytes. Return 0 or -EOVERFLOW. */
int buffer_check_size(uint64_t size, struct dmaload_error *err);

/* Stop making a buffer that is about to be destroyed, unless others use it. */
void buffer_give_up(struct dmaload_buffer *buffer);

/* Return true if there is nothing to wait for. */
bool buffer_is_made(const struct dmaload_buffer *buffer);

/* Return true if a bracket would not wait for a device now, as far as is
 * known. */
bool buffer_is_idle(const struct dmaload_buffer *buffer);

/* Return how much of the time to make the buffer, in ns, lies between two
 * times. */
uint64_t buffer_made_ns(const struct dmaload_buffer *buffer, uint64_t begin,
			uint64_t end);

/* Query the pages of populated shared memory. */
void buffer_inspect_pages(struct dmaload_buffer *buffer);

/* Populate a range that the CPU will write. Return 0, or -ENOMEM if the CPU
 * would get SIGBUS. */
int buffer_populate_range(struct dmaload_buffer *buffer, uint64_t offset,
			  uint64_t length, struct dmaload_error *err);

/* Wait until the pages up to end are populated, if the thread is close.
 * Otherwise the kernel would fault them in at the same time. */
void buffer_wait_near(struct dmaload_buffer *buffer, uint64_t end);

void buffer_ref(struct dmaload_buffer *buffer);
void buffer_unref(struct dmaload_buffer *buffer);

#endif

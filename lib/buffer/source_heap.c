/* SPDX-License-Identifier: MIT */
#include "buffer/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffer/heaps.h"
#include "buffer/room.h"
#include "buffer/room_query.h"
#include "sys/error.h"
#include "sys/sys.h"

#define MIB ((uint64_t)1 << 20)

/* Linux 7.0: whether the heap "system" charges memory cgroups. Before that, and
 * by default, no heap does. CMA heaps are for another controller, dmem. */
#define ACCOUNTING "/sys/module/dma_heap/parameters/mem_accounting"

static unsigned who_counts(const char *name)
{
	char text[8];

	if (strncmp(name, "system", strlen("system")) == 0 &&
	    sys_read_text(ACCOUNTING, text, sizeof(text)) > 0 && text[0] == 'Y')
		return ROOM_SHARED;
	return ROOM_MACHINE;
}

/* A heap allocates until the kernel's OOM killer has ended other processes, and
 * only then fails. Linux 7.3 has no check either. */
static int heap_source_reserve(const char *arg, uint64_t size,
			       struct promise *promise, struct dmaload_error *err)
{
	char name[HEAP_NAME_MAX];
	int r;

	if (!arg && (r = heap_default(name, err)) < 0)
		return r;
	return room_reserve(promise, who_counts(arg ? arg : name), size, err);
}

/* The default areas have these names, by the kernel and its device tree. */
static bool is_contiguous(const char *name)
{
	return strstr(name, "cma") || strcmp(name, "reserved") == 0 ||
	       strcmp(name, "default-pool") == 0;
}

static int explain(int code, const char *name, uint64_t size,
		   struct dmaload_error *err)
{
	uint64_t there = DMALOAD_UNKNOWN, total = DMALOAD_UNKNOWN;

	if (code == -EMFILE || code == -ENFILE)
		return fail(err, code, "no fd is free for the dma-buf: %s",
			    error_text(code));
	if (code == -ENOMEM && is_contiguous(name))
		there = room_query_contiguous(&total);
	if (there != DMALOAD_UNKNOWN && total != DMALOAD_UNKNOWN)
		return fail(err, code, "heap \"%s\" did not allocate %" PRIu64
			    " bytes: %s; %" PRIu64 " of %" PRIu64 " MiB of "
			    "contiguous memory are free (CmaFree): set cma= on the "
			    "kernel's command line, or use another source", name,
			    size, error_text(code), there / MIB, total / MIB);
	return fail(err, code, "heap \"%s\" did not allocate %" PRIu64
		    " bytes: %s", name, size, error_text(code));
}

static int heap_source_open(struct dmaload_buffer *buffer,
			    const struct source_request *request,
			    struct dmaload_error *err)
{
	char name[HEAP_NAME_MAX];
	int heap, r;

	if (request->arg)
		snprintf(name, sizeof(name), "%s", request->arg);
	else if ((r = heap_default(name, err)) < 0)
		return r;

	heap = heap_open(request->arg ? request->arg : name, err);
	if (heap < 0)
		return heap;
	buffer->size = request->size;
	r = source_promise(buffer, request, who_counts(name), err);
	if (r == 0) {
		r = sys_heap_alloc(heap, request->size);
		if (r < 0)
			explain(r, name, request->size, err);
	}
	/* By now it has its pages, or none. */
	promise_end(&buffer->promise);
	sys_close(heap);
	if (r < 0)
		return r;

	buffer->fd = buffer->map_fd = r;
	buffer->writable = true;
	/* system-uncached, cma-uncached and their like, of vendors. */
	buffer->uncached = strstr(name, "uncached") != NULL;
	snprintf(buffer->label, sizeof(buffer->label), "%s", name);
	return 0;
}

const struct source_ops source_heap = {
	.name = "heap",
	.fds = 1,
	.reserve = heap_source_reserve,
	.open = heap_source_open,
	.dmabuf = true,
};

/* SPDX-License-Identifier: MIT */
/*
 * A buffer with importers: QEMU's edu devices fetch its pages by DMA, and the
 * kernel walks its scatterlist. The module tests/module/dmaload_reader.c drives
 * them; only the guest has it.
 *
 * Sources beside those of dmaload_buffer_create(): "foreign:HEAP", an adopted
 * fd of the heap, and "vgem", adopted memory of a DRM driver. A "memfd" is no
 * dma-buf, so it is imported by a udmabuf over it.
 */
#ifndef VIEW_H
#define VIEW_H

#include "support.h"

#include "../module/reader.h"

#define PAGE page_size()

/* A file, a buffer of the same size, and what its devices saw. */
struct view {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	int reader;
	struct reader_attach attached;
	unsigned char *seen;
	int fds;
};

/* Open the file of place.large bytes, with no page in the page cache, and a
 * context with the engine of place. */
void view_open(struct view *view);
void view_attach(struct view *view);
/* Close everything, and check that no fd is left. */
void view_close(struct view *view);

/* Load the whole file by the paths of the mask, 0 for all. Check that the path
 * is the requested one, or the usual one of this place. */
void view_load(struct view *view, uint32_t mask, struct dmaload_report *report);

/* Let a reader read whole pages into the beginning of seen. */
void view_look(struct view *view, uint64_t offset, uint64_t length,
	       unsigned by);

/* The same, and compare them with the file's, and with zeroes after its end. */
void view_check(struct view *view, uint64_t offset, uint64_t length,
		unsigned by);

#endif

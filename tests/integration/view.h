/* SPDX-License-Identifier: MIT */
/*
 * A buffer with importers at it: QEMU's edu devices, which fetch its pages by DMA, and
 * the kernel, which walks its scatterlist. The module that drives them is
 * tests/module/dmaload_reader.c; only the guest has it.
 *
 * Beside the sources of dmaload_buffer_create() there are "foreign:HEAP", a fd
 * of the heap that is adopted, and "vgem", the memory of a DRM driver, adopted
 * too. A "memfd", which is no dma-buf, is imported by way of a udmabuf over it.
 */
#ifndef VIEW_H
#define VIEW_H

#include "support.h"

#include "../module/reader.h"

#define PAGE 4096u

/* A file, a buffer as large, and what its devices saw. */
struct view {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	int reader;
	struct reader_attach attached;
	unsigned char *seen;
	int fds;
};

/* The file of place.large bytes, out of the page cache; by the engine of place. */
void view_open(struct view *view);
void view_attach(struct view *view);
/* Closes all and checks that no fd was left. */
void view_close(struct view *view);

/* Loads all of the file by the paths of the mask, 0 for all, and checks that the path
 * is the one that the place has, or that was asked for. */
void view_load(struct view *view, uint32_t mask, struct dmaload_report *report);

/* Has whole pages read into the beginning of seen. */
void view_look(struct view *view, uint64_t offset, uint64_t length,
	       unsigned by);

/* The same, and compares them with the file's, and with zeroes behind its end. */
void view_check(struct view *view, uint64_t offset, uint64_t length,
		unsigned by);

#endif

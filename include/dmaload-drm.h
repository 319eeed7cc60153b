/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_DRM_H
#define DMALOAD_DRM_H

#include <stdint.h>

#include <dmaload/buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @file
 * libdmaload-drm: buffers and the drivers of DRM, by way of libdrm.
 *
 * A library of its own beside libdmaload, which needs no libdrm: link what
 * "pkg-config --libs dmaload-drm" says. The conventions are those of dmaload.h.
 *
 * The right way depends on the driver, see drm(7):
 *
 * - One that imports dma-bufs: load into a buffer of a heap, then
 *   dmaload_drm_import(). This order, because a SYNC bracket flushes the buffer
 *   for every device that has it mapped, and costs nothing while none has.
 * - One that exports what it has allocated by an ioctl of its own, and imports
 *   nothing: dmaload_drm_buffer_from_handle(), then load.
 * - One with dumb buffers, as display drivers have them:
 *   dmaload_drm_buffer_create(), then load.
 *
 * A drm_fd is a node that the caller has open: a card's, a render node or that of
 * an accelerator. It stays the caller's, and buffers do not need it any more: it
 * may be closed before them.
 *
 * GEM handles are numbers, valid for one open file description of a node. The
 * kernel gives the same buffer the same handle there, however often it is
 * imported, and counts no references: one close takes the handle away from
 * everyone who has it. So do not import by a drm_fd that GBM, EGL or another
 * library works on: open the node once more.
 */

/**
 * Allocate a dumb buffer of a DRM driver and export it as a dma-buf.
 *
 * Only the memory counts here, so the buffer gets rows of 4096 bytes, which
 * every driver's alignment divides, and as many of them as size needs. For a
 * buffer to scan out, call drmModeCreateDumbBuffer(), which returns its pitch,
 * and then dmaload_drm_buffer_from_handle().
 *
 * The driver decides where the memory is and how the CPU maps it. Often the
 * mapping is write-combined: fast to load into, slow to read. The size is not
 * compared with MemAvailable, since it may be the device's own memory.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it. Its source
 *                is "foreign". No GEM handle is left behind
 * @param drm_fd  a card's node. Its opener need not be DRM master
 * @param size    in bytes, at least 1; rounded up to whole rows and pages, or to
 *                what the driver allocates: dmaload_buffer_size() tells
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL     out is NULL or size 0; or the driver refuses
 *         -EOVERFLOW  size is more than 4 GiB less a page: the kernel counts a
 *                     dumb buffer's bytes in 32 bits
 *         -EBADF      drm_fd is not open, or opened with O_PATH
 *         -EBADFD     drm_fd is open but no DRM device
 *         -EACCES     drm_fd is a render node: they allocate no dumb buffers
 *         -ENOSYS     the driver has no dumb buffers: allocate by its own ioctl,
 *                     then dmaload_drm_buffer_from_handle()
 *         -ENOSPC     the driver made less than was asked for
 *         -ENOMEM, -EMFILE, -ENFILE, or another error of the driver
 *         or as dmaload_buffer_from_fd(), where the driver lets no CPU map its
 *         buffers
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_buffer_create(struct dmaload_buffer **out,
					  int drm_fd, uint64_t size,
					  struct dmaload_error *err);

/**
 * Export a GEM handle as a dma-buf and adopt that: a buffer that a driver has
 * allocated, or one that dmaload_drm_import() gave to it, back.
 *
 * The handle stays the caller's, who may close it at once. A buffer that was
 * imported comes back as the very dma-buf that it was.
 *
 * A driver's buffer has one dma-buf as long as it has a handle, and its first
 * export decides whether that can be written: if somebody else's was without
 * DRM_RDWR, the buffer is read-only, and a load into it fails with -EROFS.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it. Its source
 *                is "foreign"
 * @param drm_fd  the node that the handle is of
 * @return 0, or
 *         -EINVAL  out is NULL; or the driver refuses
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but no DRM device
 *         -ENOENT  drm_fd has no such handle; 0 is never one
 *         -ENOSYS  the driver exports no buffers
 *         -ENOMEM, -EMFILE, -ENFILE, or another error of the driver
 *         or as dmaload_buffer_from_fd(), where the driver lets no CPU map its
 *         buffers
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_buffer_from_handle(struct dmaload_buffer **out,
					       int drm_fd, uint32_t handle,
					       struct dmaload_error *err);

/**
 * Import a buffer into a DRM driver.
 *
 * The handle keeps the memory, so the buffer may be destroyed. A buffer that
 * this drm_fd has a handle of already, imported or its own, gets that one: see
 * above.
 *
 * @param drm_fd  the node to import into
 * @param buffer  a dma-buf: not from "memfd", and not the caller's own memory
 * @param handle  receives the GEM handle, never 0; dmaload_drm_handle_close(), or
 *                the end of drm_fd's file description, closes it
 * @return 0, or
 *         -EINVAL  buffer or handle is NULL; or the driver cannot use the memory,
 *                  for example because it is scattered
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but no DRM device, or the buffer no dma-buf
 *         -ENOSYS  the driver imports no buffers; some say -ENODEV or -EINVAL
 *         -ENOMEM, or another error of the driver or of the buffer's exporter
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_import(int drm_fd,
				   const struct dmaload_buffer *buffer,
				   uint32_t *handle, struct dmaload_error *err);

/**
 * Close a GEM handle. A buffer that the driver or a framebuffer still uses
 * stays until they are done.
 *
 * @return 0, or
 *         -EINVAL  drm_fd has no such handle
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but no DRM device
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_handle_close(int drm_fd, uint32_t handle,
					 struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

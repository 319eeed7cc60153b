/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_DRM_H
#define DMALOAD_DRM_H

#include <stdint.h>

#include <dmaload/buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @file
 * libdmaload-drm: buffers of DRM drivers, through libdrm.
 *
 * This is a separate library, since libdmaload does not need libdrm. Link with
 * "pkg-config --libs dmaload-drm". The conventions are those of dmaload.h.
 *
 * The right call depends on the driver, see drm(7):
 *
 * - It imports dma-bufs: load into a buffer of a heap, then call
 *   dmaload_drm_import(). Load first, because a SYNC bracket flushes the buffer
 *   for every device that has it mapped, and costs nothing while none has.
 * - It allocates with an ioctl of its own, exports these buffers and imports
 *   none: call dmaload_drm_buffer_from_handle(), then load.
 * - It has dumb buffers, as display drivers do: call
 *   dmaload_drm_buffer_create(), then load.
 *
 * A drm_fd is a node that you have opened: a card, a render node or an
 * accelerator. You still own it. Buffers do not need it, so you may close it
 * before you destroy them.
 *
 * A GEM handle is a number that is valid for one open file description of a
 * node. If you import the same buffer there again, you get the same handle. The
 * kernel does not count references to a handle: one close removes it for all
 * users. So do not import with a drm_fd that GBM, EGL or another library uses.
 * Open the node again.
 */

/**
 * Allocate a dumb buffer of a DRM driver and export it as a dma-buf.
 *
 * The buffer has rows of 4096 bytes, a multiple of every driver's alignment,
 * and as many rows as size needs. For a buffer to scan out, call
 * drmModeCreateDumbBuffer(), which returns its pitch, and then
 * dmaload_drm_buffer_from_handle().
 *
 * The driver decides where the memory is and how the CPU maps it. Often the
 * mapping is write-combined: fast to load into, slow to read. The size is not
 * compared with MemAvailable, because it may be the device's own memory.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it. Its
 *                source is "foreign". No GEM handle is left behind
 * @param drm_fd  the node of a card; you need not be DRM master
 * @param size    in bytes, at least 1; rounded up to whole rows and pages, or
 *                to what the driver allocates: see dmaload_buffer_size()
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL     out is NULL or size 0; or the driver refuses
 *         -EOVERFLOW  size exceeds 4 GiB less a page: the kernel counts the
 *                     bytes of a dumb buffer in 32 bits
 *         -EBADF      drm_fd is not open, or opened with O_PATH
 *         -EBADFD     drm_fd is open but not a DRM device
 *         -EACCES     drm_fd is a render node, which allocates no dumb buffers
 *         -ENOSYS     the driver has no dumb buffers. Allocate by its own
 *                     ioctl, then call dmaload_drm_buffer_from_handle()
 *         -ENOSPC     the driver allocated less than size
 *         -ENOMEM, -EMFILE, -ENFILE, or another error of the driver
 *         or as dmaload_buffer_from_fd(), if the CPU cannot map the driver's
 *         buffers
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_buffer_create(struct dmaload_buffer **out,
					  int drm_fd, uint64_t size,
					  struct dmaload_error *err);

/**
 * Make a buffer of a GEM handle: export it as a dma-buf, and adopt that.
 *
 * The driver allocated the memory of the handle, or dmaload_drm_import()
 * returned the handle: then the buffer has the imported dma-buf. You still own
 * the handle, and may close it at once.
 *
 * A driver's buffer has one dma-buf as long as it has a handle. The first
 * export decides whether you can write to it: without DRM_RDWR the buffer is
 * read-only, and a load into it fails with -EROFS.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it. Its
 *                source is "foreign"
 * @param drm_fd  the node that the handle belongs to
 * @param handle  the GEM handle
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  out is NULL; or the driver refuses
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but not a DRM device
 *         -ENOENT  drm_fd has no such handle; 0 is never one
 *         -ENOSYS  the driver exports no buffers
 *         -ENOMEM, -EMFILE, -ENFILE, or another error of the driver
 *         or as dmaload_buffer_from_fd(), if the CPU cannot map the driver's
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
 * The handle keeps the memory, so you may destroy the buffer. If drm_fd already
 * has a handle for the same memory, you get that handle: see the top of this
 * header.
 *
 * @param drm_fd  the node to import into
 * @param buffer  a dma-buf: not from "memfd", and not the caller's own memory
 * @param handle  receives the GEM handle, never 0. dmaload_drm_handle_close()
 *                closes it, as does the end of drm_fd's file description
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  buffer or handle is NULL; or the driver cannot use the
 *                  memory, for example because it is scattered
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but not a DRM device, or the buffer is not a
 *                  dma-buf
 *         -ENOSYS  the driver imports no buffers; some return -ENODEV or
 *                  -EINVAL
 *         -ENOMEM, or another error of the driver or of the buffer's exporter
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_import(int drm_fd,
				   const struct dmaload_buffer *buffer,
				   uint32_t *handle, struct dmaload_error *err);

/**
 * Close a GEM handle. The memory stays while the driver or a framebuffer uses
 * it.
 *
 * @return 0, or
 *         -EINVAL  drm_fd has no such handle
 *         -EBADF   drm_fd is not open, or opened with O_PATH
 *         -EBADFD  drm_fd is open but not a DRM device
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_drm_handle_close(int drm_fd, uint32_t handle,
					 struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

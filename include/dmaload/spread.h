/* SPDX-License-Identifier: MIT */
/** @file A part of a file over several buffers. */
#ifndef DMALOAD_SPREAD_H
#define DMALOAD_SPREAD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>
#include <dmaload/load.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Several buffers for one part of a file, if one buffer cannot be large enough,
 * and the ranges that load the part into them. Opaque.
 *
 * The size of a udmabuf is limited, to 64 MiB by default up to Linux 7.2. So is
 * the window of some devices. dmaload.h does not include this header.
 */
struct dmaload_spread;

/** The maximum number of buffers of a spread. */
#define DMALOAD_SPREAD_MAX 4096u

/**
 * Allocate the buffers for a part of a file: as few as source and max allow.
 *
 * The buffers follow the order of the file. All but the last are full, and
 * their size is a multiple of 2 MiB, or of a page if they must be smaller. So
 * if you map all buffers side by side, the part is in one piece. The last
 * buffer has the remaining bytes, in whole pages. If neither the source nor max
 * sets a limit, there is one buffer.
 *
 * Pass dmaload_spread_ranges() to one load, verify or store call. Background
 * threads, one for each udmabuf, populate and make the udmabufs one after the
 * other, ahead of the load.
 *
 * @param out          receives the spread; dmaload_spread_destroy() frees it
 * @param source       as for dmaload_buffer_create(). NULL: the source that is
 *                     recommended for one byte, whatever the length
 * @param file         you still own it; keep it open while you use the ranges.
 *                     Nothing is read
 * @param file_offset  first byte of the file
 * @param length       bytes, at least 1; or DMALOAD_TO_END, but not for a
 *                     stream
 * @param max          the largest buffer in bytes, at least a page, for devices
 *                     with a small window; 0 for dmaload_source::max_bytes
 * @param err          receives the reason of a failure, or NULL
 * @return 0, or as dmaload_buffer_create(), or
 *         -EINVAL     out or file is NULL; length is 0; max is less than a
 *                     page; or a stream has no length
 *         -ERANGE     the part ends beyond the end of the file
 *         -EOVERFLOW  file_offset plus length exceed the largest file offset;
 *                     or a 32-bit process cannot map as much
 *         -E2BIG      more than DMALOAD_SPREAD_MAX buffers would be needed, or
 *                     udmabuf's limit is 0
 *         -EMFILE     the fds would exceed RLIMIT_NOFILE: one for each buffer,
 *                     two for a udmabuf. The message names both numbers.
 *                     Usually checked before anything is allocated
 *         -ENOMEM     length exceeds MemAvailable or the room of a memory
 *                     cgroup. Checked before anything is allocated
 *         On failure nothing is left allocated.
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_spread_create(struct dmaload_spread **out,
				      const char *source,
				      struct dmaload_file *file,
				      uint64_t file_offset, uint64_t length,
				      uint64_t max, struct dmaload_error *err);

/**
 * Destroy the buffers, as dmaload_buffer_destroy() does, and the ranges. Do not
 * destroy any of the buffers yourself. NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_spread_destroy(struct dmaload_spread *spread);

/** Return the number of buffers and of ranges, at least 1; 0 for NULL.
 * Since: 0.1 */
DMALOAD_API size_t dmaload_spread_count(const struct dmaload_spread *spread);

/**
 * Return the ranges, one for each buffer, in the order of the file.
 *
 * Each range fills its buffer from the first byte on. Its length is in bytes,
 * even if you passed DMALOAD_TO_END. All have the priority 0. To use the first
 * buffers while others are being loaded, copy the ranges and set other
 * priorities.
 *
 * @return the ranges; the spread owns them and the buffers. NULL only for NULL
 *
 * Since: 0.1
 */
DMALOAD_API const struct dmaload_range *
dmaload_spread_ranges(const struct dmaload_spread *spread);

#ifdef __cplusplus
}
#endif

#endif

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
 * Several buffers that hold a part of a file together, because one may not be as
 * large, and the ranges that load it into them. A udmabuf has a limit, 64 MiB by
 * default up to Linux 7.2, and so has the window of some devices. Opaque.
 */
struct dmaload_spread;

/** The most buffers that a part of a file is spread over. */
#define DMALOAD_SPREAD_MAX 4096u

/**
 * Allocate the buffers for a part of a file: as few as source and max allow.
 *
 * They follow each other as the file goes on. All but the last are full, and whole
 * blocks of 2 MiB, or whole pages if they may not be as large; so who maps them side
 * by side has the part of the file in one piece. The last is what is left, in whole
 * pages. Where the source has no limit, and none is given, there is one buffer.
 *
 * Loaded, verified and stored is what dmaload_spread_ranges() tells, by one call, as
 * any other ranges. Udmabufs are populated and made one after the other, ahead of
 * the load; a thread for each waits for its turn.
 *
 * @param out          receives the buffers; dmaload_spread_destroy() frees them
 * @param source       as for dmaload_buffer_create(); NULL: what it would choose for
 *                     one byte, whatever the length
 * @param file         stays the caller's, who keeps it open as long as the ranges
 *                     are used. Nothing is read
 * @param file_offset  first byte of the file
 * @param length       bytes, at least 1, or DMALOAD_TO_END, but for a stream
 * @param max          the largest buffer, in bytes, at least a page, for devices
 *                     with a small window; 0: dmaload_source::max_bytes
 * @param err          receives the reason of a failure, or NULL
 *
 * @return 0, or what dmaload_buffer_create() returns, after which nothing is left
 *         allocated, or
 *         -EINVAL     there is no file, length is 0, max is less than a page, or
 *                     the length of a stream is missing
 *         -ERANGE     the part goes beyond the end of the file
 *         -EOVERFLOW  file_offset and length together exceed the largest file offset;
 *                     or a process of 32 bits cannot map as much
 *         -E2BIG      it would take more than DMALOAD_SPREAD_MAX buffers; or udmabuf's
 *                     limit is 0
 *         -EMFILE     the fds that it takes exceed RLIMIT_NOFILE, which the message
 *                     names with their number: one for each buffer, two for a
 *                     udmabuf. Mostly told before anything is allocated
 *         -ENOMEM     it is more than MemAvailable, or than the room of a memory
 *                     cgroup; told before, too
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_spread_create(struct dmaload_spread **out,
				      const char *source,
				      struct dmaload_file *file,
				      uint64_t file_offset, uint64_t length,
				      uint64_t max, struct dmaload_error *err);

/**
 * Destroy the buffers, as dmaload_buffer_destroy() does, and the ranges. The caller
 * destroys none of them himself. NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_spread_destroy(struct dmaload_spread *spread);

/** The number of buffers, and of ranges, at least 1. Since: 0.1 */
DMALOAD_API size_t dmaload_spread_count(const struct dmaload_spread *spread);

/**
 * The ranges, one for each buffer, in the order of the file: what dmaload_load(),
 * dmaload_submit() and dmaload_verify() take. Each fills its buffer from the first
 * byte on, and its length is told, also where DMALOAD_TO_END was asked for. All have
 * the priority 0: whoever wants to use the first buffers while others are still being
 * loaded gives a copy of the ranges priorities.
 *
 * Owned by the spread, as are the buffers; never NULL.
 *
 * Since: 0.1
 */
DMALOAD_API const struct dmaload_range *
dmaload_spread_ranges(const struct dmaload_spread *spread);

#ifdef __cplusplus
}
#endif

#endif

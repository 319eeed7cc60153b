/* SPDX-License-Identifier: MIT */
/** @file Give the bytes of a load to a function of the caller. */
#ifndef DMALOAD_TRANSFORM_H
#define DMALOAD_TRANSFORM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Bytes of a range that were just read. Owned by the library, and valid during
 * the call. Later versions may add members at the end.
 *
 * Since: 0.2
 */
struct dmaload_piece {
	/** The range: its index in the array of the call. */
	size_t range;
	/** First byte, counted from the beginning of the range: a multiple of
	 * dmaload_transform::unit. */
	uint64_t offset;
	/** The bytes, without any alignment. The function may change them, unless
	 * DMALOAD_PIECES_COPIED is set. */
	void *bytes;
	/** Number of bytes: a multiple of the unit. Only the last piece of a
	 * range may end within a unit. */
	size_t length;
};

/** Flag of a transform: the pieces of each range come in order, from its first
 * byte to its last, as a hash needs them. Bytes that arrive early wait in the
 * bounce pool. Where they fill it, and the next ones have to be read on another
 * path, some are read again. Since: 0.2 */
#define DMALOAD_PIECES_IN_ORDER 1u

/** Flag of a transform: the function may be called for several pieces at once,
 * in up to four threads: the one that does the load, and threads of the
 * context, which start when one thread cannot keep up with the disk or the last
 * bytes were read, take no signals, and end with dmaload_ctx_trim(). Pieces of
 * the path bounce do so; the other paths have one at a time. Excludes
 * DMALOAD_PIECES_IN_ORDER. Since: 0.2 */
#define DMALOAD_PIECES_AT_ONCE 2u

/** Flag of a transform: the library also copies the bytes into the buffer, as it
 * does without a transform, and the function only reads them, for example to
 * hash them. Both may happen at the same time, so it must not change them. The
 * function may be called in a thread of the context, as with
 * DMALOAD_PIECES_AT_ONCE, but for one piece after the other. The rules for ranges are those of a load without a
 * transform: each has a buffer, dmaload_range::buffer_length is 0, and no two
 * share bytes of a buffer. Since: 0.2 */
#define DMALOAD_PIECES_COPIED 4u

/**
 * Take the bytes of a range, and write what they become to their destination.
 *
 * Each byte of each range comes once. The pieces of a load come one at a time
 * unless DMALOAD_PIECES_AT_ONCE is set, and in any order unless
 * DMALOAD_PIECES_IN_ORDER is set; those of a stream in the order of the stream.
 * Without DMALOAD_PIECES_AT_ONCE and DMALOAD_PIECES_COPIED, the calling thread is
 * the one that does the load: the caller's own for a blocking call, one of the
 * context's for a job. Reads continue meanwhile, as
 * far as there is free bounce memory.
 *
 * The rules of dmaload_progress_fn for calls of the library, and for leaving
 * the function, hold here, too.
 *
 * @param piece  the bytes
 * @param data   dmaload_transform::data
 * @return 0 to go on; otherwise the load stops and returns -ECANCELED. With
 *         DMALOAD_PIECES_AT_ONCE, a few calls in other threads may still come
 *
 * Since: 0.2
 */
typedef int (*dmaload_transform_fn)(const struct dmaload_piece *piece,
				    void *data);

/**
 * A function that gets the bytes of a load, in place of a copy into a buffer.
 * Owned by the caller, who initialises it with DMALOAD_TRANSFORM_INIT; copied.
 *
 * With dmaload_options::transform set, a load changes as follows:
 *
 * - The function gets all bytes. The library itself writes none into a buffer,
 *   unless DMALOAD_PIECES_COPIED is set. Without this flag:
 * - Ranges may have no buffer: dmaload_range::buffer is NULL, and the function
 *   only consumes the bytes, or sends them elsewhere.
 * - If a range has a buffer, the function writes to it by its mapping
 *   (dmaload_buffer_map()), from dmaload_range::buffer_offset on, at most
 *   dmaload_range::buffer_length bytes. The load brackets it for writing, as
 *   any load does. The result may be shorter or longer than the range.
 * - The bytes come by the pool, so the path direct is ignored in options. All
 *   other paths serve a transform, and streams do.
 *
 * Since: 0.2
 */
struct dmaload_transform {
	/** The size of the struct, set by DMALOAD_TRANSFORM_INIT. */
	size_t size;
	/** Bytes that belong together, such as a block of quantised weights:
	 * each piece has whole units. At most half of
	 * dmaload_config::chunk_bytes; 0 for 1. Where a read would end within a
	 * unit, the next read begins with this unit, so part of a block of the
	 * file is read twice. */
	uint32_t unit;
	/** 0, or flags: DMALOAD_PIECES_IN_ORDER or DMALOAD_PIECES_AT_ONCE, and
	 * DMALOAD_PIECES_COPIED. */
	uint32_t flags;
	/** The function. */
	dmaload_transform_fn function;
	/** Passed to function. */
	void *data;
};

/** Initialise a struct dmaload_transform: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_TRANSFORM_INIT DMALOAD_SIZED(struct dmaload_transform)

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_LOAD_H
#define DMALOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What loads have in common: the geometry of the reads and the bounce pool,
 * which is allocated at the first load that needs it and kept for the next.
 * Opaque. Used by one load at a time: another gets -EBUSY.
 */
struct dmaload_ctx;

/** dmaload_config::chunk_bytes if it is 0. */
#define DMALOAD_CHUNK_DEFAULT (1u << 20)
/** dmaload_config::queue_depth if it is 0. */
#define DMALOAD_DEPTH_DEFAULT 8u
/** The most that chunk_bytes times queue_depth may be: 8 MiB, the default
 * RLIMIT_MEMLOCK since Linux 5.16. */
#define DMALOAD_POOL_MAX (8u << 20)

/**
 * How a context reads. Owned by the caller and copied. Zero in a member means
 * its default.
 *
 * Since: 0.1
 */
struct dmaload_config {
	/** sizeof(struct dmaload_config), set by the caller. */
	size_t size;
	/** Bytes of one read: a power of two from 4096 to DMALOAD_POOL_MAX. */
	uint32_t chunk_bytes;
	/** Reads in flight: 1 to 64, and chunk_bytes * queue_depth at most
	 * DMALOAD_POOL_MAX. */
	uint32_t queue_depth;
};

/**
 * Make a context. Allocates no pool yet and opens nothing.
 *
 * @param config  NULL for the defaults
 * @return 0; -EINVAL if a member of config is out of its range; -ENOMEM
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_ctx_create(struct dmaload_ctx **out,
				   const struct dmaload_config *config,
				   struct dmaload_error *err);

/** Free a context and its pool. No load may be using it. NULL is ignored.
 * Since: 0.1 */
DMALOAD_API void dmaload_ctx_destroy(struct dmaload_ctx *ctx);

/** dmaload_range::length for everything from file_offset to the end. */
#define DMALOAD_TO_END UINT64_MAX

/**
 * A part of a file and its place in a buffer. Any alignment will do; reads are
 * fastest where file_offset and buffer_offset are multiples of 4096. Bytes of
 * the buffer outside of it are never written.
 *
 * Since: 0.1
 */
struct dmaload_range {
	/** The file; borrowed for the call. */
	struct dmaload_file *file;
	/** First byte of the file. */
	uint64_t file_offset;
	/** The buffer; borrowed for the call. */
	struct dmaload_buffer *buffer;
	/** First byte of the buffer. */
	uint64_t buffer_offset;
	/** Bytes, at least 1, or DMALOAD_TO_END. */
	uint64_t length;
};

/** The bit of a path in dmaload_options::paths. Since: 0.1 */
#define DMALOAD_PATH_BIT(path) (1u << (path))

/**
 * Told how far a load is. Called from the thread that loads, under no lock,
 * after each batch of reads. It may not call the library on the objects that
 * are loading.
 *
 * @param done   bytes in their place; they are not one contiguous prefix
 * @param total  bytes asked for
 * @param data   dmaload_options::progress_data
 * @return 0 to go on; else the load stops and returns -ECANCELED
 */
typedef int (*dmaload_progress_fn)(uint64_t done, uint64_t total, void *data);

/**
 * How one load is to be done. Owned by the caller, borrowed for the call. Zero
 * in a member means its default.
 *
 * Since: 0.1
 */
struct dmaload_options {
	/** sizeof(struct dmaload_options), set by the caller. */
	size_t size;
	/** The paths that may be used, a mask of DMALOAD_PATH_BIT()s; 0 for all. */
	uint32_t paths;
	/** Told how far the load is, or NULL. */
	dmaload_progress_fn progress;
	/** Passed to progress. */
	void *progress_data;
};

/**
 * Load a range of a file into a buffer, and return when every byte is there.
 *
 * CPU access is bracketed by DMA_BUF_IOCTL_SYNC, which is ended on every exit.
 * When the call returns, no read is in flight, whatever it returns. After a
 * failure the range's bytes in the buffer are undefined, all else is as it was,
 * and the next load works.
 *
 * @param range    what to load
 * @param options  NULL for the defaults
 * @param report   receives what was done, also on failure, or NULL; set its
 *                 size first
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL      an argument is NULL, a length 0, a struct's size or a
 *                      mask of paths malformed
 *         -EOVERFLOW   offset plus length exceeds 64 bits
 *         -ERANGE      the range ends beyond the file
 *         -ENOSPC      the range ends beyond the buffer
 *         -EROFS       the buffer was adopted from a read-only fd
 *         -EBUSY       the context is used by another load
 *         -ENODATA     the file has become shorter since it was opened
 *         -EIO         the disk failed; so other errors of reading. The message
 *                      names the file and the offset
 *         -EOPNOTSUPP  every path that options allow has declined; the message
 *                      has the last one's reason, the report all
 *         -ECANCELED   progress asked for it
 *         -ENOMEM, -EMFILE, or the error of a SYNC
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_load(struct dmaload_ctx *ctx,
			     const struct dmaload_range *range,
			     const struct dmaload_options *options,
			     struct dmaload_report *report,
			     struct dmaload_error *err);

/**
 * Compare a range of a file with a buffer, reading the file as a load on the
 * bounce or buffered path would, and the buffer through its mapping, inside a
 * SYNC bracket for reading. Leaves the page cache as it was.
 *
 * The direct path is ignored in options: nothing is written to the buffer.
 *
 * @return 0 if all bytes are equal; -EBADMSG if not, and the message names the
 *         first difference found; else as dmaload_load(), but a buffer that is
 *         read-only will do
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_verify(struct dmaload_ctx *ctx,
			       const struct dmaload_range *range,
			       const struct dmaload_options *options,
			       struct dmaload_report *report,
			       struct dmaload_error *err);

/**
 * Find out which path a load would take, and why not a better one, without
 * loading: opens the file and the ring as a load would and asks the kernel
 * whether the buffer's mapping can be pinned. No byte of the file is read, so a
 * refusal that only a read reveals is not foreseen.
 *
 * @param path    receives the first path that did not decline
 * @param report  receives the reasons of those that did, or NULL
 * @return 0, or as dmaload_load()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_probe(struct dmaload_ctx *ctx,
			      const struct dmaload_range *range,
			      const struct dmaload_options *options,
			      enum dmaload_path *path,
			      struct dmaload_report *report,
			      struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_FILE_H
#define DMALOAD_FILE_H

#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A file to load from: a regular file or a block device, opened for reading.
 * Opaque. The size is taken when it is opened; a file that shrinks afterwards
 * makes a load fail with -ENODATA, a file that grows is read up to the old size.
 */
struct dmaload_file;

/**
 * Open a file by its path.
 *
 * Nothing is read. Whether the file system grants O_DIRECT is tried at the
 * first load, not here.
 *
 * @param out   receives the file; dmaload_file_close() frees it
 * @param path  copied
 * @param err   receives the reason of a failure, or NULL
 * @return 0, or
 *         -ENOENT   there is no such file
 *         -EACCES   it may not be read
 *         -EISDIR   it is a directory
 *         -ESPIPE   it is a pipe, a socket or a character device
 *         -ENODATA  it is empty
 *         -ENOMEM, -EMFILE, or another error of open(2)
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_open(struct dmaload_file **out, const char *path,
				  struct dmaload_error *err);

/**
 * Take a file that is open already. The fd stays the caller's and its offset is
 * not moved.
 *
 * The library opens the file anew by way of /proc/self/fd, to have O_DIRECT and
 * readahead to itself. Where that is refused (no /proc, no permission on the
 * file), loads take the buffered path on a duplicate of fd, or the O_DIRECT
 * ones if fd itself was opened with O_DIRECT.
 *
 * @return as dmaload_file_open(), or
 *         -EBADF  fd is not open, or not for reading
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_from_fd(struct dmaload_file **out, int fd,
				     struct dmaload_error *err);

/** Close the file. No load may be using it. NULL is ignored. Since: 0.1 */
DMALOAD_API void dmaload_file_close(struct dmaload_file *file);

/** The size in bytes when the file was opened, at least 1. Since: 0.1 */
DMALOAD_API uint64_t dmaload_file_size(const struct dmaload_file *file);

/**
 * The name that messages use: the path as given, or "fd N". Owned by the file,
 * never NULL.
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_file_name(const struct dmaload_file *file);

/**
 * Count the pages of a part of the file that are in the page cache, without
 * bringing any in: by cachestat(2) (Linux 6.5), else by mincore(2). The kernel
 * tells only those who own the file or may write it.
 *
 * @param offset  first byte
 * @param length  bytes; cut at the end of the file
 * @param bytes   receives the resident pages' size in bytes, whole pages
 * @return 0; -EPERM if the kernel does not tell this process; or another error
 *         of the two calls
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_resident(struct dmaload_file *file,
				      uint64_t offset, uint64_t length,
				      uint64_t *bytes,
				      struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/** @file Files and streams to load from and to store into. */
#ifndef DMALOAD_FILE_H
#define DMALOAD_FILE_H

#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A file to load from or to store into: a regular file, a block device, or a
 * stream. Opaque.
 *
 * The size is read when the file is opened. If the file shrinks afterwards, a
 * load fails with -ENODATA; if it grows, a load reads up to the old size.
 *
 * Any number of threads and contexts may use a file at the same time. Jobs keep
 * a reference to the files that they use, so you may close a file at any time.
 */
struct dmaload_file;

/**
 * Open a file by its path, for reading.
 *
 * Reads nothing. The first load finds out whether the file system grants
 * O_DIRECT.
 *
 * @param out   receives the file; dmaload_file_close() frees it
 * @param path  copied
 * @param err   receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL   an argument is NULL
 *         -ENOENT   there is no such file
 *         -EACCES   this process may not read it
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
 * Open a file to store into, and create it if it does not exist.
 *
 * Opens the file for reading and writing. An existing file keeps its contents
 * until a store overwrites them. A new file has the mode 0666 less the umask.
 *
 * To replace a file atomically, create another one in the same directory with
 * open(2) and O_EXCL. Pass its fd to dmaload_file_from_fd(), store, and
 * rename(2) the new file, as "dmaload store" does. fsync(2) the directory after
 * the rename, or a crash may bring the old file back. Do not open the new file
 * again by its name: somebody else may have given that name to another file.
 *
 * @param out        receives the file; dmaload_file_close() frees it
 * @param path       copied
 * @param exclusive  not 0: fail with -EEXIST if the file exists
 * @param err        receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  an argument is NULL
 *         -EEXIST, -EISDIR, -EACCES, -EROFS, -ENOSPC, -ENOMEM, -EMFILE, or
 *         another error of open(2)
 *         -ESPIPE  it is a pipe, a socket or a character device
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_create(struct dmaload_file **out,
				    const char *path, int exclusive,
				    struct dmaload_error *err);

/**
 * Use a file that is already open.
 *
 * You still own the fd, and its offset does not move. If the fd is open for
 * writing, you can store into the file, and the file may be empty. If the fd is
 * open for writing only, you cannot load from the file.
 *
 * The library reopens the file through /proc/self/fd, so that O_DIRECT and
 * readahead do not change the caller's fd. If that is refused (no /proc, no
 * permission on the file), it uses a duplicate of the fd:
 *
 * - If the fd has O_DIRECT, loads use direct and bounce. Stores take whole
 *   units only: see dmaload_store().
 * - Otherwise loads and stores are buffered.
 *
 * @param out  receives the file; dmaload_file_close() frees it
 * @param fd   an open fd
 * @param err  receives the reason of a failure, or NULL
 * @return 0, or as dmaload_file_open(), or
 *         -EBADF   fd is not open, or was opened with O_PATH
 *         -EINVAL  fd has O_APPEND and the file cannot be reopened, so every
 *                  write would go to the end of the file
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_from_fd(struct dmaload_file **out, int fd,
				     struct dmaload_error *err);

/**
 * Use a stream: a pipe, a socket or a character device, read by read(2) to its
 * end.
 *
 * You still own the fd; the library reads a duplicate. Bytes that it has read
 * are gone from the stream. The fd may be blocking or nonblocking.
 *
 * Offset 0 is the current position of the stream. Ranges of a stream must go
 * forward:
 *
 * - Ranges of one load are in ascending order and do not overlap. All have the
 *   same priority, and no other range of the load has a lower value.
 * - Ranges of the next load begin where the last load ended, or behind that.
 *   The library reads bytes between two ranges and discards them.
 * - A range with DMALOAD_TO_END is the only one of its load, and takes all
 *   bytes up to the end of the stream. If these do not fit into the buffer, the
 *   load fails with -ENOSPC; it has then read one byte more than fits. If you
 *   do not know how much will come, use dmaload_load_stream().
 *
 * A load waits for the stream until its deadline. A stream serves one load at a
 * time: a second load of the same context waits, and a load of another context
 * fails with -EBUSY.
 *
 * @param out  receives the file; dmaload_file_close() frees it
 * @param fd   an open fd
 * @param err  receives the reason of a failure, or NULL
 * @return 0, or
 *         -EBADF   fd is not open, or not for reading
 *         -EINVAL  fd is a regular file, a block device or a directory, none of
 *                  which is a stream; or out is NULL
 *         -ENOMEM, -EMFILE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_from_stream(struct dmaload_file **out, int fd,
					 struct dmaload_error *err);

/** Close the file. Jobs that use it keep it until they have ended. NULL is
 * ignored. Since: 0.1 */
DMALOAD_API void dmaload_file_close(struct dmaload_file *file);

/** Return the size in bytes when the file was opened, or after the last store
 * that changed it. UINT64_MAX for a stream. Since: 0.1 */
DMALOAD_API uint64_t dmaload_file_size(const struct dmaload_file *file);

/**
 * Return the name that messages use: the path as given, or "fd N".
 *
 * @return a string that the file owns, never NULL
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_file_name(const struct dmaload_file *file);

/**
 * Count the pages of a part of the file that are in the page cache.
 *
 * Brings no page in. Calls cachestat(2) (Linux 6.5), else mincore(2). The
 * kernel answers only for files that this process owns or may write. Under a
 * seccomp filter, DMALOAD_SYSCALLS_AUTO decides which of the two calls is made.
 *
 * @param file    a regular file or a block device
 * @param offset  first byte
 * @param length  bytes; cut at the end of the file
 * @param bytes   receives the size of the resident pages in bytes: whole pages
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EPERM if the kernel does not answer this process, or a seccomp
 *         filter rules out both calls; or another error of the two calls
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

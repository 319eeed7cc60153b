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
 * A file to load from or to store into: a regular file or a block device; or a
 * stream. Opaque. The size is taken when it is opened; a file that shrinks
 * afterwards makes a load fail with -ENODATA, a file that grows is read up to the
 * old size.
 *
 * Any number of threads and contexts may use a file at the same time. It is kept
 * by the jobs that use it: closing it is allowed at any time.
 */
struct dmaload_file;

/**
 * Open a file by its path, for reading.
 *
 * Nothing is read. The first load finds out whether the file system grants
 * O_DIRECT.
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
 * Make a file to store into, or take one that is there, which keeps its contents
 * but for what is stored. Opened for reading and writing; a file that is made has
 * the mode 0666 less the umask.
 *
 * To replace a file so that it is there either as it was or as it shall be, make
 * another one in the same directory by open(2) with O_EXCL, store into its fd by
 * dmaload_file_from_fd(), and rename(2) it, as "dmaload store" does. Do not open it
 * again by its name, which somebody else may have given to another file.
 *
 * @param exclusive  not 0: fail with -EEXIST if it is there
 * @return 0, or
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
 * Take a file that is open already. The fd stays the caller's and its offset is
 * not moved. If it is open for writing, it can be stored into, and may be empty;
 * if for writing only, it cannot be loaded from.
 *
 * The library opens the file anew by way of /proc/self/fd, to have O_DIRECT and
 * readahead to itself. Where that is refused (no /proc, no permission on the
 * file), loads take the buffered path on a duplicate of fd, or the O_DIRECT
 * ones if fd itself was opened with O_DIRECT; then only whole blocks of it can be
 * stored into, of a page at least.
 *
 * @return as dmaload_file_open(), or
 *         -EBADF   fd is not open, or opened with O_PATH
 *         -EINVAL  fd was opened with O_APPEND and the file cannot be opened anew:
 *                  writes at an offset would go to its end
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_from_fd(struct dmaload_file **out, int fd,
				     struct dmaload_error *err);

/**
 * Take a stream: a pipe, a socket or a character device, which read(2) reads to
 * its end. The fd stays the caller's; the library reads a duplicate, and the
 * bytes that it has read are gone from the stream. Nonblocking or not is the
 * same.
 *
 * Offset 0 is where the stream stands now. Ranges of it have to be read
 * forward: those of one load in ascending order, without sharing bytes, all of
 * the lowest priority of the load; those of the next load begin at or behind
 * the end of the last. Bytes between two ranges are read and thrown away. A
 * load with DMALOAD_TO_END, which must be its only range, takes all that comes,
 * and fails with -ENOSPC when more comes than the buffer has room for: then one
 * byte more than that has been taken from the stream. If you do not know how much
 * will come, use dmaload_load_stream().
 *
 * A load waits for the stream as long as its deadline allows. A stream serves one load
 * at a time: another one of the same context waits for it, one of another context fails
 * (-EBUSY).
 *
 * @return 0, or
 *         -EBADF   fd is not open, or not for reading
 *         -EINVAL  fd is a regular file or a block device, which is no stream, or
 *                  a directory
 *         -ENOMEM, -EMFILE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_file_from_stream(struct dmaload_file **out, int fd,
					 struct dmaload_error *err);

/** Close the file; jobs that use it keep it until they have ended. NULL is
 * ignored. Since: 0.1 */
DMALOAD_API void dmaload_file_close(struct dmaload_file *file);

/** The size in bytes when the file was opened, or as stores have made it since;
 * of a stream UINT64_MAX. Since: 0.1 */
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
 * tells only those who own the file or may write it. Under a seccomp filter the
 * calls are those of DMALOAD_SYSCALLS_AUTO.
 *
 * @param offset  first byte
 * @param length  bytes; cut at the end of the file
 * @param bytes   receives the resident pages' size in bytes, whole pages
 * @return 0; -EPERM if the kernel does not tell this process, or neither call may
 *         be made; or another error of the two calls
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

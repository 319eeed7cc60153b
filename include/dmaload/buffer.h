/* SPDX-License-Identifier: MIT */
/** @file Memory that devices share. */
#ifndef DMALOAD_BUFFER_H
#define DMALOAD_BUFFER_H

#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Memory that devices share, as a dma-buf fd and a CPU mapping of the whole; or
 * the caller's own memory, which has no fd. Opaque.
 *
 * Jobs keep a reference to the buffers that they use. You may pass the fd, or a
 * duplicate of it, to any importer. The kernel frees the memory when the last
 * fd, mapping and attachment are gone.
 */
struct dmaload_buffer;

/**
 * Allocate a buffer.
 *
 * The kernel zeroes the memory. Before it allocates anything, the library
 * compares the size with MemAvailable of /proc/meminfo. The heaps do not (up to
 * Linux 7.3), and the kernel kills other processes if a request is too large.
 * For "memfd" and "udmabuf" the library also compares the size with the room of
 * each visible memory cgroup, because at its limit the kernel would kill this
 * process. Memory that was granted to other buffers of this process and is
 * still being populated counts as used. See dmaload_memory_query().
 *
 * A background thread populates udmabufs, and memfds over 8 MiB; for a udmabuf
 * it also makes the dma-buf. Loads can fill the mapping meanwhile. Calls that
 * need the fd wait for the thread, even beyond a deadline, and return its
 * error, usually -ENOMEM: dmaload_buffer_wait(), dmaload_buffer_fd(),
 * dmaload_buffer_begin(), and a load at its end. A child of fork() does not
 * have the thread. If it was still running at the fork, these calls return
 * -ECHILD in the child.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it
 * @param source  where the memory comes from:
 *                - NULL: the source that dmaload_sources_create() recommends
 *                  for this size: a heap, "system" if possible, else "udmabuf";
 *                - "NAME" or "heap:NAME": the heap /dev/dma_heap/NAME;
 *                - "udmabuf": a dma-buf over shared memory. Its mapping can be
 *                  pinned, so direct I/O works even on kernels whose heaps do
 *                  not allow it. The pages are transparent huge pages where
 *                  /sys/kernel/mm/transparent_hugepage/shmem_enabled grants
 *                  them: see dmaload_report::buffer_pages;
 *                - "udmabuf:2M": the same in reserved huge pages of 2 MiB. If
 *                  too few are free, other pages are used, and
 *                  dmaload_report::buffer_pages_note says so;
 *                - "memfd": shared memory, for development on machines
 *                  without heaps. It is not a dma-buf: no device can attach to
 *                  it, and dmaload_buffer_from_fd() refuses it. Another process
 *                  that receives the fd maps it, and calls
 *                  dmaload_buffer_from_memory(). It may write to the memory.
 *                  The size cannot change: the memfd has F_SEAL_SHRINK and
 *                  F_SEAL_GROW, which the process can check with F_GET_SEALS
 *                  (fcntl(2)). All else works as with a heap. NULL never stands
 *                  for it.
 * @param size    in bytes, at least 1; rounded up to whole pages
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL     size is 0, out is NULL, or source is malformed
 *         -EOVERFLOW  size exceeds the largest file offset or, in a 32-bit
 *                     process, the address space
 *         -ENODEV     there is no such heap, no /dev/udmabuf, or neither
 *         -EACCES     this process may not open the node. The message names its
 *                     owner and group
 *         -EPERM      a seccomp filter refuses memfd_create(2). Or source is
 *                     NULL and the filter may not know this call: then name
 *                     "udmabuf"
 *         -E2BIG      size exceeds a limit: udmabuf's size_limit_mb or, for a
 *                     udmabuf or memfd, RLIMIT_FSIZE. The message names the
 *                     limit, its value, and how to raise it. Nothing was
 *                     allocated. See dmaload_spread_create() for several
 *                     buffers
 *         -ENOMEM     too little memory is available, or the allocation failed.
 *                     The message names the limit, the usage and, for a cgroup,
 *                     the directory
 *         -EMFILE, -ENFILE  no fd is free
 *         -EAGAIN     no thread can be started for a udmabuf. A memfd is
 *                     populated inline then
 *         or another error of open(2), the heap's ioctl or mmap(2)
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_create(struct dmaload_buffer **out,
				      const char *source, uint64_t size,
				      struct dmaload_error *err);

/**
 * Adopt a dma-buf of another exporter: a DRM or V4L2 driver, or another
 * process.
 *
 * You still own the fd and may close it at once: the buffer uses a duplicate,
 * which shares the file description as dup(2) documents. A dma-buf that was
 * exported read-only is mapped for reading; a load into it fails with -EROFS.
 *
 * @param out  receives the buffer; dmaload_buffer_destroy() frees it
 * @param fd   of a dma-buf
 * @param err  receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  out is NULL
 *         -EBADF   fd is not open
 *         -EBADFD  fd is open but not a dma-buf. The message says what it is
 *         -ENODEV  the exporter offers no CPU mapping; or another error of
 *                  mmap(2)
 *         -EOVERFLOW  it has 0 bytes, or a 32-bit process cannot map it
 *         -ENOMEM, -EMFILE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_from_fd(struct dmaload_buffer **out, int fd,
				       struct dmaload_error *err);

/**
 * Use the caller's own memory as a buffer: anonymous or huge pages, a driver's
 * user pointer, any mapping that can be written.
 *
 * You still own the memory. Keep it mapped, writable and at its place until the
 * buffer is destroyed, or loads write to freed memory. It may begin anywhere
 * and have any size. The disk reads straight into it if it can be pinned, and
 * if blocks of the file fall on addresses that direct I/O accepts.
 *
 * No device can import it, and it needs no SYNC: dmaload_buffer_fd() returns
 * -1, dmaload_buffer_begin() and dmaload_buffer_end() do nothing, and the
 * source is "memory".
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it
 * @param memory  the first byte
 * @param size    in bytes, at least 1
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EINVAL if out or memory is NULL or size is 0; -EOVERFLOW if the
 *         memory would wrap around; -ENOMEM
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_from_memory(struct dmaload_buffer **out,
					   void *memory, uint64_t size,
					   struct dmaload_error *err);

/**
 * Unmap the buffer and close its fd, as soon as no load and no job uses it.
 * Duplicates of the fd, and importers, keep the memory. NULL is ignored.
 *
 * If the buffer is the caller's own memory, the call cancels the jobs that use
 * it and waits for them. So do not call it from a progress function of such a
 * job.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_buffer_destroy(struct dmaload_buffer *buffer);

/**
 * Wait until the buffer is populated and has its fd. Returns at once unless the
 * source is "udmabuf" or "memfd".
 *
 * @return 0, or why there is no fd:
 *         -ENOMEM  the memory could not be populated
 *         -E2BIG   udmabuf's limit was lowered meanwhile
 *         -EMFILE  no fd is free
 *         -ECHILD  the process has forked: see dmaload_buffer_create()
 *         -EINVAL  buffer is NULL
 *         or another error of the ioctl UDMABUF_CREATE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_wait(const struct dmaload_buffer *buffer,
				    struct dmaload_error *err);

/**
 * Return the buffer's fd: a dma-buf; a memfd if the source is "memfd"; -1 if it
 * is "memory".
 *
 * Waits for the fd as dmaload_buffer_wait() does; after a successful load the
 * fd exists. Do not close it. Pass a duplicate to an importer that takes
 * ownership, as Vulkan does.
 *
 * The fd is closed on exec (O_CLOEXEC). For a program that you exec, make a
 * duplicate with dup(2), which stays open.
 *
 * @return the fd, owned by the buffer and valid as long as the buffer; or an
 *         error of dmaload_buffer_wait()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_fd(const struct dmaload_buffer *buffer);

/** Return the size in bytes. A multiple of the page size, unless the source is
 * "memory". Since: 0.1 */
DMALOAD_API uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer);

/**
 * Return the CPU mapping of the whole buffer.
 *
 * The mapping is shared (MAP_SHARED) and page-aligned. It is writable, unless
 * the buffer was adopted from a read-only fd. For "memory" it is the caller's
 * own memory.
 *
 * Use it between dmaload_buffer_begin() and dmaload_buffer_end(). The exception
 * is to read bytes that are loaded: see dmaload_job_next_range().
 *
 * @return the mapping, owned by the buffer and valid as long as the buffer;
 *         NULL only for NULL
 *
 * Since: 0.1
 */
DMALOAD_API void *dmaload_buffer_map(const struct dmaload_buffer *buffer);

/**
 * Return where the memory came from: the name of a heap, "udmabuf",
 * "udmabuf:2M" if it is in reserved huge pages, "memfd", "foreign" for an
 * adopted fd, or "memory".
 *
 * @return a string that the buffer owns, never NULL
 *
 * Since: 0.1
 */
DMALOAD_API const char *
dmaload_buffer_source(const struct dmaload_buffer *buffer);

/** The CPU will read the mapping. Since: 0.1 */
#define DMALOAD_ACCESS_READ 1u
/** The CPU will write the mapping. Since: 0.1 */
#define DMALOAD_ACCESS_WRITE 2u

/**
 * Begin a bracket of CPU access, for your own reads and writes of the mapping:
 * the ioctl DMA_BUF_IOCTL_SYNC with START. Loads and stores make brackets of
 * their own. To read what a load has brought, you need none until a device
 * writes to it: see dmaload_job_next_range().
 *
 * If devices do not see the CPU's caches, as on many ARM machines, a bracket may
 * cost as much time as the whole buffer is large, however little you access. So
 * make one bracket around many accesses.
 *
 * The call first waits until the buffer is populated and has its fd, as
 * dmaload_buffer_wait() does. The kernel then waits without bound for the
 * fences of devices that use the buffer. The library restarts the ioctl on
 * EINTR and EAGAIN. A memfd needs no ioctl, so the call only waits until the
 * memfd is populated. For the caller's own memory, it does nothing.
 *
 * @param access  DMALOAD_ACCESS_READ, DMALOAD_ACCESS_WRITE or both
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EINVAL if access has no or unknown flags; an error of
 *         dmaload_buffer_wait(); or the exporter's error
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_begin(struct dmaload_buffer *buffer,
				     unsigned access,
				     struct dmaload_error *err);

/**
 * End the bracket that dmaload_buffer_begin() began with the same access. Every
 * successful begin needs its end, even after an error.
 *
 * @return as dmaload_buffer_begin()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_end(struct dmaload_buffer *buffer,
				   unsigned access, struct dmaload_error *err);

/**
 * Fill a part of the buffer with zeros, in a bracket of its own. After a load
 * that failed, its ranges have bytes of the file or of before; so wipe what
 * nobody must see, such as bytes whose digest is wrong, before you hand the
 * buffer on. No load or job may use the part meanwhile.
 *
 * The bytes in memory are overwritten. Memory that a buffer has freed is not:
 * the kernel clears it before another process gets it.
 *
 * @param offset  first byte in the buffer
 * @param length  bytes, at least 1; or DMALOAD_TO_END: up to the end of the
 *                buffer
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL  the buffer is NULL, or length is 0
 *         -ERANGE  the buffer does not have all these bytes
 *         -EROFS   the mapping is read-only
 *         or as dmaload_buffer_begin(); if that fails, nothing was written
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_buffer_wipe(struct dmaload_buffer *buffer,
				    uint64_t offset, uint64_t length,
				    struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

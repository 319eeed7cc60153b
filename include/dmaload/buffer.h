/* SPDX-License-Identifier: MIT */
/** @file Memory shared with devices. */
#ifndef DMALOAD_BUFFER_H
#define DMALOAD_BUFFER_H

#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Memory shared with devices: a dma-buf fd and a CPU mapping of all of it. Or
 * the caller's own memory, which has no fd: dmaload_buffer_from_memory().
 * Opaque.
 *
 * Jobs keep the buffers that they use. Once loaded, the fd or a
 * duplicate of it may be handed to any importer, and the memory lives until the
 * last fd, mapping and attachment are gone, as the kernel counts them.
 */
struct dmaload_buffer;

/**
 * Allocate a buffer.
 *
 * @param out     receives the buffer; dmaload_buffer_destroy() frees it
 * @param source  where the memory comes from:
 *                - NULL: the best that this machine has for this size, by the
 *                  rules of dmaload_sources_create(): a heap, "system" if it may
 *                  be used, else "udmabuf";
 *                - "NAME" or "heap:NAME": the heap /dev/dma_heap/NAME;
 *                - "udmabuf": a dma-buf over shared memory whose own mapping can
 *                  be pinned, so that direct I/O works on kernels whose heaps do
 *                  not allow it; in transparent huge pages where
 *                  /sys/kernel/mm/transparent_hugepage/shmem_enabled grants them,
 *                  which dmaload_report::buffer_pages tells;
 *                - "udmabuf:2M": the same in reserved huge pages of 2 MiB, and in
 *                  others where not enough of these are free: see
 *                  dmaload_report::buffer_pages_note;
 *                - "memfd": sealed shared memory. Not a dma-buf: no device can
 *                  attach it, all else behaves the same. For development on
 *                  machines without heaps; never chosen for NULL.
 * @param size    in bytes, at least 1; rounded up to whole pages
 * @param err     receives the reason of a failure, or NULL
 *
 * The memory is zeroed by the kernel. Before it is allocated, size is compared
 * with MemAvailable of /proc/meminfo: the heaps themselves do not check (true
 * up to Linux 7.3), and a request that is too large makes the kernel kill other
 * processes. For "memfd" and "udmabuf" it is also compared with the room of each
 * visible memory cgroup, since the kernel would kill this process at a limit.
 * Memory that other buffers of this process have been granted, and are still
 * being populated with, is not there any more. See dmaload_memory_query().
 *
 * A udmabuf takes its time, to be populated and to be made, and a memfd of more than
 * 8 MiB to be populated. It is used at once: a thread of the buffer does that while a
 * load already reads into the mapping, and whoever needs the fd waits for it,
 * dmaload_buffer_fd(), dmaload_buffer_begin() and a load at its end, without regard to
 * its deadline. So what goes wrong there comes
 * out of the next of these calls, with its reason: -ENOMEM mostly. A child of fork()
 * has no such thread: if it was at work then, these calls give -ECHILD there.
 *
 * @return 0, or
 *         -EINVAL     size is 0, or source is malformed
 *         -EOVERFLOW  size does not fit a file offset or, in a process of 32 bits,
 *                     the address space
 *         -ENODEV     there is no such heap, or no /dev/udmabuf, or neither
 *         -EACCES     the node may not be opened; the message names its owner and
 *                     group
 *         -EPERM      a seccomp filter refuses memfd_create(2), or may not know it
 *                     and no source was named
 *         -E2BIG      size is more than a limit allows: udmabuf's size_limit_mb,
 *                     or, of a udmabuf or memfd, RLIMIT_FSIZE. The message names
 *                     the limit, its value, and how to raise it. Nothing was
 *                     allocated. Several buffers may do: dmaload_spread_create()
 *         -ENOMEM     not enough memory is available, or the allocation failed;
 *                     the message names the limit, what is used of it and, of a
 *                     cgroup, its folder
 *         -EMFILE     no fd is free; so -ENFILE
 *         -EAGAIN     no thread can be started for a udmabuf; a memfd is populated
 *                     before the call returns, then
 *         or another error of open(2), the heap's ioctl or mmap(2)
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_create(struct dmaload_buffer **out,
				      const char *source, uint64_t size,
				      struct dmaload_error *err);

/**
 * Adopt somebody else's dma-buf: from a DRM or V4L2 driver, from another
 * process, from any exporter.
 *
 * The fd stays the caller's: the buffer works on a duplicate and the caller may
 * close his at once. The duplicate shares the file description, as dup(2) says.
 * A dma-buf that was exported read-only is accepted and mapped for reading; a
 * load into it fails with -EROFS.
 *
 * @return 0, or
 *         -EBADF   fd is not open
 *         -EBADFD  fd is open but no dma-buf; the message says what it is
 *         -ENODEV  the exporter offers no CPU mapping; so other errors of
 *                  mmap(2)
 *         -EOVERFLOW  it has 0 bytes; or a process of 32 bits cannot map it
 *         -ENOMEM, -EMFILE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_from_fd(struct dmaload_buffer **out, int fd,
				       struct dmaload_error *err);

/**
 * Take the caller's own memory as a buffer: anonymous or huge pages, a driver's
 * user pointer, anything that is mapped and can be written.
 *
 * The memory stays the caller's. It must stay mapped, writable and at its place
 * as long as the buffer lives, and nobody else may free it; otherwise a load
 * behaves as memcpy(3) does. It may begin anywhere and have any size: where
 * blocks of the file fall on addresses that direct I/O accepts, and the memory
 * can be pinned, it is read in place.
 *
 * There is nothing for a device to import, and no SYNC: dmaload_buffer_fd() is
 * -1, dmaload_buffer_begin() and _end() do nothing, and the source is "memory".
 *
 * @param memory  the first byte
 * @param size    in bytes, at least 1
 * @return 0; -EINVAL if memory is NULL or size 0; -EOVERFLOW if the memory would
 *         wrap around; -ENOMEM
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_from_memory(struct dmaload_buffer **out,
					   void *memory, uint64_t size,
					   struct dmaload_error *err);

/**
 * Unmap the buffer and close its fd, as soon as no load and no job uses it. Fds
 * that were duplicated from it and importers keep the memory. The caller's own
 * memory is left alone: there, jobs that use it are canceled, and the call
 * returns when none does any more; so not from their progress functions. NULL is
 * ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_buffer_destroy(struct dmaload_buffer *buffer);

/**
 * Wait until the buffer's fd and memory are there: at once, unless the source is
 * "udmabuf" or "memfd".
 *
 * @return 0, or why there will be none: -ENOMEM, if the memory could not be
 *         populated; -E2BIG, if the limit was lowered since; -EMFILE; -ECHILD after
 *         fork(); or another error of the ioctl UDMABUF_CREATE
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_wait(const struct dmaload_buffer *buffer,
				    struct dmaload_error *err);

/**
 * The buffer's fd: a dma-buf, or a memfd where the source is "memfd", or -1 where
 * it is "memory". Waits for it as dmaload_buffer_wait() does, and returns what that
 * does if there is none; after a load that succeeded there is. Owned by
 * the buffer and valid as long as it: do not close it, and give a duplicate to
 * an importer that takes its fd over, as Vulkan does.
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_fd(const struct dmaload_buffer *buffer);

/** The size in bytes; a multiple of the page size, unless the source is
 * "memory". Since: 0.1 */
DMALOAD_API uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer);

/**
 * The CPU mapping of the whole buffer, MAP_SHARED, page-aligned; writable
 * unless the buffer was adopted from a read-only fd. Or the caller's own memory,
 * as it was given. Never NULL; valid as long as the buffer. Use it between dmaload_buffer_begin() and _end().
 *
 * Since: 0.1
 */
DMALOAD_API void *dmaload_buffer_map(const struct dmaload_buffer *buffer);

/**
 * Where the memory came from: the name of a heap, "udmabuf", "udmabuf:2M" if it is
 * in reserved huge pages, "memfd", for an adopted fd "foreign", or "memory". Owned
 * by the buffer, never NULL.
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
 * Open a bracket of CPU access (DMA_BUF_IOCTL_SYNC with START; nothing for a
 * memfd or the caller's own memory). Loads open and close their own: this one is for the caller's own
 * reads and writes. Restarted on EINTR and EAGAIN. The kernel waits without
 * bound for the fences of devices that use the buffer.
 *
 * @param access  DMALOAD_ACCESS_READ, DMALOAD_ACCESS_WRITE or both
 * @return 0; -EINVAL if access is neither; what dmaload_buffer_wait() returns; or
 *         the exporter's error
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_begin(struct dmaload_buffer *buffer,
				     unsigned access,
				     struct dmaload_error *err);

/**
 * Close the bracket that dmaload_buffer_begin() opened with the same access.
 * Every successful begin needs its end, after an error too.
 *
 * @return as dmaload_buffer_begin()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_buffer_end(struct dmaload_buffer *buffer,
				   unsigned access, struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

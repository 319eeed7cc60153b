/* SPDX-License-Identifier: MIT */
/** @file The sources of memory on this machine. */
#ifndef DMALOAD_SOURCE_H
#define DMALOAD_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The sources of memory on this machine: what dmaload_buffer_create() can
 * allocate from, whether this process may use each, and which is recommended.
 * A snapshot: it does not follow later changes. Opaque.
 *
 * Since: 0.2
 */
struct dmaload_sources;

/**
 * A source of memory. Made and owned by the list; valid and unchanged until
 * dmaload_sources_destroy(). Later versions may append members.
 *
 * Since: 0.2
 */
struct dmaload_source {
	/** The name for dmaload_buffer_create(): "heap:system", for example.
	 * Never NULL. */
	const char *name;
	/**
	 * 0 if this process may use the source; else the negative errno value
	 * of opening its node, usually -EACCES, or -ENODEV where there is none.
	 *
	 * A memfd has no node and is not tried, so this is 0; a seccomp filter
	 * may still refuse memfd_create(2).
	 */
	int access;
	/** 1 if dmaload_buffer_create() chooses this source when the caller
	 * names none; else 0. At most one source of a list is recommended. */
	uint32_t recommended;
	/**
	 * The largest buffer that the source itself allows, in bytes;
	 * UINT64_MAX if it has no limit or the limit is not known. For udmabufs
	 * this is the module's parameter size_limit_mb, which is 64 MiB by
	 * default up to Linux 7.2.
	 *
	 * Memory (dmaload_memory_query()) and, for udmabufs and memfds,
	 * RLIMIT_FSIZE may allow less.
	 */
	uint64_t max_bytes;
	/** How to get access: a sentence that names the node, its owner, group
	 * and mode, and what to change. Usually a udev rule is missing, and the
	 * sentence has one: see FILES in dmaload(1). Empty if access is 0.
	 * Never NULL. */
	const char *remedy;
	/** Why the source is recommended, or why not: a sentence. Never NULL or
	 * empty. */
	const char *reason;
};

/**
 * List the sources of memory. Opens each node for reading and allocates nothing
 * from it. Thread-safe.
 *
 * The list has, in this order:
 *
 * - "heap:NAME" for each heap, sorted by name: the character devices under
 *   /dev/dma_heap (Linux 5.6, CONFIG_DMABUF_HEAPS). There may be none. On most
 *   systems only root may use them;
 * - "udmabuf" (Linux 4.20, CONFIG_UDMABUF), "udmabuf:2M" and "memfd", always.
 *
 * The first of these rules that holds decides which source is recommended. The
 * same rules hold for dmaload_buffer_create() when the caller names no source:
 *
 * 1. the heap "system", if this process may use it; else the first heap by name
 *    that it may use. Heaps called "protected..." are left out, because the CPU
 *    cannot fill them;
 * 2. "udmabuf", if this process may use it, size is within its limit, and no
 *    seccomp filter may refuse memfd_create(2): see enum dmaload_syscalls. For
 *    a larger size, dmaload_spread_create() makes several buffers;
 * 3. none. "udmabuf:2M" and "memfd" are used on request only.
 *
 * @param out   receives the list; dmaload_sources_destroy() frees it
 * @param size  of the buffer that you need, in bytes, at least 1: it decides
 *              which source is recommended
 * @param err   receives the reason of a failure, or NULL
 * @return 0, even if this process may use no source; -EINVAL if out is NULL or
 *         size is 0; -ENOMEM; or the error of reading /dev/dma_heap, for
 *         example -EACCES
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_sources_create(struct dmaload_sources **out,
				       uint64_t size,
				       struct dmaload_error *err);

/** Free a list with its sources. NULL is ignored. Since: 0.2 */
DMALOAD_API void dmaload_sources_destroy(struct dmaload_sources *sources);

/** Return the number of sources in the list; 0 for NULL. Since: 0.2 */
DMALOAD_API size_t
dmaload_sources_count(const struct dmaload_sources *sources);

/**
 * Return source number i of the list.
 *
 * @return the source, owned by the list; NULL if i is not below the count
 *
 * Since: 0.2
 */
DMALOAD_API const struct dmaload_source *
dmaload_sources_get(const struct dmaload_sources *sources, size_t i);

#ifdef __cplusplus
}
#endif

#endif

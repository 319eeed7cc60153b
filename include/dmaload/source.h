/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_SOURCE_H
#define DMALOAD_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>
#include <dmaload/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size in bytes of a source's name, the final NUL included. */
#define DMALOAD_SOURCE_SIZE 160

/**
 * Where dmaload_buffer_create() allocates if no source is asked for. Owned by the
 * caller, who sets size.
 *
 * Since: 0.1
 */
struct dmaload_choice {
	/** In: sizeof(struct dmaload_choice), set by the caller. */
	size_t size;
	/** What dmaload_buffer_create() takes: "heap:system" for example. */
	char source[DMALOAD_SOURCE_SIZE];
	/** Why this one, in a sentence. */
	char reason[DMALOAD_REASON_SIZE];
};

/**
 * Tell what dmaload_buffer_create() would choose for a buffer of this size, and
 * why. Allocates nothing. The rules, the first that holds:
 *
 * 1. the heap "system", else the first heap in the order of names that this
 *    process may use, "protected" ones excepted;
 * 2. "udmabuf", if this process may use it and size is within its limit; what is
 *    larger is spread over several, if that is asked for: dmaload_spread_create();
 * 3. nothing: "memfd" is never chosen.
 *
 * @param size    in bytes
 * @param choice  receives the choice; its size must be set
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or what dmaload_buffer_create() would fail with: -ENODEV, -EACCES,
 *         -E2BIG; of the heaps, unless there is none and only /dev/udmabuf refuses;
 *         or -EINVAL if choice has no size
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_source_choose(uint64_t size,
				      struct dmaload_choice *choice,
				      struct dmaload_error *err);

/**
 * What the source "udmabuf" grants this process. Owned by the caller, who sets
 * size.
 *
 * Since: 0.1
 */
struct dmaload_udmabuf {
	/** In: sizeof(struct dmaload_udmabuf), set by the caller. */
	size_t size;
	/**
	 * The largest buffer, in bytes: the module's parameter size_limit_mb,
	 * which is 64 by default up to Linux 7.2; UINT64_MAX if it is not told.
	 */
	uint64_t limit_bytes;
	/** 0 if it may be used, else -ENODEV, -EACCES or another error of
	 * opening /dev/udmabuf. */
	int access;
	/** How to get access, as dmaload_heaps_remedy(); empty if access is 0. */
	char remedy[DMALOAD_MESSAGE_SIZE];
};

/**
 * Look at /dev/udmabuf (Linux 4.20, CONFIG_UDMABUF). Allocates nothing.
 *
 * @param udmabuf  receives the answer; its size must be set
 * @param err      receives the reason of a failure, or NULL
 * @return 0; -EINVAL if udmabuf has no size
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_udmabuf_look(struct dmaload_udmabuf *udmabuf,
				     struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif

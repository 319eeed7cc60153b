/* SPDX-License-Identifier: MIT */
/*
 * Receives: each decision of a job, where it is made.
 * Hands on: the USDT probes of dmaload-probes(7), for a tracer.
 * Always:   no figure and no decision depends on a tracer.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

#include "sys/sys.h"

#ifdef HAVE_SDT
/* A tracer counts itself in a probe's semaphore. Without one, a probe costs a
 * test, and no argument is computed. */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#ifdef __clang__
/* <sys/sdt.h> passes fewer arguments to macros than C11 permits. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

#define TRACE_SEMAPHORE(probe) \
	extern volatile unsigned short dmaload_##probe##_semaphore \
	__attribute__((visibility("hidden")))

TRACE_SEMAPHORE(begin);
TRACE_SEMAPHORE(chunk);
TRACE_SEMAPHORE(path);
TRACE_SEMAPHORE(decline);
TRACE_SEMAPHORE(end);

#define TRACE_IS_ON(probe) \
	__builtin_expect(dmaload_##probe##_semaphore != 0, false)
#define TRACE(n, probe, ...) STAP_PROBE##n(dmaload, probe, __VA_ARGS__)
#else
#define TRACE_IS_ON(probe) false
/* The arguments count as used, and nothing is computed. */
#define TRACE(n, probe, ...) \
	((void)sizeof((const uint64_t[]){ __VA_ARGS__ }))
#endif

/* Tracers take an argument for a number of 64 bits. */
static inline uint64_t trace_address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

/* A job begins to run. file: its first. */
static inline void trace_begin(const void *job, const char *operation,
			       const char *file, uint64_t ranges,
			       uint64_t bytes, uint64_t user_data)
{
	if (TRACE_IS_ON(begin))
		TRACE(6, begin, trace_address(job), trace_address(operation),
		      trace_address(file), ranges, bytes, user_data);
}

/* Return the time at which a chunk begins; 0 if no tracer wants it. */
static inline uint64_t trace_chunk_begin(void)
{
	return TRACE_IS_ON(chunk) ? sys_now() : 0;
}

/* The bytes of a chunk have reached their place. */
static inline void trace_chunk(const void *job, const char *file,
			       uint64_t offset, uint64_t bytes,
			       enum dmaload_path path, uint64_t begun)
{
	if (TRACE_IS_ON(chunk))
		TRACE(6, chunk, trace_address(job), trace_address(file), offset,
		      bytes, trace_address(dmaload_path_name(path)),
		      begun ? sys_now() - begun : 0);
}

/* A pair of a file and a buffer takes a path. from: the one before, or "". */
static inline void trace_path(const void *job, const char *file,
			      const char *from, const char *to,
			      const char *reason)
{
	if (TRACE_IS_ON(path))
		TRACE(5, path, trace_address(job), trace_address(file),
		      trace_address(from), trace_address(to),
		      trace_address(reason));
}

/* A path is not used, for some bytes at least. */
static inline void trace_decline(const void *job, enum dmaload_path path,
				 const char *reason)
{
	if (TRACE_IS_ON(decline))
		TRACE(3, decline, trace_address(job),
		      trace_address(dmaload_path_name(path)),
		      trace_address(reason));
}

/* A job that has begun ends. result: 0 or -errno. */
static inline void trace_end(const void *job, int64_t result, uint64_t bytes,
			     uint64_t ns, const char *message)
{
	if (TRACE_IS_ON(end))
		TRACE(5, end, trace_address(job), result, bytes, ns,
		      trace_address(message));
}

#if defined(HAVE_SDT) && defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif

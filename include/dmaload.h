/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_H
#define DMALOAD_H

/** @file
 * libdmaload: load files into dma-bufs.
 *
 * The journey of the data is the order of the headers: a file is opened
 * (file.h), a buffer is allocated or adopted (buffer.h), or several of them
 * where one may not be as large (spread.h), a load moves ranges of one into the
 * other (load.h), in the background if wanted (job.h, events.h), and a report
 * says how it went (report.h). Buffers of DRM drivers have a header and a
 * library of their own, dmaload-drm.h.
 *
 * Until 1.0 the interface may change with a minor version.
 *
 * Conventions, valid for every function unless it says otherwise:
 *
 * - A function that can fail returns 0 on success or a negative errno value,
 *   and explains a failure in the struct dmaload_error it was given, if any.
 * - A constructor leaves its out parameter untouched on failure. A destructor
 *   accepts NULL.
 * - Where an object is NULL, a function that can fail returns -EINVAL; others return
 *   0, NULL, or where they never return NULL for an object, an empty string. The
 *   context of a blocking call may be NULL.
 * - Sizes, lengths and offsets are in bytes, times in nanoseconds on
 *   CLOCK_MONOTONIC.
 * - Any number of threads may use an object at the same time, but none while it is
 *   being destroyed, unless its destructor says otherwise.
 * - The library never prints, exits, installs signal handlers or reads
 *   environment variables, and writes no files but those it is to store into.
 *   Every fd it opens is O_CLOEXEC.
 */

#include <dmaload/error.h>
#include <dmaload/source.h>
#include <dmaload/memory.h>
#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>
#include <dmaload/load.h>
#include <dmaload/job.h>
#include <dmaload/events.h>

#endif

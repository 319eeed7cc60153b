/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_H
#define DMALOAD_H

/**
 * libdmaload: load files into dma-bufs.
 *
 * The journey of the data is the order of the headers: a file is opened
 * (file.h), a buffer is allocated or adopted (buffer.h), a load moves a range
 * of one into the other (load.h), and a report says how it went (report.h).
 *
 * Conventions, valid for every function unless it says otherwise:
 *
 * - A function that can fail returns 0 on success or a negative errno value,
 *   and explains a failure in the struct dmaload_error it was given, if any.
 * - A constructor leaves its out parameter untouched on failure. A destructor
 *   accepts NULL.
 * - Sizes, lengths and offsets are in bytes, times in nanoseconds on
 *   CLOCK_MONOTONIC.
 * - Objects are not locked. Two threads may use different objects at the same
 *   time; one object is used by one thread at a time, except that any number
 *   of threads may call its getters.
 * - The library never prints, exits, installs signal handlers, reads
 *   environment variables or writes files. Every fd it opens is O_CLOEXEC.
 */

#include <dmaload/error.h>
#include <dmaload/heap.h>
#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>
#include <dmaload/load.h>

#endif

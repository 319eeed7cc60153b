/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_H
#define DMALOAD_H

/** @file
 * libdmaload: load files into dma-bufs, the memory that devices share.
 *
 * The simplest program is three calls:
 *
 *     struct dmaload_buffer *buffer;
 *     struct dmaload_error err;
 *
 *     if (dmaload_load_file(&buffer, "model.gguf", NULL, NULL, NULL, &err) < 0)
 *             return fail(err.message);
 *     import_into_my_device(dmaload_buffer_fd(buffer));
 *     dmaload_buffer_destroy(buffer);
 *
 * The headers are in the order in which a larger program meets them:
 *
 * - error.h: why a call failed;
 * - source.h, memory.h: where memory can come from, and how much there is;
 * - buffer.h: allocate a buffer, or adopt one;
 * - file.h: open a file to load from or to store into, or a stream;
 * - report.h: how a load went, and why not a faster way;
 * - load.h: load, store and compare ranges of files, and wait for it;
 * - job.h, events.h: do the same in the background.
 *
 * Five headers stand beside these and are not included here. dmaload/spread.h
 * loads one file into several buffers, if one buffer cannot be large enough.
 * The others belong to separate libraries: dmaload-drm.h is for buffers of DRM
 * drivers, dmaload-cache.h keeps parts of files in a limited number of buffers,
 * dmaload-digest.h computes digests of files while they are loaded, and
 * dmaload-models.h finds the tensors of model files.
 *
 * More documents are in share/doc/dmaload, for example below /usr:
 *
 * - DEBUGGING.md: what to do if a load is slow, went buffered or was refused;
 * - doc/examples.md: whole programs for common tasks;
 * - doc/report.md: each line of a report.
 *
 * Until 1.0 the interface may change with a minor version.
 *
 * These conventions hold for every function unless it says otherwise:
 *
 * - A function that can fail returns 0 on success and a negative errno value on
 *   failure. It explains the failure in the struct dmaload_error, if you pass
 *   one.
 * - A constructor leaves its out parameter untouched on failure. A destructor
 *   accepts NULL.
 * - If an object is NULL, a function that can fail returns -EINVAL. Others
 *   return 0, NULL or an empty string. Only the context of a blocking call may
 *   be NULL.
 * - Sizes, lengths and offsets are in bytes. Times are in nanoseconds on
 *   CLOCK_MONOTONIC.
 * - Any number of threads may use an object at the same time, but none while it
 *   is being destroyed.
 * - A struct that begins with its size can grow. Initialise it with its macro
 *   DMALOAD_..._INIT, which sets the size and clears all other members.
 * - Later versions may add values to enums. So members of structs that hold an
 *   enum's value are of type uint32_t: expect values that you do not know.
 * - The library never prints, exits, installs signal handlers or reads
 *   environment variables. It writes no files but those that you store into.
 *   Every fd that it opens is O_CLOEXEC.
 */

#include <dmaload/error.h>
#include <dmaload/source.h>
#include <dmaload/memory.h>
#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>
#include <dmaload/transform.h>
#include <dmaload/load.h>
#include <dmaload/job.h>
#include <dmaload/events.h>

#endif

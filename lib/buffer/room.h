/* SPDX-License-Identifier: MIT */
/*
 * Receives: a size, and the counters that it is charged to.
 * Hands on: a promise; or -ENOMEM, with the available memory, the limit and the
 *           remedy.
 * Always:   a value that the kernel does not report sets no limit.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdint.h>

#include <dmaload/error.h>

#include "buffer/promise.h"

/* The counters of the memory. */

/* The machine: the memory is part of MemAvailable. */
#define ROOM_MACHINE 1u
/* The memory cgroup of the process is charged. */
#define ROOM_CGROUP 2u
/* Reserved huge pages. The cgroup is charged for them only if cgroups are
 * mounted with memory_hugetlb_accounting (Linux 6.7; systemd does so since
 * version 259). */
#define ROOM_HUGETLB 4u

/* The load itself needs it: buffers leave room for that. */
#define ROOM_SPARE 8u

/* Ordinary shared memory. */
#define ROOM_SHARED (ROOM_MACHINE | ROOM_CGROUP)
/* The bounce pool. */
#define ROOM_POOL (ROOM_CGROUP | ROOM_SPARE)

/*
 * Reserve memory before it is allocated. Later, the kernel would not refuse it,
 * but kill: this process at a cgroup's limit, other processes when the machine
 * has no more. Return 0 and add to the promise, or -ENOMEM.
 */
int room_reserve(struct promise *promise, unsigned who, uint64_t size,
		 struct dmaload_error *err);

#endif

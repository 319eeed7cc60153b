/* SPDX-License-Identifier: MIT */
/*
 * Receives: how much memory is wanted, and who counts it.
 * Hands on: a promise; or -ENOMEM, with what there is, who limits it and the
 *           remedy.
 * Always:   what the kernel does not tell limits nothing.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdint.h>

#include <dmaload/error.h>

#include "buffer/promise.h"

/* The counters of the memory. */

/* The machine: it is part of MemAvailable. */
#define ROOM_MACHINE 1u
/* The memory cgroup of the process is charged for it. */
#define ROOM_CGROUP 2u
/* Reserved huge pages, for which the cgroup is charged only where cgroups are
 * mounted with memory_hugetlb_accounting (Linux 6.7; systemd does so since its
 * version 259). */
#define ROOM_HUGETLB 4u

/* It is for a load itself: out of what buffers leave for that. */
#define ROOM_SPARE 8u

/* Ordinary shared memory. */
#define ROOM_SHARED (ROOM_MACHINE | ROOM_CGROUP)
/* The bounce pool. */
#define ROOM_POOL (ROOM_CGROUP | ROOM_SPARE)

/*
 * Ask for memory before it is allocated, and have it promised. The kernel does
 * not refuse it later, but kills: the process at a cgroup's limit, bystanders
 * when the machine has no more. 0, and promise has grown by it; or -ENOMEM.
 */
int room_reserve(struct promise *promise, unsigned who, uint64_t size,
		 struct dmaload_error *err);

#endif

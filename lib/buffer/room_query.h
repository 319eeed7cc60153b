/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing; it queries its own process.
 * Hands on: what the machine and the process's memory cgroups have left.
 * Always:   a value that the kernel does not report is DMALOAD_UNKNOWN, and no
 *           error.
 */
#ifndef ROOM_QUERY_H
#define ROOM_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/memory.h>

/* Return MemAvailable, in bytes. */
uint64_t room_query_machine(void);

/* Return CmaFree and set *total to CmaTotal, in bytes: of all areas of contiguous
 * memory together. */
uint64_t room_query_contiguous(uint64_t *total);

/*
 * Find the cgroup with the least room, among the process's own and its visible
 * parents, and fill in its values and the note. Return whether reserved huge
 * pages are charged, too.
 */
bool room_query_cgroups(struct dmaload_memory *memory);

/* Copy a path. If it is too long, copy its end, which differs from others. */
void room_put_name(char *name, size_t size, const char *path);

#endif

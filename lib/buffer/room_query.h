/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing; the process is its own subject.
 * Hands on: what the machine and the process's memory cgroups have left.
 * Always:   what the kernel does not tell is DMALOAD_UNKNOWN, and no failure.
 */
#ifndef ROOM_QUERY_H
#define ROOM_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/memory.h>

/* MemAvailable, in bytes. */
uint64_t room_query_machine(void);

/*
 * Fill in the cgroup with the least room, of the process's own and all visible
 * parents of it, and the note. Returns whether reserved huge pages are charged,
 * too.
 */
bool room_query_cgroups(struct dmaload_memory *memory);

/* Copy a path; if it is too long, its end, which is what tells it from others. */
void room_put_name(char *name, size_t size, const char *path);

#endif

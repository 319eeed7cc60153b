/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing.
 * Hands on: a mark by which a cache knows the process that made it.
 * Always:   a child of fork() sees that it is not its own, without a system
 *           call.
 */
#ifndef SC_PROCESS_H
#define SC_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Return NULL if there is no memory for a mark. */
const _Atomic uint32_t *sc_mark_create(void);
void sc_mark_destroy(const _Atomic uint32_t *mark);

static inline bool sc_mark_is_ours(const _Atomic uint32_t *mark)
{
	return atomic_load_explicit(mark, memory_order_relaxed) != 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing.
 * Hands on: a number by which a cache knows the process that made it.
 * Always:   a child of fork() sees that it is not its own, without a system
 *           call.
 */
#ifndef SC_PROCESS_H
#define SC_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The number of this process, or 0: it has none yet. */
extern _Atomic uint32_t *sc_process_mark;

/* Return the number of this process, which is not 0. */
uint32_t sc_process(void);

static inline bool sc_process_is(uint32_t process)
{
	return atomic_load_explicit(sc_process_mark, memory_order_relaxed) ==
	       process;
}

#endif

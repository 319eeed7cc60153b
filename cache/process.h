/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing.
 * Hands on: a number by which a cache knows the process that made it.
 * Always:   a child of fork() detects without a system call that the cache is
 *           not its own.
 */
#ifndef SC_PROCESS_H
#define SC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Return the number of this process. */
uint32_t sc_process(void);
bool sc_process_is(uint32_t process);

#endif

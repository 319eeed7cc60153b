/* SPDX-License-Identifier: MIT */
/*
 * A child of fork() must not even hit. Its pins are its own, so the parent does
 * not see them, but the bytes are shared. libdmaload would refuse the child,
 * but getpid(2) takes 300 ns and a hit takes 46 (in a virtual machine, Linux
 * 6.18).
 *
 * If only fork() is detected (common/generation.h), a child of _Fork() or
 * clone(2) can hit; its context refuses it when it misses.
 */
#include "process.h"

#include "common/generation.h"

uint32_t sc_process(void)
{
	return generation_get();
}

bool sc_process_is(uint32_t process)
{
	return generation_is(process);
}

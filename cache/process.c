/* SPDX-License-Identifier: MIT */
/*
 * A child must not even hit. Its pins are its own, and the parent does not see
 * them, but the bytes are shared. libdmaload would refuse it, but getpid(2)
 * takes it 300 ns where a hit takes 46 (in a virtual machine, Linux 6.18).
 *
 * Where only fork() counts (common/generation.h), a child of _Fork() or clone(2)
 * hits; its context refuses it when it misses.
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

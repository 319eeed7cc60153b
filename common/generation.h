/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing.
 * Hands on: the generation of this process, which differs from its parent's.
 * Always:   static, since each library has a copy, and a static library hides
 *           no name. So one file of a library includes it.
 *
 * The number of a process may equal its parent's. The first process of a PID
 * namespace has number 1 there, and the parent may have it in its own
 * namespace. So generations are counted, in memory that a child has a copy of.
 * fork() raises the count in the child, by a callback of libc. _Fork() and
 * clone(2) make no callback, so the kernel wipes the mark (MADV_WIPEONFORK,
 * Linux 4.14). Older kernels refuse that, and qemu-user 7.2 accepts it and
 * wipes nothing; only fork() counts there. The callback is registered in any
 * case.
 */
#ifndef COMMON_GENERATION_H
#define COMMON_GENERATION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint32_t generation_last;
static _Atomic uint32_t generation_unwiped;
/* The generation, or 0: it must be counted. */
static _Atomic uint32_t *generation_mark = &generation_unwiped;

static inline void generation_in_child(void)
{
	*generation_mark = 0;
}

/* The page is never unmapped, since threads may still be here as a process
 * ends. */
static inline void generation_count_forks(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED && madvise(page, size, MADV_WIPEONFORK) == 0)
		generation_mark = page;
	else if (page != MAP_FAILED)
		munmap(page, size);
	pthread_atfork(NULL, NULL, generation_in_child);
}

/* Return the generation, which is not 0. */
static inline uint32_t generation_get(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint32_t generation, next;

	pthread_once(&once, generation_count_forks);
	generation = *generation_mark;
	if (generation == 0) {
		next = ++generation_last;
		if (atomic_compare_exchange_strong(generation_mark, &generation,
						   next))
			generation = next;
	}
	return generation;
}

/* Return whether generation, from an earlier generation_get(), is that of this
 * process. Makes no system call. */
static inline bool generation_is(uint32_t generation)
{
	return atomic_load_explicit(generation_mark, memory_order_relaxed) ==
	       generation;
}

#endif

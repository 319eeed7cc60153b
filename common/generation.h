/* SPDX-License-Identifier: MIT */
/*
 * Receives: nothing.
 * Hands on: the generation of this process, by which it is told from its parent.
 * Always:   static, since each library has a copy, and a static library hides no
 *           name; so one file of a library includes it.
 *
 * The number of a process does not tell it from its parent: the first process
 * of a PID namespace is number 1 there, as the parent may be in its own. So
 * generations are counted, in memory that a child has a copy of. The count goes
 * up in a child of fork(), as libc calls back. Libc tells nobody of _Fork() and
 * clone(2): there the kernel wipes the mark (MADV_WIPEONFORK, Linux 4.14).
 * Older kernels refuse that, and qemu-user 7.2 accepts it and wipes nothing; so
 * there, only fork() counts. Its callback is registered in any case.
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
/* The generation, or 0: it is to be counted. */
static _Atomic uint32_t *generation_mark = &generation_unwiped;

static inline void generation_in_child(void)
{
	*generation_mark = 0;
}

/* The page is never unmapped: threads may be here still as a process ends. */
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

/* Return whether it is this one, which generation_get() has returned before. No
 * system call is made. */
static inline bool generation_is(uint32_t generation)
{
	return atomic_load_explicit(generation_mark, memory_order_relaxed) ==
	       generation;
}

#endif

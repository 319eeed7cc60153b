/* SPDX-License-Identifier: MIT */
/*
 * A child must not even hit. Its pins are its own, and the parent does not see
 * them, but the bytes are shared. libdmaload would refuse it, but getpid(2)
 * takes it 300 ns where a hit takes 46 (in a virtual machine, Linux 6.18).
 *
 * So processes are counted, in memory that a child has a copy of, as libdmaload
 * does it. A child of fork() gets a new number as libc calls back; a child of
 * _Fork() or clone(2), of which libc tells nobody, where the kernel wipes the
 * page (MADV_WIPEONFORK, Linux 4.14). Where it does not, such a child keeps the
 * number, but its context refuses it when it misses.
 */
#include "process.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint32_t last;
static _Atomic uint32_t unwiped;
_Atomic uint32_t *sc_process_mark = &unwiped;

static void in_child(void)
{
	*sc_process_mark = 0;
}

/* The page is never unmapped: threads may be here still as a process ends. */
static void watch_for_forks(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED && madvise(page, size, MADV_WIPEONFORK) == 0)
		sc_process_mark = page;
	else if (page != MAP_FAILED)
		munmap(page, size);
	pthread_atfork(NULL, NULL, in_child);
}

uint32_t sc_process(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint32_t process = 0;

	pthread_once(&once, watch_for_forks);
	if (!atomic_load(sc_process_mark))
		atomic_compare_exchange_strong(sc_process_mark, &process,
					       ++last);
	return *sc_process_mark;
}

/* SPDX-License-Identifier: MIT */
/*
 * The mark is a page that the kernel wipes in a child (MADV_WIPEONFORK, Linux
 * 4.14), whatever made the child: fork(), _Fork() or a bare clone(2). On older
 * kernels every child keeps the mark, but its context refuses it when it
 * misses.
 *
 * A child must not even hit. Its pins are its own, and the parent does not see
 * them, but the bytes are shared.
 */
#include "process.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

const _Atomic uint32_t *sc_mark_create(void)
{
	_Atomic uint32_t *mark = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return NULL;
	madvise(mark, page_size(), MADV_WIPEONFORK);
	*mark = 1;
	return mark;
}

void sc_mark_destroy(const _Atomic uint32_t *mark)
{
	if (mark)
		munmap((void *)(uintptr_t)mark, page_size());
}

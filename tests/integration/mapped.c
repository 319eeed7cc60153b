/* SPDX-License-Identifier: MIT */
#include "mapped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* A huge page fits if address and offset differ by a multiple of its size. Here
 * they differ by an odd number of pages. */
struct mapped mapped_open(int fd, uint64_t from, uint64_t length)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct mapped mapped = { .length = length + page };

	mapped.base = mmap(NULL, mapped.length, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(mapped.base, MAP_FAILED);
	mapped.map = mapped.base;
	if (((uintptr_t)mapped.base - from) / page % 2 == 0)
		mapped.map = (char *)mapped.base + page;
	assert_ptr_not_equal(mmap(mapped.map, length, PROT_READ,
				  MAP_SHARED | MAP_FIXED, fd, (off_t)from),
			     MAP_FAILED);
	return mapped;
}

void mapped_close(const struct mapped *mapped)
{
	assert_int_equal(munmap(mapped->base, mapped->length), 0);
}

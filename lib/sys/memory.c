/* SPDX-License-Identifier: MIT */
/* Mappings, and what is behind them. */
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sys/result.h"
#include "sys/uapi.h"

int sys_map(void **out, size_t length, int prot, int flags, int fd,
	    uint64_t offset)
{
	void *map = mmap(NULL, length, prot, flags, fd, (off_t)offset);

	if (map == MAP_FAILED)
		return -errno;
	*out = map;
	return 0;
}

void sys_unmap(void *map, size_t length)
{
	munmap(map, length);
}

static int map_anywhere(struct sys_view *view, size_t length, int fd,
			uint64_t offset)
{
	const int r = sys_map(&view->at, length, PROT_READ, MAP_SHARED, fd, offset);

	view->base = view->at;
	view->base_length = view->length = length;
	return r;
}

/*
 * A huge page needs addresses and offsets that differ by a multiple of its
 * size. Here the difference is an odd number of pages. MADV_NOHUGEPAGE would
 * come after the mapping, and khugepaged may be faster.
 */
int sys_map_file(struct sys_view *view, size_t length, int fd, uint64_t offset,
		 bool resident)
{
	const size_t page = sys_page_size();
	char *base, *at;
	int r;

	if (resident)
		return map_anywhere(view, length, fd, offset);
	base = mmap(NULL, length + page, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	at = base;
	if (((uintptr_t)base / page - offset / page) % 2 == 0)
		at += page;
	if (mmap(at, length, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
		 (off_t)offset) == MAP_FAILED) {
		r = -errno;
		munmap(base, length + page);
		return r;
	}
	*view = (struct sys_view){ .at = at, .length = length, .base = base,
				   .base_length = length + page };
	return 0;
}

void sys_unmap_file(const struct sys_view *view)
{
	munmap(view->base, view->base_length);
}

int sys_madvise(void *map, size_t length, int advice)
{
	return result(madvise(map, length, advice));
}

int sys_pagemap(void *map, size_t length, struct sys_pagemap *seen)
{
	struct page_region regions[64];
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)map,
		.end = (uint64_t)(uintptr_t)map + length,
		.vec = (uintptr_t)regions,
		.vec_len = 64,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_HUGE,
	};
	int fd, i, n;

	fd = sys_open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0)
		return fd;
	n = control(fd, PAGEMAP_SCAN, &scan);
	sys_close(fd);
	if (n < 0)
		return n;

	*seen = (struct sys_pagemap){ .walked = scan.walk_end - scan.start };
	for (i = 0; i < n; i++) {
		const uint64_t bytes = regions[i].end - regions[i].start;

		seen->present += bytes;
		if (regions[i].categories & PAGE_IS_HUGE)
			seen->huge += bytes;
	}
	return 0;
}

ssize_t sys_copy_mapped(void *to, const void *from, size_t length)
{
	const struct iovec local = { .iov_base = to, .iov_len = length };
	const struct iovec mapped = { .iov_base = (void *)from,
				      .iov_len = length };
	ssize_t n = process_vm_readv(getpid(), &local, 1, &mapped, 1, 0);

	return n < 0 ? -errno : n;
}

int sys_mincore(void *map, size_t length, unsigned char *vec)
{
	return result(mincore(map, length, vec));
}

/*
 * Since Linux 5.2, mincore() reports every page as resident to a process
 * without permission. The page queried here is never resident, as it lies
 * beyond the end of any file. So the kernel itself decides, with its
 * capabilities and access lists.
 */
int sys_may_mincore(int fd)
{
	const int shift = sizeof(void *) == 8 ? 61 : 43;
	const size_t page = sys_page_size();
	unsigned char vec = 0;
	void *map = NULL;
	int r;

	r = sys_map(&map, page, PROT_READ, MAP_SHARED, fd, (uint64_t)1 << shift);
	if (r < 0)
		return r;
	r = sys_mincore(map, page, &vec);
	sys_unmap(map, page);
	return r == 0 && (vec & 1) ? -EPERM : r;
}

size_t sys_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

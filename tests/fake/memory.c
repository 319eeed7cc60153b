/* SPDX-License-Identifier: MIT */
/*
 * Mappings. They are real, so that sanitizers and the processor notice wrong
 * accesses. A dma-buf's mapping cannot be accessed outside of a bracket, and a
 * file's never.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"
#include "sys/uapi.h"

#define MAPS_MAX 64

static struct fake_map maps[MAPS_MAX];
static unsigned n_maps;
/* Bytes of buffers that are mapped, and their maximum. */
static uint64_t mapped, mapped_most;

const struct fake_map *fake_map_find(const void *at, size_t length)
{
	FAKE_LOCKED;
	const unsigned char *start = at;
	unsigned i;

	for (i = 0; i < n_maps; i++)
		if (start >= maps[i].at &&
		    start + length <= maps[i].at + maps[i].length)
			return &maps[i];
	return NULL;
}

unsigned fake_maps(void)
{
	FAKE_LOCKED;
	return n_maps;
}

uint64_t fake_mapped_max(void)
{
	FAKE_LOCKED;
	return mapped_most;
}

static uint64_t buffer_bytes(const struct fake_map *map)
{
	return map->node && map->node->host_fd >= 0 ? map->length : 0;
}

/* Return the access that the mapping grants now. */
static int protection(const struct fake_map *map)
{
	if (!map->node || map->node->kind == FAKE_MEMFD)
		return map->prot;
	if (map->node->kind != FAKE_DMABUF)
		return PROT_NONE;
	if (map->node->writing)
		return map->prot;
	return map->node->reading ? map->prot & PROT_READ : PROT_NONE;
}

void fake_maps_protect(const struct fake_node *node)
{
	FAKE_LOCKED;
	unsigned i;

	for (i = 0; i < n_maps; i++)
		if (maps[i].node == node)
			mprotect(maps[i].at, maps[i].length,
				 protection(&maps[i]));
}

bool fake_maps_touched(const struct fake_node *node)
{
	FAKE_LOCKED;
	unsigned i;

	for (i = 0; i < n_maps; i++)
		if (maps[i].node == node &&
		    fake_ring_touches(maps[i].at, maps[i].length))
			return true;
	return false;
}

void fake_maps_reset(void)
{
	FAKE_LOCKED;
	while (n_maps > 0) {
		n_maps--;
		munmap(maps[n_maps].at, maps[n_maps].length);
	}
	mapped = mapped_most = 0;
}

/* Check that the kernel would accept the arguments, and find the node. */
static int check_map(size_t length, int prot, int flags, int fd,
		     struct fake_node **node)
{
	const struct fake_desc *desc;

	*node = NULL;
	if ((flags & MAP_HUGETLB) && !fake.hugetlb)
		return -ENOMEM;
	if (flags & MAP_ANONYMOUS)
		return fake.map_most && length > fake.map_most ? -ENOMEM : 0;
	desc = fake_desc_of(fd);
	if (!desc)
		return -EBADF;
	if (desc->node->no_mmap || desc->node->kind == FAKE_DIR)
		return -ENODEV;
	if (!(flags & MAP_SHARED))
		fake_trap("a dma-buf or file is mapped, but not MAP_SHARED");
	if ((prot & PROT_WRITE) && (desc->flags & O_ACCMODE) != O_RDWR)
		return -EACCES;
	if (desc->node->huge && !fake.hugetlb)
		return -ENOMEM;
	*node = desc->node;
	return 0;
}

int sys_map(void **out, size_t length, int prot, int flags, int fd,
	    uint64_t offset)
{
	FAKE_LOCKED;
	struct fake_map map = { .length = length, .prot = prot,
				.offset = offset };
	int real = MAP_PRIVATE | MAP_ANONYMOUS, host_fd = -1;
	int r = fake_enter(FAKE_MAP);

	if (r == 0)
		r = check_map(length, prot, flags, fd, &map.node);
	if (r < 0)
		return r;
	if (length == 0 || offset % FAKE_PAGE != 0)
		return -EINVAL;
	if (n_maps == MAPS_MAX)
		fake_trap("the model has no mapping left");
	if (map.node && map.node->host_fd >= 0) {
		real = MAP_SHARED;
		host_fd = map.node->host_fd;
	}
	map.at = mmap(NULL, length, protection(&map), real, host_fd,
		      host_fd < 0 ? 0 : (off_t)offset);
	if (map.at == MAP_FAILED)
		return -ENOMEM;
	maps[n_maps++] = map;
	mapped += buffer_bytes(&map);
	if (mapped > mapped_most)
		mapped_most = mapped;
	*out = map.at;
	return 0;
}

void sys_unmap(void *at, size_t length)
{
	FAKE_LOCKED;
	unsigned i;

	fake_note(FAKE_UNMAP);
	if (fake_ring_touches(at, length))
		fake_trap("memory is unmapped with a read in flight");
	for (i = 0; i < n_maps; i++)
		if (maps[i].at == at && maps[i].length == length)
			break;
	if (i == n_maps)
		fake_trap("%zu bytes at %p are unmapped, but are not mapped",
			  length, at);
	munmap(at, length);
	mapped -= buffer_bytes(&maps[i]);
	maps[i] = maps[--n_maps];
}

int sys_map_file(struct sys_view *view, size_t length, int fd, uint64_t offset,
		 bool resident)
{
	FAKE_LOCKED;
	const int r = sys_map(&view->at, length, PROT_READ, MAP_SHARED, fd,
			      offset);

	if (r < 0)
		return r;
	view->length = view->base_length = length;
	view->base = view->at;
	maps[n_maps - 1].huge_pages = resident ? FAKE_HUGE_RESIDENT : FAKE_HUGE_NONE;
	return 0;
}

void sys_unmap_file(const struct sys_view *view)
{
	sys_unmap(view->base, view->base_length);
}

int sys_madvise(void *at, size_t length, int advice)
{
	FAKE_LOCKED;
	const struct fake_map *map = fake_map_find(at, length);
	int r = fake_enter(FAKE_MADVISE);

	if (r < 0)
		return r;
	if (!map)
		return -ENOMEM;
	if (advice == MADV_HUGEPAGE || advice == MADV_DONTFORK ||
	    advice == MADV_RANDOM)
		return 0;
	if (advice != MADV_POPULATE_WRITE && advice != MADV_POPULATE_READ)
		fake_trap("madvise with %d", advice);
	if (fake.no_populate || (map->node && map->node->pfnmap))
		return -EINVAL;
	if (!map->node && fake.populate_most && length > fake.populate_most)
		return -ENOMEM;
	if (advice == MADV_POPULATE_READ)
		return 0;
	return map->prot & PROT_WRITE ? 0 : -EFAULT;
}

/* Return true if a page lies in a huge page that the mapping has as a whole. */
static bool is_huge(const struct fake_map *map, const unsigned char *page)
{
	const uintptr_t from = (uintptr_t)map->at;
	const uintptr_t block = (uintptr_t)page & ~(uintptr_t)(FAKE_HUGE - 1);

	if (!fake.huge_pages || block < from ||
	    block + FAKE_HUGE > from + map->length)
		return false;
	return !fake.huge_gap ||
	       ((block - from) / FAKE_HUGE + 1) % fake.huge_gap != 0;
}

/* All mapped pages are present, except those without a struct page. */
int sys_pagemap(void *at, size_t length, struct sys_pagemap *seen)
{
	FAKE_LOCKED;
	const struct fake_map *map = fake_map_find(at, length);
	const unsigned char *page = at;
	int r = fake_enter(FAKE_PAGEMAP);

	if (r < 0)
		return r;
	if (!map)
		fake_trap("a query of the pages of what is not mapped");
	if (fake.look_most && length > fake.look_most)
		length = fake.look_most;
	*seen = (struct sys_pagemap){ .walked = length };
	if (map->node && map->node->pfnmap)
		return 0;
	seen->present = length;
	for (; page < (unsigned char *)at + length; page += FAKE_PAGE)
		if (is_huge(map, page))
			seen->huge += FAKE_PAGE;
	return 0;
}

int sys_may_mincore(int fd)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_MAY_MINCORE);

	fake_filter(DMALOAD_SYSCALLS_OLD);
	return r == 0 && !fake_tells(fake_node_of(fd)) ? -EPERM : r;
}

/* The kernel reports all pages as resident to a process that may not know. */
int sys_mincore(void *at, size_t length, unsigned char *vec)
{
	FAKE_LOCKED;
	const struct fake_map *map = fake_map_find(at, length);
	int r = fake_enter(FAKE_MINCORE);
	uint64_t offset;
	bool tells;
	size_t i;

	fake_filter(DMALOAD_SYSCALLS_OLD);
	if (r < 0)
		return r;
	if (!map || !map->node)
		fake_trap("mincore of memory that maps no file");
	if (map->huge_pages == FAKE_HUGE_ANY)
		fake_trap("khugepaged would read the file");
	tells = fake_tells(map->node);
	for (i = 0; i < length / FAKE_PAGE; i++) {
		offset = map->offset + (uint64_t)((unsigned char *)at - map->at) +
			 i * FAKE_PAGE;
		vec[i] = !tells || fake_cached(map->node, offset);
		/* The other bits are reserved, and may have any value. */
		vec[i] |= 0x80;
	}
	return 0;
}

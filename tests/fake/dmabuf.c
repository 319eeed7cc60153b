/* SPDX-License-Identifier: MIT */
/* Shared memory: dma-bufs with their brackets, heaps, and memfds. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "model.h"

int sys_memfd(const char *name, unsigned flags)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_MEMFD_CREATE);
	struct fake_node *node;

	(void)name;
	if (r < 0)
		return r;
	if (!(flags & MFD_CLOEXEC) || !(flags & MFD_ALLOW_SEALING))
		fake_trap("a memfd with flags %#x", flags);
	node = fake_add(FAKE_MEMFD, "", 0);
	node->huge = flags & MFD_HUGETLB;
	return fake_fd_new(node, O_RDWR);
}

int sys_truncate(int fd, uint64_t size)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_TRUNCATE);

	if (r == 0)
		r = fake_limit(size);
	if (r < 0)
		return r;
	if (node->kind != FAKE_MEMFD || node->bytes || node->seals)
		fake_trap("only a new memfd is truncated");
	fake_alloc_bytes(node, size);
	return 0;
}

int sys_seal(int fd, int seals)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_SEAL);

	if (r == 0)
		fake_node_of(fd)->seals |= seals;
	return r;
}

int sys_heap_alloc(int heap_fd, uint64_t size)
{
	FAKE_LOCKED;
	struct fake_node *heap = fake_node_of(heap_fd), *node;
	int r;

	heap->allocations++;
	r = fake_enter(FAKE_HEAP_ALLOC);
	if (r < 0)
		return r;
	if (heap->kind != FAKE_HEAP)
		return -ENOTTY;
	if (size == 0 || size % FAKE_PAGE != 0)
		fake_trap("a heap is asked for %llu bytes",
			  (unsigned long long)size);
	if (heap->alloc_error)
		return heap->alloc_error;
	node = fake_add(FAKE_DMABUF, "", size);
	node->pfnmap = heap->pfnmap;
	node->no_mmap = heap->no_mmap;
	return fake_fd_new(node, O_RDWR);
}

static void begin(struct fake_node *node, uint64_t flags)
{
	node->brackets++;
	if (flags & DMA_BUF_SYNC_READ)
		node->reading++;
	if (flags & DMA_BUF_SYNC_WRITE)
		node->writing++;
	/* Without coherent caches, written bytes would be lost. A caller's own
	 * bracket may have both directions. */
	if ((flags & DMA_BUF_SYNC_RW) != DMA_BUF_SYNC_RW && node->reading > 0 &&
	    node->writing > 0)
		fake_trap("a dma-buf has brackets of both directions");
}

static void end(struct fake_node *node, uint64_t flags)
{
	if (((flags & DMA_BUF_SYNC_READ) && node->reading == 0) ||
	    ((flags & DMA_BUF_SYNC_WRITE) && node->writing == 0))
		fake_trap("END without a bracket");
	if (flags & DMA_BUF_SYNC_READ)
		node->reading--;
	if (flags & DMA_BUF_SYNC_WRITE)
		node->writing--;
	/* Reads into the pool may go on. Reads into the buffer may be done by
	 * the CPU, so they need a bracket, their own or another load's. */
	if (node->reading == 0 && node->writing == 0 && fake_maps_touched(node))
		fake_trap("END of the last bracket with a read in flight");
}

/*
 * If END fails for good, the bracket is over all the same: the exporter has
 * been notified, and a caller can only go on.
 */
int sys_dmabuf_sync(int fd, uint64_t flags)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	const bool ends = flags & DMA_BUF_SYNC_END;
	int r = fake_enter(FAKE_SYNC);

	fake_tick(1000);
	if (node->kind != FAKE_DMABUF)
		return -ENOTTY;
	if (!(flags & DMA_BUF_SYNC_RW) ||
	    (flags & ~DMA_BUF_SYNC_VALID_FLAGS_MASK))
		fake_trap("SYNC with flags %#llx", (unsigned long long)flags);
	if (r < 0 && (!ends || r == -EINTR || r == -EAGAIN))
		return r;
	while (!ends && node->fenced)
		fake_wait(0);
	if (ends)
		end(node, flags);
	else
		begin(node, flags);
	fake_maps_protect(node);
	return r;
}

bool sys_dmabuf_is_idle(int fd)
{
	FAKE_LOCKED;
	fake_note(FAKE_IDLE);
	return !fake_node_of(fd)->fenced;
}

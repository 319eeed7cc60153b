/* SPDX-License-Identifier: MIT */
/* Writes through the page cache and past it; space on the disk; streams;
 * eventfds. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "model.h"

/* Check that memory that the kernel will read is mapped, and in a bracket. */
static const struct fake_map *check_source(const void *data, size_t length)
{
	const struct fake_map *map = fake_map_find(data, length);

	if (!map)
		fake_trap("a write of %zu bytes goes beyond its memory", length);
	if (map->node && map->node->kind == FAKE_DMABUF &&
	    !map->node->reading && !map->node->writing)
		fake_trap("a write from a dma-buf outside of a bracket");
	return map;
}

/* Return the number of bytes that the disk has room for, or -errno. */
static int64_t make_room(struct fake_node *node, size_t length, uint64_t offset)
{
	const int r = fake_limit(offset + 1);

	if (r < 0)
		return r;
	if (fake.file_size_max && length > fake.file_size_max - offset)
		length = fake.file_size_max - offset;
	if (offset > FAKE_FILE_MAX - length)
		return -EFBIG;
	if (node->room != 0 && offset >= node->room)
		return -ENOSPC;
	if (node->room != 0 && length > node->room - offset)
		length = node->room - offset;
	if (offset + length > node->size)
		fake_resize(node, offset + length);
	return (int64_t)length;
}

int64_t fake_write_direct(struct fake_node *node, const void *data,
			  size_t length, uint64_t offset)
{
	FAKE_LOCKED;
	const struct fake_map *map = check_source(data, length);
	uint64_t page;
	int64_t n;

	if (node->direct_read_error)
		return node->direct_read_error;
	if (offset % node->block || length % node->block ||
	    (uintptr_t)data % node->mem_align)
		return -EINVAL;
	if (map->node && map->node->pfnmap)
		return -EFAULT;
	for (page = 0; fake.in_order && page < node->cached_pages; page++)
		if (node->dirty[page])
			fake_trap("a direct write while page %u is dirty",
				  (unsigned)page);
	n = make_room(node, length, offset);
	if (n <= 0)
		return n;
	memcpy(node->bytes + offset, data, (size_t)n);
	/* A direct write drops the pages of its range. */
	for (page = offset / FAKE_PAGE; page * FAKE_PAGE < offset + (size_t)n;
	     page++)
		node->resident[page] = node->dirty[page] = false;
	return n;
}

ssize_t sys_write_at(int fd, const void *data, size_t length, uint64_t offset)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_WRITE_AT);
	const struct fake_map *map;
	uint64_t page;
	int64_t n;

	if (r < 0 || !desc || (desc->flags & O_ACCMODE) == O_RDONLY)
		return r < 0 ? r : -EBADF;
	if (desc->flags & O_DIRECT)
		return fake_write_direct(desc->node, data, length, offset);
	map = check_source(data, length);
	if (map->node && map->node->pfnmap && fake.reads_pin)
		return -EFAULT;
	if (fake.read_most && length > fake.read_most)
		length = fake.read_most;
	/* The page, or its large folio, would be filled before the direct
	 * write, and written back after it. */
	if (fake_ring_writes(desc->node, 0, UINT64_MAX / 2))
		fake_trap("a file is written through the page cache while a "
			  "direct write to it is in flight");
	fake_tick(length);
	n = make_room(desc->node, length, offset);
	if (n <= 0)
		return n;
	memcpy(desc->node->bytes + offset, data, (size_t)n);
	for (page = offset / FAKE_PAGE; page * FAKE_PAGE < offset + (size_t)n;
	     page++)
		desc->node->resident[page] = desc->node->dirty[page] = true;
	return n;
}

int sys_allocate(int fd, uint64_t offset, uint64_t length)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_ALLOCATE);

	if (r < 0)
		return r;
	if (node->no_allocate)
		return -EOPNOTSUPP;
	r = fake_limit(offset + length);
	if (r < 0)
		return r;
	if (length > FAKE_FILE_MAX || offset > FAKE_FILE_MAX - length)
		return -EFBIG;
	if (node->room != 0 && offset + length > node->room)
		return -ENOSPC;
	if (offset + length > node->size)
		fake_resize(node, offset + length);
	return 0;
}

int sys_write_back(int fd, uint64_t offset, uint64_t length, bool wait)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_WRITE_BACK);
	uint64_t page;

	if (r < 0 || node->overlay)
		return r;
	for (page = offset / FAKE_PAGE;
	     wait && page < node->cached_pages &&
	     page * FAKE_PAGE < offset + length; page++)
		node->dirty[page] = false;
	if (wait && node->collisions > 0) {
		node->collisions--;
		return -EIO;
	}
	return 0;
}

int sys_fsync(int fd)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_FSYNC);
	uint64_t page;

	for (page = 0; r == 0 && page < node->cached_pages; page++)
		node->dirty[page] = false;
	node->fsyncs += r == 0;
	if (r == 0 && node->collisions > 0) {
		node->collisions--;
		return -EIO;
	}
	return r;
}

/* Each stall takes a millisecond. A stall without end waits until another
 * thread interrupts it. */
int sys_wait_readable(int fd, int other, uint64_t ns)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct fake_node *node = fake_node_of(fd);
	struct fake_node *call = fake_node_of(other);
	int r = fake_enter(FAKE_WAIT_READABLE);

	if (r < 0)
		return r;
	while (node->stalls > 0 && !call->raised) {
		if (ns != 0 && sys_now() >= ns)
			return 0;
		fake_tick(1000000);
		if (node->stalls != FAKE_FOREVER)
			node->stalls--;
		else
			nanosleep(&ms, NULL);
	}
	return !call->raised;
}

ssize_t sys_read(int fd, void *data, size_t length)
{
	FAKE_LOCKED;
	struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_READ_STREAM);
	const struct fake_map *map = fake_map_find(data, length);

	if (r < 0)
		return r;
	if (map && map->node && map->node->pfnmap && fake.reads_pin)
		return -EFAULT;
	if (node->comes_most && length > node->comes_most)
		length = node->comes_most;
	if (length > node->size - node->came)
		length = node->size - node->came;
	/* An empty stream has no bytes. */
	if (length > 0)
		memcpy(data, node->bytes + node->came, length);
	node->came += length;
	if (node->stalls_after != 0 && node->came >= node->stalls_after)
		node->stalls = FAKE_FOREVER;
	return (ssize_t)length;
}

int sys_event(void)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_EVENT);

	return r < 0 ? r : fake_fd_new(fake_add(FAKE_EVENTFD, "", 0), O_RDWR);
}

void sys_event_raise(int fd)
{
	FAKE_LOCKED;
	fake_note(FAKE_EVENT_RAISE);
	fake_node_of(fd)->raised = true;
}

void sys_event_lower(int fd)
{
	FAKE_LOCKED;
	fake_note(FAKE_EVENT_LOWER);
	fake_node_of(fd)->raised = false;
}

/* SPDX-License-Identifier: MIT */
/* Reads of files: direct, through the page cache, and of mapped files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "model.h"
#include "sys/uapi.h"

/* Default readahead of the kernel. */
#define READAHEAD (8 * FAKE_PAGE)
/* Readahead of a file system that reads farther ahead than a load does (btrfs:
 * 4 MiB). */
#define READAHEAD_MUCH (64 * FAKE_PAGE)
/* A disk writes these bytes to memory beyond the end of the file. */
#define SCRIBBLE 0xee

/* Check that memory that the kernel will write to is mapped, and in a
 * bracket. */
static const struct fake_map *check_target(const void *data, size_t length)
{
	const struct fake_map *map = fake_map_find(data, length);

	if (!map)
		fake_trap("a read of %zu bytes goes beyond its memory", length);
	if (map->node && map->node->kind == FAKE_DMABUF && !map->node->writing)
		fake_trap("a read into a dma-buf outside of a bracket");
	return map;
}

void fake_note_read(struct fake_node *node)
{
	FAKE_LOCKED;
	if (node->shrink_after == 0 || --node->shrink_after > 0)
		return;
	if (node->shrunk_size < node->size)
		fake_resize(node, node->shrunk_size);
}

static size_t cut(const struct fake_node *node, size_t length, uint64_t offset)
{
	if (offset >= node->size)
		return 0;
	return length < node->size - offset ? length : node->size - offset;
}

static int64_t read_buffered(struct fake_node *node, void *data, size_t length,
			     uint64_t offset, uint64_t ahead)
{
	size_t n = cut(node, length, offset);

	if (n == 0)
		return 0;
	fake_cache(node, offset, n + ahead);
	memcpy(data, node->bytes + offset, n);
	if (node->stale > 0 && node->stale_at >= offset &&
	    node->stale_at < offset + n)
		((unsigned char *)data)[node->stale_at - offset] ^= 0x80;
	return (int64_t)n;
}

static void let_other_read(struct fake_node *node)
{
	if (node->other_step == 0)
		return;
	if (node->other_at >= node->size)
		node->other_at = 0;
	fake_cache(node, node->other_at, node->other_step);
	node->other_at += node->other_step;
}

int64_t fake_read_direct(const struct fake_desc *desc, void *data,
			 size_t length, uint64_t offset)
{
	FAKE_LOCKED;
	struct fake_node *node = desc->node;
	const struct fake_map *map = check_target(data, length);
	const size_t n = cut(node, length, offset);
	size_t end;

	if (node->direct_read_error)
		return node->direct_read_error;
	let_other_read(node);
	if (node->silently_buffered && offset >= node->buffered_from)
		return read_buffered(node, data, length, offset,
				     desc->random ? 0 : READAHEAD_MUCH);
	if (offset % node->block || length % node->block ||
	    (uintptr_t)data % node->mem_align)
		return -EINVAL;
	if (map->node && map->node->pfnmap)
		return -EFAULT;
	if (n == 0)
		return 0;

	/* A direct read first writes dirty pages back; they stay resident. */
	for (end = offset / FAKE_PAGE; end * FAKE_PAGE < offset + n; end++)
		node->dirty[end] = false;
	memcpy(data, node->bytes + offset, n);
	end = (n + node->block - 1) / node->block * node->block;
	memset((char *)data + n, SCRIBBLE, end - n);
	return (int64_t)n;
}

/* Read, and drop the pages that the read has brought in (RWF_DONTCACHE). */
static int64_t read_and_drop(struct fake_node *node, void *data, size_t length,
			     uint64_t offset)
{
	const uint64_t first = offset / FAKE_PAGE;
	bool was[64];
	uint64_t i;
	int64_t n;

	if (fake.no_dontcache)
		return -EOPNOTSUPP;
	if (length > 62 * FAKE_PAGE)
		length = 62 * FAKE_PAGE;
	for (i = 0; i < 64; i++)
		was[i] = fake_cached(node, (first + i) * FAKE_PAGE);
	n = read_buffered(node, data, length, offset, 0);
	for (i = 0; i < 64 && first + i < node->cached_pages; i++)
		node->resident[first + i] = was[i];
	return n;
}

static void evict(struct fake_node *node)
{
	if (node->evict_after > 0 && --node->evict_after == 0)
		fake_uncache(node, node->evict_offset, node->evict_length);
}

ssize_t sys_read_at(int fd, void *data, size_t length, uint64_t offset,
		    int flags)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_READ_AT);
	const struct fake_map *map;

	if (flags != 0)
		fake_filter(DMALOAD_SYSCALLS_ALL);
	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	if (flags != 0 && fake.flags_error)
		return fake.flags_error;
	map = check_target(data, length);
	if (map->node && map->node->pfnmap && fake.reads_pin)
		return -EFAULT;
	while (desc->node->stuck)
		fake_wait(0);
	if (desc->node->stuck_after > 0 && --desc->node->stuck_after == 0)
		desc->node->stuck = true;
	fake_note_read(desc->node);
	evict(desc->node);
	fake_tick(length);
	if (desc->flags & O_DIRECT)
		return fake_read_direct(desc, data, length, offset);
	if (fake.read_most && length > fake.read_most)
		length = fake.read_most;
	if (flags & RWF_DONTCACHE)
		return read_and_drop(desc->node, data, length, offset);
	return read_buffered(desc->node, data, length, offset,
			     desc->random ? 0 : READAHEAD);
}

/* A missing page is read alone, without readahead. */
ssize_t sys_copy_mapped(void *to, const void *from, size_t length)
{
	FAKE_LOCKED;
	const struct fake_map *map = fake_map_find(from, length);
	int r = fake_enter(FAKE_COPY_MAPPED);
	uint64_t offset, end;

	if (r < 0)
		return r;
	if (fake.no_copy_mapped)
		return -ENOSYS;
	check_target(to, length);
	if (!map || !map->node || (map->node->kind != FAKE_FILE &&
				   map->node->kind != FAKE_BLOCK))
		fake_trap("a copy from memory that maps no file");
	if (map->huge_pages == FAKE_HUGE_ANY)
		fake_trap("khugepaged would read the file");
	evict(map->node);
	fake_tick(length);
	offset = map->offset + (uint64_t)((unsigned char *)from - map->at);
	end = (map->node->size + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
	if (offset >= end)
		return -EFAULT;
	if (fake.read_most && length > fake.read_most)
		length = fake.read_most;
	if (length > end - offset)
		length = (size_t)(end - offset);
	fake_cache(map->node, offset, length);
	memset(to, 0, length);
	memcpy(to, map->node->bytes + offset, cut(map->node, length, offset));
	return (ssize_t)length;
}

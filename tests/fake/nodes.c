/* SPDX-License-Identifier: MIT */
/* The files, devices and dma-bufs of the model, and their contents. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"

static struct fake_node *nodes;
static uint64_t last_ino;

struct fake_node *fake_nodes(void)
{
	FAKE_LOCKED;
	return nodes;
}

unsigned char fake_pattern(uint64_t offset)
{
	uint32_t x = (uint32_t)offset * 2654435761u;

	return (unsigned char)(x >> 24 ^ x >> 11);
}

void fake_fill(unsigned char *bytes, uint64_t offset, uint64_t length)
{
	static unsigned char known[8 << 20];
	static uint64_t filled;
	uint64_t i;

	for (; filled < sizeof(known) && filled < offset + length; filled++)
		known[filled] = fake_pattern(filled);
	if (offset + length <= filled)
		memcpy(bytes, known + offset, length);
	else
		for (i = 0; i < length; i++)
			bytes[i] = fake_pattern(offset + i);
}

/* A dma-buf has real shared memory, so that it can be mapped more than once. */
void fake_alloc_bytes(struct fake_node *node, uint64_t size)
{
	FAKE_LOCKED;
	const bool shared = node->kind == FAKE_DMABUF ||
			    node->kind == FAKE_MEMFD;

	node->size = size;
	node->cached_pages = (size + FAKE_PAGE - 1) / FAKE_PAGE;
	if (size == 0)
		return;
	if (shared) {
		assert_int_equal(ftruncate(node->host_fd, (off_t)size), 0);
		node->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, node->host_fd, 0);
		assert_true(node->bytes != MAP_FAILED);
		return;
	}
	node->bytes = malloc(size);
	node->resident = calloc(node->cached_pages, sizeof(bool));
	node->dirty = calloc(node->cached_pages, sizeof(bool));
	assert_true(node->bytes && node->resident && node->dirty);
	fake_fill(node->bytes, 0, size);
}

void fake_resize(struct fake_node *node, uint64_t size)
{
	FAKE_LOCKED;
	const uint64_t pages = (size + FAKE_PAGE - 1) / FAKE_PAGE;
	uint64_t i;

	if (pages > node->cached_pages) {
		node->resident = realloc(node->resident, pages);
		node->dirty = realloc(node->dirty, pages);
		assert_true(node->resident && node->dirty);
		for (i = node->cached_pages; i < pages; i++)
			node->resident[i] = node->dirty[i] = false;
		node->cached_pages = pages;
	}
	if (size > node->size) {
		node->bytes = realloc(node->bytes, size);
		assert_non_null(node->bytes);
		memset(node->bytes + node->size, 0, size - node->size);
	}
	/* Truncation drops pages. */
	for (i = pages; i < node->cached_pages; i++)
		node->resident[i] = node->dirty[i] = false;
	node->size = size;
}

struct fake_node *fake_add(enum fake_kind kind, const char *path,
			   uint64_t size)
{
	FAKE_LOCKED;
	static const mode_t modes[] = {
		[FAKE_FILE] = S_IFREG, [FAKE_BLOCK] = S_IFBLK,
		[FAKE_DIR] = S_IFDIR, [FAKE_PIPE] = S_IFIFO,
		[FAKE_SOCKET] = S_IFSOCK, [FAKE_CHAR] = S_IFCHR,
		[FAKE_HEAP] = S_IFCHR, [FAKE_DMABUF] = S_IFREG,
		[FAKE_MEMFD] = S_IFREG, [FAKE_EVENTFD] = S_IFREG,
	};
	struct fake_node *node = calloc(1, sizeof(*node));

	assert_non_null(node);
	node->kind = kind;
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->st = (struct sys_stat){
		.mode = modes[kind] | 0644, .uid = geteuid(), .dev = 7,
		.ino = ++last_ino, .dio_known = true, .dio_mem_align = 512,
		.dio_offset_align = 512,
	};
	/* Each block device has a device number of its own. */
	if (kind == FAKE_BLOCK)
		node->st.rdev = node->st.ino;
	node->block = node->mem_align = 512;
	node->may_write = true;
	node->host_fd = -1;
	if (kind == FAKE_DMABUF || kind == FAKE_MEMFD)
		node->host_fd = memfd_create("fake", MFD_CLOEXEC);
	fake_alloc_bytes(node, size);
	node->next = nodes;
	nodes = node;
	return node;
}

struct fake_node *fake_add_heap(const char *name)
{
	FAKE_LOCKED;
	char path[160];

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	return fake_add(FAKE_HEAP, path, 0);
}

struct fake_node *fake_find(const char *path)
{
	FAKE_LOCKED;
	struct fake_node *node;

	for (node = nodes; node; node = node->next)
		if (node->path[0] && strcmp(node->path, path) == 0)
			return node;
	return NULL;
}

/* As unlink(2): open fds stay valid. */
void fake_remove(struct fake_node *node)
{
	FAKE_LOCKED;
	node->path[0] = '\0';
}

void fake_nodes_reset(void)
{
	struct fake_node *node;

	last_ino = 99;
	while ((node = nodes)) {
		nodes = node->next;
		if (node->host_fd >= 0) {
			if (node->bytes)
				munmap(node->bytes, node->size);
			close(node->host_fd);
		} else {
			free(node->bytes);
		}
		free(node->resident);
		free(node->dirty);
		free(node);
	}
}

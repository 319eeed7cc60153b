/* SPDX-License-Identifier: MIT */
/* Open files and allocate buffers in every way the library has. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "input.h"
#include "model.h"
#include "setting.h"

void setting_close(struct handle *handle)
{
	struct dmaload_file *const file = handle->file;
	const int fd = handle->fd;

	/* Other threads run while it closes, and must not close it, too. */
	handle->file = NULL;
	handle->fd = -1;
	dmaload_file_close(file);
	if (fd >= 0)
		fake_close(fd);
}

/* A stream gets one handle: a second one would not know the position. */
static bool is_open(const struct node *node)
{
	unsigned i;

	for (i = 0; i < HANDLES; i++)
		if (setting.handles[i].file && setting.handles[i].node == node)
			return true;
	return false;
}

static int open_fd(struct handle *handle, struct fake_node *of)
{
	static const int flags[] = {
		O_RDONLY, O_RDWR, O_WRONLY, O_RDWR | O_DIRECT,
		O_RDWR | O_APPEND, O_RDONLY | O_DIRECT,
	};
	const int chosen = flags[input_below(6)];

	handle->fd = fake_open(of, chosen);
	handle->readable = (chosen & O_ACCMODE) != O_WRONLY;
	handle->writable = (chosen & O_ACCMODE) != O_RDONLY;
	/* The library may find no way to open the file again. */
	handle->shared = fake.no_proc || setting.faulty || fake.fds_max != 0;
	return dmaload_file_from_fd(&handle->file, handle->fd, NULL);
}

/* If it fails there is no file. */
void setting_open(struct handle *handle)
{
	struct node *node = &setting.nodes[input_below(NODES)];
	const uint32_t how = input_below(4);
	int r;

	*handle = (struct handle){ .readable = true, .fd = -1 };
	if (node->is_stream && is_open(node))
		return;
	handle->node = node;
	if (node->is_stream) {
		handle->base = node->fake->came;
		handle->fd = fake_open(node->fake, O_RDONLY | O_NONBLOCK);
		r = dmaload_file_from_stream(&handle->file, handle->fd, NULL);
	} else if (how == 0) {
		r = dmaload_file_open(&handle->file, setting_path(node), NULL);
	} else if (how < 3) {
		handle->writable = true;
		r = dmaload_file_create(&handle->file, setting_path(node), 0, NULL);
	} else {
		r = open_fd(handle, node->fake);
	}
	FUZZ_CHECK((r == 0) == (handle->file != NULL));
	if (r < 0)
		setting_close(handle);
}

/* The fake kernel keeps the memory, so it can still be compared. */
void setting_destroy(struct memory *memory)
{
	struct dmaload_buffer *const buffer = memory->buffer;
	const int fd = memory->fd;

	/* As above. */
	memory->buffer = NULL;
	memory->fd = -1;
	dmaload_buffer_destroy(buffer);
	if (fd >= 0)
		fake_close(fd);
	if (!memory->own)
		return;
	sys_unmap(memory->own, memory->own_size);
	memory->own = NULL;
	memory->view = NULL;
}

/* Take memory at any address of a mapping. The library must not touch the rest. */
static int adopt_memory(struct memory *memory, uint64_t size)
{
	const uint64_t lead = input_one_in(2) ? input_below(5000) : 0;
	int r;

	memory->own_size = lead + size + 100;
	r = sys_map(&memory->own, memory->own_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r < 0) {
		memory->own = NULL;
		return r;
	}
	memory->view = (unsigned char *)memory->own + lead;
	return dmaload_buffer_from_memory(&memory->buffer,
					  (unsigned char *)memory->own + lead,
					  size, NULL);
}

static int adopt_foreign(struct memory *memory, uint64_t size)
{
	struct fake_node *of = fake_add(FAKE_DMABUF, "", size);

	memory->writable = !input_one_in(4);
	of->pfnmap = input_one_in(2);
	memory->fd = fake_open(of, memory->writable ? O_RDWR : O_RDONLY);
	return dmaload_buffer_from_fd(&memory->buffer, memory->fd, NULL);
}

/* Return the memory of the buffer that was just made. */
static const unsigned char *newest_memory(void)
{
	const struct fake_node *node = fake_nodes();

	while (node->kind != FAKE_MEMFD && node->kind != FAKE_DMABUF)
		node = node->next;
	return node->bytes;
}

/* If it fails there is no buffer. */
void setting_allocate(struct memory *memory)
{
	static const char *const sources[] = {
		NULL, "system", "system", "memfd", "memfd", "udmabuf",
		"udmabuf", "udmabuf:2M",
	};
	const uint32_t kind = input_below(10);
	const uint64_t size = 1 + setting_draw_size();
	int r;

	memory->writable = true;
	memory->view = NULL;
	fake_find("/dev/dma_heap/system")->pfnmap = !input_one_in(3);
	if (kind == 8)
		r = adopt_memory(memory, size);
	else if (kind == 9)
		r = adopt_foreign(memory, (size + FAKE_PAGE - 1) / FAKE_PAGE *
				  FAKE_PAGE);
	else
		r = dmaload_buffer_create(&memory->buffer, sources[kind], size,
					  NULL);
	FUZZ_CHECK((r == 0) == (memory->buffer != NULL));
	if (r < 0) {
		memory->view = NULL;
		setting_destroy(memory);
		return;
	}
	memory->size = dmaload_buffer_size(memory->buffer);
	/* Buffers in reserved huge pages are too large to compare. */
	if (memory->size > CONTENT_MAX) {
		setting_destroy(memory);
		return;
	}
	if (!memory->own)
		memory->view = newest_memory();
	content_adopt(&memory->content, memory->view, memory->size);
}

void setting_reopen(void)
{
	struct handle *handle = &setting.handles[input_below(HANDLES)];

	setting_close(handle);
	setting_open(handle);
}

void setting_reallocate(void)
{
	struct memory *memory = &setting.memories[input_below(BUFFERS)];

	setting_destroy(memory);
	setting_allocate(memory);
}

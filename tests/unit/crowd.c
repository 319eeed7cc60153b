/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"

uint64_t crowd_below(uint64_t n)
{
	return (fake_random() >> 17) % n;
}

void crowd_mix(struct dmaload_range *ranges, size_t count)
{
	size_t i, j;

	for (i = count; i > 1; i--) {
		const struct dmaload_range range = ranges[i - 1];

		j = crowd_below(i);
		ranges[i - 1] = ranges[j];
		ranges[j] = range;
	}
}

void crowd_make(struct crowd *crowd, uint32_t chunk, uint32_t depth)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = chunk ? chunk : 8192,
		.queue_depth = depth ? depth : 4,
	};

	memset(crowd, 0, sizeof(*crowd));
	crowd->options.size = sizeof(crowd->options);
	assert_int_equal(dmaload_ctx_create(&crowd->ctx, &config, NULL), 0);
}

void crowd_drop(struct crowd *crowd)
{
	unsigned i;

	dmaload_ctx_destroy(crowd->ctx);
	for (i = 0; i < crowd->n_files; i++) {
		dmaload_file_close(crowd->files[i]);
		if (crowd->streams[i] >= 0)
			fake_close(crowd->streams[i]);
	}
	for (i = 0; i < crowd->n_buffers; i++) {
		const uint64_t size = dmaload_buffer_size(crowd->buffers[i]);

		dmaload_buffer_destroy(crowd->buffers[i]);
		if (crowd->foreign[i] >= 0)
			fake_close(crowd->foreign[i]);
		if (!crowd->memories[i])
			sys_unmap(crowd->views[i], size);
	}
}

static struct fake_node *add_node(struct crowd *crowd, enum fake_kind kind,
				  uint64_t size)
{
	const unsigned n = crowd->n_files++;
	struct fake_node *node;
	char path[64];
	uint64_t i;

	assert_true(n < CROWD_MAX);
	snprintf(path, sizeof(path), "/data/part-%u.bin", n);
	node = crowd->nodes[n] = fake_add(kind, path, size);
	for (i = 0; i < size; i++)
		node->bytes[i] ^= (unsigned char)(n * 71);
	crowd->streams[n] = -1;
	return node;
}

struct fake_node *crowd_add_stream(struct crowd *crowd, enum fake_kind kind,
				   uint64_t size)
{
	struct fake_node *node = add_node(crowd, kind, size);
	const unsigned n = crowd->n_files - 1;

	crowd->streams[n] = fake_open(node, O_RDONLY | O_NONBLOCK);
	if (dmaload_file_from_stream(&crowd->files[n], crowd->streams[n],
				     &crowd->err) != 0)
		fail_msg("%s", crowd->err.message);
	return node;
}

struct fake_node *crowd_add_file(struct crowd *crowd, uint64_t size,
				 uint32_t block)
{
	struct fake_node *node = add_node(crowd, FAKE_FILE, size);
	const unsigned n = crowd->n_files - 1;

	if (block) {
		node->block = node->mem_align = block;
		node->st.dio_offset_align = node->st.dio_mem_align = block;
	}
	if (dmaload_file_create(&crowd->files[n], node->path, 0, &crowd->err))
		fail_msg("%s", crowd->err.message);
	return node;
}

/* Somebody's dma-buf, or the caller's memory: what is no source by name. */
static int adopt(struct crowd *crowd, unsigned n, const char *kind,
		 uint64_t size)
{
	struct fake_node *node;
	void *memory;

	if (strcmp(kind, "memory") == 0) {
		assert_int_equal(sys_map(&memory, size, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
				 0);
		crowd->views[n] = memory;
		return dmaload_buffer_from_memory(&crowd->buffers[n], memory,
						  size, &crowd->err);
	}
	node = fake_add(FAKE_DMABUF, "", size);
	crowd->foreign[n] = fake_open(node, strcmp(kind, "read-only") ?
				      O_RDWR : O_RDONLY);
	return dmaload_buffer_from_fd(&crowd->buffers[n], crowd->foreign[n],
				      &crowd->err);
}

void crowd_add_buffer(struct crowd *crowd, const char *kind, uint64_t size)
{
	const bool pfnmap = strcmp(kind, "pfnmap") == 0;
	const unsigned n = crowd->n_buffers;
	int r;

	assert_true(n < CROWD_MAX);
	crowd->foreign[n] = -1;
	fake_find("/dev/dma_heap/system")->pfnmap = pfnmap;
	if (pfnmap || strcmp(kind, "heap") == 0)
		r = dmaload_buffer_create(&crowd->buffers[n], "system", size,
					  &crowd->err);
	else if (strcmp(kind, "memfd") == 0)
		r = dmaload_buffer_create(&crowd->buffers[n], kind, size,
					  &crowd->err);
	else
		r = adopt(crowd, n, kind, size);
	if (r != 0)
		fail_msg("%s", crowd->err.message);
	if (dmaload_buffer_fd(crowd->buffers[n]) >= 0) {
		crowd->memories[n] =
			fake_node_of(dmaload_buffer_fd(crowd->buffers[n]));
		crowd->views[n] = crowd->memories[n]->bytes;
	}
	crowd->n_buffers++;
}

struct dmaload_range crowd_range(const struct crowd *crowd, unsigned file,
				 uint64_t file_offset, unsigned buffer,
				 uint64_t buffer_offset, uint64_t length)
{
	return (struct dmaload_range){
		.file = crowd->files[file],
		.file_offset = file_offset,
		.buffer = crowd->buffers[buffer],
		.buffer_offset = buffer_offset,
		.length = length,
	};
}

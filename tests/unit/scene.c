/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer/buffer.h"

static int make_ctx(struct scene *scene, const struct scene_setup *setup)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = setup->chunk ? setup->chunk : 8192,
		.queue_depth = setup->depth ? setup->depth : 4,
		.engine = setup->engine,
		.syscalls = setup->syscalls,
	};

	scene->options.size = sizeof(scene->options);
	return dmaload_ctx_create(&scene->ctx, &config, &scene->err);
}

static struct fake_node *add_node(struct scene *scene, enum fake_kind kind,
				  const char *path, uint64_t size,
				  uint32_t block)
{
	struct fake_node *node = fake_add(kind, path, size);
	const unsigned n = scene->n_files++;
	uint64_t i;

	assert_true(n < SCENE_MAX);
	scene->nodes[n] = node;
	for (i = 0; n > 0 && i < size; i++)
		node->bytes[i] ^= (unsigned char)(n * 71);
	if (block) {
		node->block = node->mem_align = block;
		node->st.dio_offset_align = node->st.dio_mem_align = block;
	}
	return node;
}

static struct fake_node *add_part(struct scene *scene, enum fake_kind kind,
				  uint64_t size, uint32_t block)
{
	char path[64];

	snprintf(path, sizeof(path), "/data/part-%u.bin", scene->n_files);
	return add_node(scene, kind, path, size, block);
}

static int open_for_caller(struct scene *scene, struct fake_node *node,
			   int flags)
{
	assert_true(scene->n_fds < 2 * SCENE_MAX);
	return scene->fds[scene->n_fds++] = fake_open(node, flags);
}

static int adopt_memory(struct scene *scene, struct dmaload_buffer **buffer,
			uint64_t size)
{
	void *memory;

	assert_int_equal(sys_map(&memory, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0);
	scene->views[scene->n_buffers] = memory;
	return dmaload_buffer_from_memory(buffer, memory, size, &scene->err);
}

static int adopt_fd(struct scene *scene, struct dmaload_buffer **buffer,
		    uint64_t size, bool pfnmap, int flags)
{
	struct fake_node *node = fake_add(FAKE_DMABUF, "", size);
	int r;

	node->pfnmap = pfnmap;
	r = dmaload_buffer_from_fd(buffer, open_for_caller(scene, node, flags),
				   &scene->err);
	if (r < 0)
		fake_close(scene->fds[--scene->n_fds]);
	return r;
}

static int add_buffer(struct scene *scene, const char *kind, uint64_t size,
		      bool pfnmap)
{
	const unsigned n = scene->n_buffers;
	struct dmaload_buffer **buffer = &scene->buffers[n];
	int r, fd;

	assert_true(n < SCENE_MAX);
	if (strcmp(kind, "pfnmap") == 0) {
		pfnmap = true;
		kind = "heap";
	}
	fake_find("/dev/dma_heap/system")->pfnmap = pfnmap;
	if (strcmp(kind, "memory") == 0)
		r = adopt_memory(scene, buffer, size);
	else if (strcmp(kind, "foreign") == 0)
		r = adopt_fd(scene, buffer, size, pfnmap, O_RDWR);
	else if (strcmp(kind, "read-only") == 0)
		r = adopt_fd(scene, buffer, size, pfnmap, O_RDONLY);
	else
		r = dmaload_buffer_create(buffer, strcmp(kind, "heap") ? kind :
					  "system", size, &scene->err);
	if (r == 0)
		r = dmaload_buffer_wait(*buffer, &scene->err);
	if (r < 0) {
		dmaload_buffer_destroy(*buffer);
		*buffer = NULL;
		return r;
	}
	fd = dmaload_buffer_fd(*buffer);
	if (fd >= 0) {
		scene->memories[n] = fake_node_of(fd);
		scene->views[n] = scene->memories[n]->bytes;
	}
	scene->n_buffers++;
	return 0;
}

int scene_try(struct scene *scene, const struct scene_setup *setup)
{
	int r = 0;

	if (!scene->node)
		add_node(scene, FAKE_FILE, SCENE_PATH, setup->file_size ?
			 setup->file_size : 100000, setup->block);
	if (!scene->ctx)
		r = make_ctx(scene, setup);
	if (r == 0 && !scene->file)
		r = dmaload_file_open(&scene->file, SCENE_PATH, &scene->err);
	if (r == 0 && !scene->buffer)
		r = add_buffer(scene, setup->source ? setup->source : "heap",
			       setup->buffer_size ? setup->buffer_size :
			       128 << 10, setup->pfnmap);
	if (r == 0)
		scene_set_range(scene, 0, 0, DMALOAD_TO_END);
	return r;
}

void scene_make(struct scene *scene, const struct scene_setup *setup)
{
	memset(scene, 0, sizeof(*scene));
	if (scene_try(scene, setup) != 0)
		fail_msg("%s", scene->err.message);
}

void scene_make_early(struct scene *scene, const struct scene_setup *setup)
{
	memset(scene, 0, sizeof(*scene));
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&scene->buffer, setup->source,
					       setup->buffer_size, NULL), 0);
	assert_false(buffer_is_made(scene->buffer));
	scene->memory = fake_node_of(scene->buffer->map_fd);
	scene->views[scene->n_buffers++] = scene->memory->bytes;
	if (scene_try(scene, setup) != 0)
		fail_msg("%s", scene->err.message);
}

void scene_make_empty(struct scene *scene, uint32_t chunk, uint32_t depth)
{
	const struct scene_setup setup = { .chunk = chunk, .depth = depth };

	memset(scene, 0, sizeof(*scene));
	if (make_ctx(scene, &setup) != 0)
		fail_msg("%s", scene->err.message);
}

void scene_renew_ctx(struct scene *scene, uint32_t chunk, uint32_t depth)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = chunk,
		.queue_depth = depth,
	};

	dmaload_ctx_destroy(scene->ctx);
	assert_int_equal(dmaload_ctx_create(&scene->ctx, &config, NULL), 0);
}

void scene_drop(struct scene *scene)
{
	unsigned i;

	dmaload_ctx_destroy(scene->ctx);
	for (i = 0; i < scene->n_files; i++)
		dmaload_file_close(scene->files[i]);
	for (i = 0; i < scene->n_buffers; i++) {
		const uint64_t size = dmaload_buffer_size(scene->buffers[i]);

		dmaload_buffer_destroy(scene->buffers[i]);
		if (scene->views[i] && !scene->memories[i])
			sys_unmap(scene->views[i], size);
	}
	while (scene->n_fds > 0)
		fake_close(scene->fds[--scene->n_fds]);
}

struct fake_node *scene_add_stream(struct scene *scene, enum fake_kind kind,
				   uint64_t size)
{
	struct fake_node *node = add_part(scene, kind, size, 0);
	const int fd = open_for_caller(scene, node, O_RDONLY | O_NONBLOCK);

	if (dmaload_file_from_stream(&scene->files[scene->n_files - 1], fd,
				     &scene->err) != 0)
		fail_msg("%s", scene->err.message);
	return node;
}

struct fake_node *scene_add_file(struct scene *scene, uint64_t size,
				 uint32_t block)
{
	struct fake_node *node = add_part(scene, FAKE_FILE, size, block);

	if (dmaload_file_create(&scene->files[scene->n_files - 1], node->path,
				0, &scene->err) != 0)
		fail_msg("%s", scene->err.message);
	return node;
}

void scene_add_buffer(struct scene *scene, const char *kind, uint64_t size)
{
	if (add_buffer(scene, kind, size, false) != 0)
		fail_msg("%s", scene->err.message);
}

struct fake_node *scene_make_stream(struct scene *scene, uint64_t size)
{
	scene_make_empty(scene, 4096, 4);
	scene_add_buffer(scene, "pfnmap", 64 << 10);
	scene_add_buffer(scene, "memfd", 64 << 10);
	return scene_add_stream(scene, FAKE_PIPE, size);
}

struct dmaload_range scene_range(const struct scene *scene, unsigned file,
				 uint64_t file_offset, unsigned buffer,
				 uint64_t buffer_offset, uint64_t length)
{
	return (struct dmaload_range){
		.file = scene->files[file],
		.file_offset = file_offset,
		.buffer = scene->buffers[buffer],
		.buffer_offset = buffer_offset,
		.length = length,
	};
}

void scene_set_range(struct scene *scene, uint64_t file_offset,
		     uint64_t buffer_offset, uint64_t length)
{
	scene->range = scene_range(scene, 0, file_offset, 0, buffer_offset,
				   length);
}

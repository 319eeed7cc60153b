/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <fcntl.h>
#include <string.h>

#include "buffer/buffer.h"

static int make_buffer(struct scene *scene, const struct scene_setup *setup)
{
	const char *source = setup->source ? setup->source : "system";
	const uint64_t size = setup->buffer_size ? setup->buffer_size :
						   128 << 10;
	struct fake_node *memory;
	int r;

	fake_find("/dev/dma_heap/system")->pfnmap = setup->pfnmap;
	if (strcmp(source, "foreign") != 0) {
		r = dmaload_buffer_create(&scene->buffer, source, size,
					  &scene->err);
	} else {
		if (scene->foreign < 0) {
			memory = fake_add(FAKE_DMABUF, "", size);
			memory->pfnmap = setup->pfnmap;
			scene->foreign = fake_open(memory, O_RDWR);
		}
		r = dmaload_buffer_from_fd(&scene->buffer, scene->foreign,
					   &scene->err);
	}
	if (r == 0)
		r = dmaload_buffer_wait(scene->buffer, &scene->err);
	if (r < 0) {
		dmaload_buffer_destroy(scene->buffer);
		scene->buffer = NULL;
		return r;
	}
	scene->memory = fake_node_of(dmaload_buffer_fd(scene->buffer));
	return 0;
}

static void make_node(struct scene *scene, const struct scene_setup *setup)
{
	struct fake_node *node;

	node = fake_add(FAKE_FILE, SCENE_PATH,
			setup->file_size ? setup->file_size : 100000);
	if (setup->block) {
		node->block = node->mem_align = setup->block;
		node->st.dio_offset_align = setup->block;
		node->st.dio_mem_align = setup->block;
	}
	scene->node = node;
}

int scene_try(struct scene *scene, const struct scene_setup *setup)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = setup->chunk ? setup->chunk : 8192,
		.queue_depth = setup->depth ? setup->depth : 4,
		.engine = setup->engine,
		.syscalls = setup->syscalls,
	};
	int r = 0;

	if (!scene->node) {
		scene->foreign = -1;
		make_node(scene, setup);
	}
	if (!scene->ctx)
		r = dmaload_ctx_create(&scene->ctx, &config, &scene->err);
	if (r == 0 && !scene->file)
		r = dmaload_file_open(&scene->file, SCENE_PATH, &scene->err);
	if (r == 0 && !scene->buffer)
		r = make_buffer(scene, setup);
	if (r < 0)
		return r;
	scene->options.size = sizeof(scene->options);
	scene_set_range(scene, 0, 0, DMALOAD_TO_END);
	return 0;
}

void scene_make(struct scene *scene, const struct scene_setup *setup)
{
	memset(scene, 0, sizeof(*scene));
	if (scene_try(scene, setup) != 0)
		fail_msg("no scene: %s", scene->err.message);
}

void scene_make_early(struct scene *scene, const struct scene_setup *setup)
{
	memset(scene, 0, sizeof(*scene));
	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&scene->buffer, setup->source,
					       setup->buffer_size, NULL), 0);
	assert_false(buffer_is_made(scene->buffer));
	scene->memory = fake_node_of(scene->buffer->map_fd);
	if (scene_try(scene, setup) != 0)
		fail_msg("%s", scene->err.message);
}

void scene_drop(struct scene *scene)
{
	dmaload_ctx_destroy(scene->ctx);
	dmaload_buffer_destroy(scene->buffer);
	dmaload_file_close(scene->file);
	if (scene->foreign >= 0)
		fake_close(scene->foreign);
}

void scene_set_range(struct scene *scene, uint64_t file_offset,
		     uint64_t buffer_offset, uint64_t length)
{
	scene->range = (struct dmaload_range){
		.file = scene->file,
		.file_offset = file_offset,
		.buffer = scene->buffer,
		.buffer_offset = buffer_offset,
		.length = length,
	};
}

uint64_t scene_length(const struct scene *scene)
{
	if (scene->range.length != DMALOAD_TO_END)
		return scene->range.length;
	return dmaload_file_size(scene->file) - scene->range.file_offset;
}

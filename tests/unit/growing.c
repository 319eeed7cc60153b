/* SPDX-License-Identifier: MIT */
#include "growing.h"

#include "model.h"

void growing_make(struct growing *growing, uint64_t size)
{
	scene_make_empty(&growing->scene, 4096, 2);
	scene_add_stream(&growing->scene, FAKE_SOCKET, size);
	growing->buffer = GROWING_NO_BUFFER;
	growing->length = GROWING_NO_LENGTH;
}

void growing_drop(struct growing *growing)
{
	if (growing->buffer != GROWING_NO_BUFFER)
		dmaload_buffer_destroy(growing->buffer);
	scene_drop(&growing->scene);
	fake_check_balanced();
	fake_reset();
}

int growing_load(struct growing *growing, const char *source, uint64_t hint,
		 uint64_t limit)
{
	struct scene *scene = &growing->scene;

	scene_prepare(scene);
	return dmaload_load_stream(&growing->buffer, &growing->length,
				   scene->ctx, scene->file, source, hint, limit,
				   &scene->options, &scene->report,
				   &scene->err);
}

void growing_check(const struct growing *growing, uint64_t from,
		   uint64_t expected)
{
	const struct scene *scene = &growing->scene;
	const struct fake_node *memory =
		fake_node_of(dmaload_buffer_fd(growing->buffer));
	uint64_t i;

	fake_check_quiet();
	assert_int_equal(growing->length, expected);
	assert_int_equal(scene->report.bytes_streamed, expected);
	assert_int_equal(scene->report.bytes_total, expected);
	assert_memory_equal(memory->bytes, scene->node->bytes + from, expected);
	for (i = expected; i < memory->size; i++)
		assert_int_equal(memory->bytes[i], 0);
}

void growing_refuse(const struct growing *growing, int r, int code,
		    const char *message)
{
	scene_check_failure(&growing->scene, r, code, message);
	assert_ptr_equal(growing->buffer, GROWING_NO_BUFFER);
	assert_int_equal(growing->length, GROWING_NO_LENGTH);
	fake_check_quiet();
	assert_int_equal(fake_maps(), 0);
}

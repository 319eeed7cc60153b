/* SPDX-License-Identifier: MIT */
#include "spreads.h"

void spread_make(struct spread *one, uint64_t size)
{
	scene_make_empty(&one->scene, 64 << 10, 4);
	scene_add_file(&one->scene, size, 0);
	one->scene.report.size = sizeof(one->scene.report);
	one->spread = NULL;
}

void spread_drop(struct spread *one)
{
	dmaload_spread_destroy(one->spread);
	scene_drop(&one->scene);
	fake_remove(one->scene.node);
}

int spread_out(struct spread *one, const char *source, uint64_t offset,
		      uint64_t length, uint64_t most)
{
	return dmaload_spread_create(&one->spread, source, one->scene.file, offset,
				     length, most, &one->scene.err);
}

void spread_check_cut(const struct spread *one, uint64_t offset,
		      uint64_t length, uint64_t slice)
{
	const struct dmaload_range *range = dmaload_spread_ranges(one->spread);
	const size_t count = dmaload_spread_count(one->spread);
	uint64_t at = 0, size;
	size_t i;

	assert_int_equal(count, (length - 1) / slice + 1);
	for (i = 0; i < count; i++, range++) {
		size = dmaload_buffer_size(range->buffer);
		assert_ptr_equal(range->file, one->scene.file);
		assert_int_equal(range->file_offset, offset + at);
		assert_int_equal(range->buffer_offset, 0);
		assert_int_equal(range->priority, 0);
		if (i + 1 < count)
			assert_int_equal(range->length, slice);
		assert_in_range(size - range->length, 0, FAKE_PAGE - 1);
		at += range->length;
	}
	assert_int_equal(at, length);
}

void spread_expect(struct spread *one, const char *source, uint64_t offset,
		   uint64_t length, uint64_t most, uint64_t slice)
{
	dmaload_spread_destroy(one->spread);
	one->spread = NULL;
	if (spread_out(one, source, offset, length, most) != 0)
		fail_msg("%s", one->scene.err.message);
	if (length == DMALOAD_TO_END)
		length = one->scene.node->size - offset;
	spread_check_cut(one, offset, length, slice);
}

void spread_check_bytes(const struct spread *one)
{
	const struct dmaload_range *range = dmaload_spread_ranges(one->spread);
	const struct fake_node *memory;
	size_t i;
	uint64_t b;

	for (i = 0; i < dmaload_spread_count(one->spread); i++, range++) {
		memory = fake_node_of(dmaload_buffer_fd(range->buffer));
		assert_memory_equal(memory->bytes,
				    one->scene.node->bytes + range->file_offset,
				    range->length);
		for (b = range->length; b < memory->size; b++)
			assert_int_equal(memory->bytes[b], 0);
	}
}

int spread_load(struct spread *one, uint32_t paths)
{
	one->scene.options.paths = paths;
	return dmaload_load(one->scene.ctx, dmaload_spread_ranges(one->spread),
			    dmaload_spread_count(one->spread), &one->scene.options,
			    &one->scene.report, &one->scene.err);
}

void spread_load_all(struct spread *one, uint32_t paths)
{
	if (spread_load(one, paths) != 0)
		fail_msg("%s", one->scene.err.message);
	spread_check_bytes(one);
	if (dmaload_verify(one->scene.ctx, dmaload_spread_ranges(one->spread),
			   dmaload_spread_count(one->spread), NULL, NULL,
			   &one->scene.err) != 0)
		fail_msg("%s", one->scene.err.message);
}

/* SPDX-License-Identifier: MIT */
#include "stored.h"

#include <stdlib.h>
#include <string.h>

/* The files before the store. */
static struct {
	unsigned char *bytes;
	bool *resident;
	uint64_t size;
	uint64_t pages;
} before[SCENE_MAX];

void stored_finish(void)
{
	unsigned f;

	for (f = 0; f < SCENE_MAX; f++) {
		free(before[f].bytes);
		free(before[f].resident);
		before[f].bytes = NULL;
		before[f].resident = NULL;
	}
}

void stored_make(struct scene *scene, const char *kind, uint64_t size)
{
	scene_make_empty(scene, 4096, 4);
	scene_add_file(scene, size, 0);
	scene_add_buffer(scene, kind, 64 << 10);
}

void stored_drop(struct scene *scene)
{
	stored_finish();
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

void stored_renew(struct scene *scene, unsigned file, uint64_t size,
		  uint64_t resident_mask)
{
	struct fake_node *node = scene->nodes[file];
	uint64_t i;

	dmaload_file_close(scene->files[file]);
	fake_resize(node, size);
	for (i = 0; i < size; i++)
		node->bytes[i] = (unsigned char)(fake_pattern(i) ^ 0x33);
	for (i = 0; i < node->cached_pages; i++) {
		node->resident[i] = i * FAKE_PAGE < size &&
				    resident_mask >> i % 64 & 1;
		node->dirty[i] = false;
	}
	if (dmaload_file_create(&scene->files[file], node->path, 0,
				&scene->err) != 0)
		fail_msg("%s", scene->err.message);
}

int stored_reopen(struct scene *scene, int flags)
{
	const int fd = fake_open(scene->nodes[0], flags);

	dmaload_file_close(scene->files[0]);
	assert_int_equal(dmaload_file_from_fd(&scene->files[0], fd, NULL), 0);
	return fd;
}

static void remember(const struct scene *scene)
{
	unsigned f;

	stored_finish();
	for (f = 0; f < scene->n_files; f++) {
		const struct fake_node *node = scene->nodes[f];

		before[f].size = node->size;
		before[f].pages = node->cached_pages;
		before[f].bytes = malloc(node->size + 1);
		before[f].resident = calloc(node->cached_pages + 1,
					    sizeof(bool));
		assert_true(before[f].bytes && before[f].resident);
		if (node->size > 0)
			memcpy(before[f].bytes, node->bytes, node->size);
		if (node->cached_pages > 0)
			memcpy(before[f].resident, node->resident,
			       node->cached_pages * sizeof(bool));
	}
}

int stored_store(struct scene *scene, const struct dmaload_range *ranges,
		 size_t count)
{
	scene_fill(scene);
	scene_prepare(scene);
	remember(scene);
	return dmaload_store(scene->ctx, ranges, count, &scene->options,
			     &scene->report, &scene->err);
}

static uint64_t length_of(const struct dmaload_range *range)
{
	return range->length != DMALOAD_TO_END ? range->length :
	       dmaload_buffer_size(range->buffer) - range->buffer_offset;
}

static unsigned number_of(const struct scene *scene,
			  const struct dmaload_buffer *buffer)
{
	unsigned b = 0;

	while (scene->buffers[b] != buffer)
		b++;
	return b;
}

/* Return the bytes that a file should hold, so many of them. */
static unsigned char *expect(const struct scene *scene, unsigned f,
			     const struct dmaload_range *ranges, size_t count,
			     bool stored, uint64_t size)
{
	unsigned char *expected = calloc(size + 1, 1);
	size_t r;

	assert_non_null(expected);
	memcpy(expected, before[f].bytes, before[f].size);
	for (r = 0; r < count; r++) {
		const struct dmaload_range *range = &ranges[r];
		const uint64_t at = range->file_offset;

		if (range->file != scene->files[f])
			continue;
		if (stored)
			memcpy(expected + at, range->buffer_offset +
			       scene->views[number_of(scene, range->buffer)],
			       length_of(range));
		else if (at < size)
			memcpy(expected + at, scene->nodes[f]->bytes + at,
			       length_of(range) < size - at ?
			       length_of(range) : size - at);
	}
	return expected;
}

static void check_file(const struct scene *scene, unsigned f,
		       const struct dmaload_range *ranges, size_t count,
		       bool stored)
{
	const struct fake_node *node = scene->nodes[f];
	unsigned char *expected;
	uint64_t size = before[f].size, i;
	size_t r;

	for (r = 0; r < count; r++)
		if (ranges[r].file == scene->files[f] &&
		    ranges[r].file_offset + length_of(&ranges[r]) > size)
			size = ranges[r].file_offset + length_of(&ranges[r]);
	if (stored)
		assert_int_equal(node->size, size);
	assert_in_range(node->size, before[f].size, size);
	size = node->size;
	expected = expect(scene, f, ranges, count, stored, size);
	for (i = 0; i < size; i++)
		if (node->bytes[i] != expected[i])
			fail_msg("byte %llu of file %u is %#x, not %#x",
				 (unsigned long long)i, f, node->bytes[i],
				 expected[i]);
	free(expected);
	for (i = 0; stored && i < node->cached_pages; i++) {
		assert_false(node->dirty[i]);
		if (node->resident[i])
			assert_true(i < before[f].pages &&
				    before[f].resident[i]);
	}
	if (stored)
		assert_int_equal(dmaload_file_size(scene->files[f]), size);
}

void stored_check(struct scene *scene, const struct dmaload_range *ranges,
		  size_t count, bool stored)
{
	unsigned f;

	fake_check_quiet();
	for (f = 0; f < scene->n_files; f++)
		check_file(scene, f, ranges, count, stored);
}

void stored_fails(struct scene *scene, const struct dmaload_range *ranges,
		  size_t count, int code, const char *message)
{
	scene_check_failure(scene, stored_store(scene, ranges, count), code,
			    message);
}

void stored_all(struct scene *scene, const struct dmaload_range *ranges,
		size_t count)
{
	const struct dmaload_report *report = &scene->report;
	uint64_t total = 0;
	size_t r;

	if (stored_store(scene, ranges, count) != 0)
		fail_msg("%s", scene->err.message);
	stored_check(scene, ranges, count, true);
	for (r = 0; r < count; r++)
		total += length_of(&ranges[r]);
	scene_check_totals(scene, count, total);
	assert_int_equal(report->bytes_cached + report->bytes_streamed, 0);
	assert_int_equal(report->cache_residue_bytes, 0);
	assert_int_equal(report->stored, 1);
}

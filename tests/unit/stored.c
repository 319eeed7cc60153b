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
} before[CROWD_MAX];

void stored_finish(void)
{
	unsigned f;

	for (f = 0; f < CROWD_MAX; f++) {
		free(before[f].bytes);
		free(before[f].resident);
		before[f].bytes = NULL;
		before[f].resident = NULL;
	}
}

void stored_make(struct crowd *crowd, const char *kind, uint64_t size)
{
	crowd_make(crowd, 4096, 4);
	crowd_add_file(crowd, size, 0);
	crowd_add_buffer(crowd, kind, 64 << 10);
}

void stored_drop(struct crowd *crowd)
{
	stored_finish();
	crowd_drop(crowd);
	fake_check_balanced();
	fake_reset();
}

void stored_renew(struct crowd *crowd, unsigned file, uint64_t size,
		  uint64_t resident_mask)
{
	struct fake_node *node = crowd->nodes[file];
	uint64_t i;

	dmaload_file_close(crowd->files[file]);
	fake_resize(node, size);
	for (i = 0; i < size; i++)
		node->bytes[i] = (unsigned char)(fake_pattern(i) ^ 0x33);
	for (i = 0; i < node->cached_pages; i++) {
		node->resident[i] = i * FAKE_PAGE < size &&
				    resident_mask >> i % 64 & 1;
		node->dirty[i] = false;
	}
	if (dmaload_file_create(&crowd->files[file], node->path, 0,
				&crowd->err) != 0)
		fail_msg("%s", crowd->err.message);
}

int stored_reopen(struct crowd *crowd, int flags)
{
	const int fd = fake_open(crowd->nodes[0], flags);

	dmaload_file_close(crowd->files[0]);
	assert_int_equal(dmaload_file_from_fd(&crowd->files[0], fd, NULL), 0);
	return fd;
}

static void remember(const struct crowd *crowd)
{
	unsigned f;

	stored_finish();
	for (f = 0; f < crowd->n_files; f++) {
		const struct fake_node *node = crowd->nodes[f];

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

int stored_store(struct crowd *crowd, const struct dmaload_range *ranges,
		 size_t count)
{
	crowd_fill(crowd);
	crowd_prepare(crowd);
	remember(crowd);
	return dmaload_store(crowd->ctx, ranges, count, &crowd->options,
			     &crowd->report, &crowd->err);
}

static uint64_t length_of(const struct dmaload_range *range)
{
	return range->length != DMALOAD_TO_END ? range->length :
	       dmaload_buffer_size(range->buffer) - range->buffer_offset;
}

static unsigned number_of(const struct crowd *crowd,
			  const struct dmaload_buffer *buffer)
{
	unsigned b = 0;

	while (crowd->buffers[b] != buffer)
		b++;
	return b;
}

/* Return the bytes that a file should hold, so many of them. */
static unsigned char *expect(const struct crowd *crowd, unsigned f,
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

		if (range->file != crowd->files[f])
			continue;
		if (stored)
			memcpy(expected + at, range->buffer_offset +
			       crowd->views[number_of(crowd, range->buffer)],
			       length_of(range));
		else if (at < size)
			memcpy(expected + at, crowd->nodes[f]->bytes + at,
			       length_of(range) < size - at ?
			       length_of(range) : size - at);
	}
	return expected;
}

static void check_file(const struct crowd *crowd, unsigned f,
		       const struct dmaload_range *ranges, size_t count,
		       bool stored)
{
	const struct fake_node *node = crowd->nodes[f];
	unsigned char *expected;
	uint64_t size = before[f].size, i;
	size_t r;

	for (r = 0; r < count; r++)
		if (ranges[r].file == crowd->files[f] &&
		    ranges[r].file_offset + length_of(&ranges[r]) > size)
			size = ranges[r].file_offset + length_of(&ranges[r]);
	if (stored)
		assert_int_equal(node->size, size);
	assert_in_range(node->size, before[f].size, size);
	size = node->size;
	expected = expect(crowd, f, ranges, count, stored, size);
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
		assert_int_equal(dmaload_file_size(crowd->files[f]), size);
}

void stored_check(struct crowd *crowd, const struct dmaload_range *ranges,
		  size_t count, bool stored)
{
	unsigned f;

	fake_check_quiet();
	for (f = 0; f < crowd->n_files; f++)
		check_file(crowd, f, ranges, count, stored);
}

void stored_fails(struct crowd *crowd, const struct dmaload_range *ranges,
		  size_t count, int code, const char *message)
{
	crowd_check_failure(crowd, stored_store(crowd, ranges, count), code,
			    message);
}

void stored_all(struct crowd *crowd, const struct dmaload_range *ranges,
		size_t count)
{
	const struct dmaload_report *report = &crowd->report;
	uint64_t total = 0;
	size_t r;

	if (stored_store(crowd, ranges, count) != 0)
		fail_msg("%s", crowd->err.message);
	stored_check(crowd, ranges, count, true);
	for (r = 0; r < count; r++)
		total += length_of(&ranges[r]);
	crowd_check_report(crowd, count, total);
	assert_int_equal(report->bytes_cached + report->bytes_streamed, 0);
	assert_int_equal(report->cache_residue_bytes, 0);
	assert_int_equal(report->stored, 1);
}

/* SPDX-License-Identifier: MIT */
#include "buffer/buffer.h"
#include "model.h"
#include "scene.h"
#include "shown.h"

#include <stdlib.h>
#include <string.h>

/* Fill by copies: byte by byte takes minutes under valgrind. A prime, so that
 * no two blocks are equal. */
#define PERIOD 8191u

uint64_t random_below(uint64_t n)
{
	return (fake_random() >> 17) % n;
}

void shuffle_ranges(struct dmaload_range *ranges, size_t count)
{
	size_t i, j;

	for (i = count; i > 1; i--) {
		const struct dmaload_range range = ranges[i - 1];

		j = random_below(i);
		ranges[i - 1] = ranges[j];
		ranges[j] = range;
	}
}

void check_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void fill(unsigned char *bytes, unsigned buffer, uint64_t size)
{
	uint64_t i;

	for (i = 0; i < lower(size, PERIOD); i++)
		bytes[i] = (unsigned char)(0x5a ^ buffer * 29 ^ i * 11 ^ i >> 7);
	for (; i < size; i += PERIOD)
		memcpy(bytes + i, bytes, lower(size - i, PERIOD));
}

void scene_fill(struct scene *scene)
{
	unsigned b;

	for (b = 0; b < scene->n_buffers; b++)
		fill(scene->views[b], b, dmaload_buffer_size(scene->buffers[b]));
}

void scene_prepare(struct scene *scene)
{
	memset(&scene->err, 0, sizeof(scene->err));
	memset(&scene->report, 0xff, sizeof(scene->report));
	scene->report.size = sizeof(scene->report);
}

int scene_load_ranges(struct scene *scene, const struct dmaload_range *ranges,
		      size_t count)
{
	scene_fill(scene);
	scene_prepare(scene);
	return dmaload_load(scene->ctx, ranges, count, &scene->options,
			    &scene->report, &scene->err);
}

int scene_load(struct scene *scene)
{
	return scene_load_ranges(scene, &scene->range, 1);
}

static const struct fake_node *node_of(const struct scene *scene,
				       const struct dmaload_file *file)
{
	unsigned f = 0;

	while (f < SCENE_MAX && scene->files[f] != file)
		f++;
	assert_true(f < SCENE_MAX);
	return scene->nodes[f];
}

static uint64_t length_of(const struct scene *scene,
			  const struct dmaload_range *range)
{
	return range->length != DMALOAD_TO_END ? range->length :
	       node_of(scene, range->file)->size - range->file_offset;
}

uint64_t scene_length(const struct scene *scene)
{
	return length_of(scene, &scene->range);
}

/* Put the bytes of a range where it has them in its buffer: those of the file,
 * or those that the buffer has now. A refused range may exceed either. */
static void put_range(const struct scene *scene, unsigned b,
		      const struct dmaload_range *range, bool loaded,
		      unsigned char *bytes)
{
	const uint64_t size = dmaload_buffer_size(scene->buffers[b]);
	const uint64_t at = lower(range->buffer_offset, size);
	const unsigned char *from = scene->views[b] + at;
	uint64_t length = lower(length_of(scene, range), size - at);

	if (loaded) {
		const struct fake_node *node = node_of(scene, range->file);
		const uint64_t offset = lower(range->file_offset, node->size);

		from = node->bytes + offset;
		length = lower(length, node->size - offset);
	}
	memcpy(bytes + at, from, length);
}

static void check_buffer(const struct scene *scene, unsigned b,
			 const struct dmaload_range *ranges, size_t count,
			 bool loaded)
{
	const uint64_t size = dmaload_buffer_size(scene->buffers[b]);
	const unsigned char *bytes = scene->views[b];
	unsigned char *expected = malloc(size);
	uint64_t i;
	size_t r;

	assert_non_null(expected);
	fill(expected, b, size);
	for (r = 0; r < count; r++)
		if (ranges[r].file && ranges[r].buffer == scene->buffers[b])
			put_range(scene, b, &ranges[r], loaded, expected);
	if (memcmp(bytes, expected, size) != 0) {
		for (i = 0; bytes[i] == expected[i]; i++)
			;
		fail_msg("byte %llu of buffer %u is %#x, not %#x",
			 (unsigned long long)i, b, bytes[i], expected[i]);
	}
	free(expected);
}

void scene_check_ranges(const struct scene *scene,
			const struct dmaload_range *ranges, size_t count,
			bool loaded)
{
	unsigned b;

	fake_check_quiet();
	for (b = 0; b < scene->n_buffers; b++)
		check_buffer(scene, b, ranges, count, loaded);
}

void scene_check_bytes(const struct scene *scene)
{
	scene_check_ranges(scene, &scene->range, 1, true);
}

void scene_check_outside(const struct scene *scene)
{
	scene_check_ranges(scene, &scene->range, 1, false);
}

int scene_verify(struct scene *scene)
{
	const struct dmaload_range *range = &scene->range;
	const uint64_t spoilt = scene->spoilt - 1 - range->file_offset;

	scene_fill(scene);
	if (range->file)
		put_range(scene, 0, range, true, scene->views[0]);
	if (scene->spoilt > range->file_offset && spoilt < scene_length(scene))
		scene->views[0][range->buffer_offset + spoilt] ^= 0xff;
	scene_prepare(scene);
	return dmaload_verify(scene->ctx, range, 1, &scene->options,
			      &scene->report, &scene->err);
}

void scene_check_totals(const struct scene *scene, size_t count,
			uint64_t total)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(scene->err.code, 0);
	assert_int_equal(report->size, sizeof(*report));
	assert_int_equal(report->bytes_total, total);
	assert_int_equal(report->bytes_direct + report->bytes_bounced +
			 report->bytes_buffered + report->bytes_cached +
			 report->bytes_streamed, total);
	assert_int_equal(report->ranges, count);
	assert_true(report->retries < report->reads);
}

void scene_check_report(const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;

	scene_check_totals(scene, 1, scene_length(scene));
	assert_true(report->total_ns >= report->read_ns + report->copy_ns);
	assert_int_equal(report->alloc_ns, scene->buffer->alloc_ns);
}

void scene_check_failure(const struct scene *scene, int r, int code,
			 const char *message)
{
	if (r != code)
		fail_msg("%d is returned, not %d: %s", r, code,
			 r < 0 ? scene->err.message : "");
	assert_int_equal(scene->err.code, code);
	check_says(scene->err.message, message);
	assert_true(strlen(scene->err.message) < DMALOAD_MESSAGE_SIZE);
	assert_true(is_shown(scene->err.message));
}

void scene_check_reason(const struct scene *scene, enum dmaload_path path,
			const char *part)
{
	const char *reason = scene->report.declined[path];

	if (!part || !part[0])
		assert_string_equal(reason, "");
	else
		check_says(reason, part);
	check_report_is_shown(&scene->report);
}

int scene_load_by(struct scene *scene, enum dmaload_path path)
{
	int r;

	scene_set_range(scene, 700, 1212, 90000);
	scene->options.paths = 1u << path;
	r = scene_load(scene);
	scene_check_ranges(scene, &scene->range, 1, r == 0);
	return r;
}

void scene_expect_load(struct scene *scene, const struct dmaload_range *ranges,
		       size_t count)
{
	uint64_t total = 0;
	size_t r;

	if (scene_load_ranges(scene, ranges, count) != 0)
		fail_msg("%s", scene->err.message);
	scene_check_ranges(scene, ranges, count, true);
	for (r = 0; r < count; r++)
		total += length_of(scene, &ranges[r]);
	scene_check_totals(scene, count, total);
	assert_int_equal(scene->report.stored, 0);
}

void scene_expect_failure(struct scene *scene,
			  const struct dmaload_range *ranges, size_t count,
			  int code, const char *message)
{
	scene_check_failure(scene, scene_load_ranges(scene, ranges, count),
			    code, message);
}

void scene_load_all(struct scene *scene)
{
	scene_set_range(scene, 700, 1212, 90000);
	scene_expect_load(scene, &scene->range, 1);
	scene_check_report(scene);
}

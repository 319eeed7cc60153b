/* SPDX-License-Identifier: MIT */
#include "buffer/buffer.h"
#include "scene.h"
#include "shown.h"

#include <string.h>

/* The period of the filler, and the most that is compared at once: to fill and
 * compare all byte by byte takes minutes under valgrind. */
#define PERIOD 65536u

/* The buffer holds this where nothing was loaded. */
static unsigned char filler(uint64_t i)
{
	return (unsigned char)(0xa5 ^ i * 7 ^ i >> 8);
}

/* From offset at on, to the end of a period at most. */
static const unsigned char *filler_from(uint64_t at)
{
	static unsigned char known[PERIOD];
	static uint64_t filled;

	for (; filled < PERIOD; filled++)
		known[filled] = filler(filled);
	return known + at % PERIOD;
}

/* How much of [at, end) lies in one period. */
static size_t portion(uint64_t at, uint64_t end)
{
	const uint64_t n = PERIOD - at % PERIOD;

	return (size_t)(n < end - at ? n : end - at);
}

static void fill(const struct scene *scene)
{
	const uint64_t size = scene->memory->size;
	uint64_t at;

	for (at = 0; at < size; at += portion(at, size))
		memcpy(scene->memory->bytes + at, filler_from(at),
		       portion(at, size));
}

/* Where in the buffer the range begins and ends. */
static void bounds(const struct scene *scene, uint64_t *from, uint64_t *end)
{
	const struct dmaload_range *range = &scene->range;
	const uint64_t size = scene->memory->size;
	uint64_t length;

	*from = *end = 0;
	if (!range->file)
		return;
	*from = range->buffer_offset < size ? range->buffer_offset : size;
	length = scene_length(scene);
	*end = length < size - *from ? *from + length : size;
}

static uint64_t file_offset(const struct scene *scene, uint64_t at)
{
	return at - scene->range.buffer_offset + scene->range.file_offset;
}

static void prepare(struct scene *scene)
{
	memset(&scene->err, 0, sizeof(scene->err));
	memset(&scene->report, 0xff, sizeof(scene->report));
	scene->report.size = sizeof(scene->report);
}

int scene_load(struct scene *scene)
{
	fill(scene);
	prepare(scene);
	return dmaload_load(scene->ctx, &scene->range, 1, &scene->options,
			    &scene->report, &scene->err);
}

int scene_verify(struct scene *scene)
{
	unsigned char *bytes = scene->memory->bytes;
	uint64_t from, end, first;

	bounds(scene, &from, &end);
	first = file_offset(scene, from);
	fill(scene);
	if (from < end)
		fake_fill(bytes + from, first, end - from);
	if (scene->spoilt > first && scene->spoilt - first <= end - from)
		bytes[from + scene->spoilt - first - 1] ^= 0xff;
	prepare(scene);
	return dmaload_verify(scene->ctx, &scene->range, 1, &scene->options,
			      &scene->report, &scene->err);
}

static void check_filler(const struct scene *scene, uint64_t from, uint64_t end)
{
	const unsigned char *bytes = scene->memory->bytes;
	uint64_t at, i;

	for (at = from; at < end; at += portion(at, end)) {
		if (memcmp(bytes + at, filler_from(at), portion(at, end)) == 0)
			continue;
		for (i = at; bytes[i] == filler(i); i++)
			;
		fail_msg("byte %llu of the buffer is not of the range and was "
			 "written", (unsigned long long)i);
	}
}

void scene_check_outside(const struct scene *scene)
{
	uint64_t from, end;

	bounds(scene, &from, &end);
	check_filler(scene, 0, from);
	check_filler(scene, end, scene->memory->size);
}

void scene_check_bytes(const struct scene *scene)
{
	static unsigned char expected[PERIOD];
	const unsigned char *bytes = scene->memory->bytes;
	uint64_t from, end, at, i;

	scene_check_outside(scene);
	bounds(scene, &from, &end);
	for (at = from; at < end; at += portion(at, end)) {
		fake_fill(expected, file_offset(scene, at), portion(at, end));
		if (memcmp(bytes + at, expected, portion(at, end)) == 0)
			continue;
		for (i = 0; bytes[at + i] == expected[i]; i++)
			;
		fail_msg("byte %llu of the buffer is %#x, not byte %llu of the "
			 "file, %#x", (unsigned long long)(at + i), bytes[at + i],
			 (unsigned long long)file_offset(scene, at + i),
			 expected[i]);
	}
}

void scene_check_report(const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(report->size, sizeof(*report));
	assert_int_equal(report->bytes_total, scene_length(scene));
	assert_int_equal(report->bytes_direct + report->bytes_bounced +
			 report->bytes_buffered + report->bytes_cached,
			 report->bytes_total);
	assert_true(report->reads > 0);
	assert_true(report->retries < report->reads);
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
	if (!strstr(scene->err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", scene->err.message,
			 message);
	assert_true(strlen(scene->err.message) < DMALOAD_MESSAGE_SIZE);
	assert_true(is_shown(scene->err.message));
}

void scene_check_reason(const struct scene *scene, enum dmaload_path path,
			const char *part)
{
	const char *reason = scene->report.declined[path];

	if (!part)
		assert_string_equal(reason, "");
	else if (!strstr(reason, part))
		fail_msg("\"%s\" does not say \"%s\"", reason, part);
	check_report_is_shown(&scene->report);
}

int scene_load_by(struct scene *scene, enum dmaload_path path)
{
	int r;

	scene_set_range(scene, 700, 1212, 90000);
	scene->options.paths = 1u << path;
	r = scene_load(scene);
	fake_check_quiet();
	if (r == 0)
		scene_check_bytes(scene);
	else
		scene_check_outside(scene);
	return r;
}

void scene_load_all(struct scene *scene)
{
	scene_set_range(scene, 700, 1212, 90000);
	if (scene_load(scene) != 0)
		fail_msg("%s", scene->err.message);
	assert_int_equal(scene->err.code, 0);
	scene_check_bytes(scene);
	scene_check_report(scene);
	fake_check_quiet();
}

/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

static unsigned char filler(unsigned buffer, uint64_t i)
{
	return (unsigned char)(0x5a ^ buffer * 29 ^ i * 11 ^ i >> 7);
}

void crowd_fill(struct crowd *crowd)
{
	uint64_t i;
	unsigned b;

	for (b = 0; b < crowd->n_buffers; b++)
		for (i = 0; i < dmaload_buffer_size(crowd->buffers[b]); i++)
			crowd->views[b][i] = filler(b, i);
}

void crowd_prepare(struct crowd *crowd)
{
	memset(&crowd->err, 0, sizeof(crowd->err));
	memset(&crowd->report, 0xff, sizeof(crowd->report));
	crowd->report.size = sizeof(crowd->report);
}

int crowd_load(struct crowd *crowd, const struct dmaload_range *ranges,
	       size_t count)
{
	crowd_fill(crowd);
	crowd_prepare(crowd);
	return dmaload_load(crowd->ctx, ranges, count, &crowd->options,
			    &crowd->report, &crowd->err);
}

static const struct fake_node *node_of(const struct crowd *crowd,
				       const struct dmaload_file *file)
{
	unsigned f = 0;

	while (crowd->files[f] != file)
		f++;
	return crowd->nodes[f];
}

static uint64_t length_of(const struct crowd *crowd,
			  const struct dmaload_range *range)
{
	return range->length != DMALOAD_TO_END ? range->length :
	       node_of(crowd, range->file)->size - range->file_offset;
}

/* One buffer: which bytes are of a range, and what they must be. */
static void check_buffer(const struct crowd *crowd, unsigned b,
			 const struct dmaload_range *ranges, size_t count,
			 bool loaded)
{
	const uint64_t size = dmaload_buffer_size(crowd->buffers[b]);
	unsigned char *expected = malloc(size);
	uint64_t i;
	size_t r;

	assert_non_null(expected);
	for (i = 0; i < size; i++)
		expected[i] = filler(b, i);
	for (r = 0; r < count; r++) {
		const struct dmaload_range *range = &ranges[r];

		if (range->buffer != crowd->buffers[b])
			continue;
		memcpy(expected + range->buffer_offset, loaded ?
		       node_of(crowd, range->file)->bytes + range->file_offset :
		       crowd->views[b] + range->buffer_offset,
		       length_of(crowd, range));
	}
	for (i = 0; i < size; i++)
		if (crowd->views[b][i] != expected[i])
			fail_msg("byte %llu of buffer %u is %#x, not %#x",
				 (unsigned long long)i, b, crowd->views[b][i],
				 expected[i]);
	free(expected);
}

void crowd_check(struct crowd *crowd, const struct dmaload_range *ranges,
		 size_t count, bool loaded)
{
	unsigned b;

	fake_check_quiet();
	for (b = 0; b < crowd->n_buffers; b++)
		check_buffer(crowd, b, ranges, count, loaded);
}

void crowd_check_report(const struct crowd *crowd, size_t count, uint64_t total)
{
	const struct dmaload_report *report = &crowd->report;

	assert_int_equal(crowd->err.code, 0);
	assert_int_equal(report->bytes_total, total);
	assert_int_equal(report->bytes_direct + report->bytes_bounced +
			 report->bytes_buffered + report->bytes_cached +
			 report->bytes_streamed, total);
	assert_int_equal(report->ranges, count);
	assert_true(report->retries < report->reads);
}

void crowd_load_all(struct crowd *crowd, const struct dmaload_range *ranges,
		    size_t count)
{
	uint64_t total = 0;
	size_t r;

	if (crowd_load(crowd, ranges, count) != 0)
		fail_msg("%s", crowd->err.message);
	crowd_check(crowd, ranges, count, true);
	for (r = 0; r < count; r++)
		total += length_of(crowd, &ranges[r]);
	crowd_check_report(crowd, count, total);
	assert_int_equal(crowd->report.stored, 0);
}

void crowd_check_failure(const struct crowd *crowd, int r, int code,
			 const char *message)
{
	if (r != code)
		fail_msg("%d is returned, not %d: %s", r, code,
			 r < 0 ? crowd->err.message : "");
	assert_int_equal(crowd->err.code, code);
	if (!strstr(crowd->err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", crowd->err.message,
			 message);
	assert_true(strlen(crowd->err.message) < DMALOAD_MESSAGE_SIZE);
}

void crowd_check_reason(const struct crowd *crowd, enum dmaload_path path,
			const char *part)
{
	const char *reason = crowd->report.declined[path];

	if (!part)
		assert_string_equal(reason, "");
	else if (!strstr(reason, part))
		fail_msg("\"%s\" does not say \"%s\"", reason, part);
}

/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"

static unsigned char filler(unsigned buffer, uint64_t i)
{
	return (unsigned char)(0x5a ^ buffer * 29 ^ i * 11 ^ i >> 7);
}

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

void crowd_load_all(struct crowd *crowd, const struct dmaload_range *ranges,
		    size_t count)
{
	const struct dmaload_report *report = &crowd->report;
	uint64_t total = 0;
	size_t r;

	if (crowd_load(crowd, ranges, count) != 0)
		fail_msg("%s", crowd->err.message);
	assert_int_equal(crowd->err.code, 0);
	crowd_check(crowd, ranges, count, true);
	for (r = 0; r < count; r++)
		total += length_of(crowd, &ranges[r]);
	assert_int_equal(report->bytes_total, total);
	assert_int_equal(report->bytes_direct + report->bytes_bounced +
			 report->bytes_buffered + report->bytes_cached +
			 report->bytes_streamed, total);
	assert_int_equal(report->ranges, count);
	assert_int_equal(report->stored, 0);
	assert_true(report->retries < report->reads);
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

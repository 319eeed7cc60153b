/* SPDX-License-Identifier: MIT */
/*
 * Loads, stores and comparisons, against plain memory. The input draws a machine with
 * files and buffers. Then it decides step by step what the library, other processes
 * and the kernel do. After each step all bytes of all files and buffers are compared
 * with the expected ones.
 *
 * The target uses the public headers and the fake kernel only, so an input keeps its
 * meaning when the library changes. A new decision must not come before existing ones:
 * the inputs in the tree would lose their meaning. So only an input that begins with
 * MARK decides about transforms.
 */
#include <dmaload/spread.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"
#include "schedule.h"
#include "work.h"

#define STEPS_MAX 40
/* No input begins with it that is older than transforms. */
#define MARK "TRNS"

/* Write to a buffer by the CPU, within a bracket. */
static void write_buffer(void)
{
	struct memory *memory = &setting.memories[input_below(BUFFERS)];
	const uint8_t seed = input_byte();
	struct dmaload_error err;
	unsigned char *map;
	uint64_t i;
	int r;

	if (!memory->buffer || !memory->writable)
		return;
	work_clear_error(&err);
	r = dmaload_buffer_begin(memory->buffer, DMALOAD_ACCESS_WRITE, &err);
	work_check_error(r, &err);
	if (r != 0) {
		/* A udmabuf that is still to be made needs an fd. */
		FUZZ_CHECK(setting.faulty || fake.fds_max);
		return;
	}
	map = dmaload_buffer_map(memory->buffer);
	for (i = 0; i < memory->size; i++)
		map[i] = (unsigned char)(seed ^ i * 7 ^ i >> 8);
	work_clear_error(&err);
	r = dmaload_buffer_end(memory->buffer, DMALOAD_ACCESS_WRITE, &err);
	work_check_error(r, &err);
	FUZZ_CHECK(r == 0 || setting.faulty);
	content_adopt(&memory->content, memory->view, memory->size);
}

/* Return a readable file, or NULL. */
static struct handle *draw_file(void)
{
	struct handle *handle = &setting.handles[input_below(HANDLES)];

	return handle->file && !handle->node->is_stream && handle->readable ?
	       handle : NULL;
}

static void check_spread(const struct handle *handle,
			 const struct dmaload_spread *spread, uint64_t offset,
			 uint64_t length)
{
	const struct dmaload_range *ranges = dmaload_spread_ranges(spread);
	const unsigned char *bytes = handle->node->fake->bytes;
	struct fake_node *memory;
	size_t i;
	int fd;

	for (i = 0; i < dmaload_spread_count(spread); i++) {
		FUZZ_CHECK(ranges[i].file_offset == offset);
		FUZZ_CHECK(ranges[i].length <= length);
		fd = dmaload_buffer_fd(ranges[i].buffer);
		FUZZ_CHECK(fd >= 0);
		memory = fake_node_of(fd);
		FUZZ_CHECK(memcmp(memory->bytes + ranges[i].buffer_offset,
				  bytes + offset, ranges[i].length) == 0);
		offset += ranges[i].length;
		length -= ranges[i].length;
	}
	FUZZ_CHECK(length == 0);
}

/* Load a part of a file into several buffers. */
static void spread_out(void)
{
	static const char *const sources[] = { NULL, "system", "memfd",
					       "udmabuf" };
	struct handle *handle = draw_file();
	const char *source = sources[input_below(4)];
	const uint64_t offset = input_word(), length = 1 + input_word();
	const uint64_t most = input_below(2) ? 8192u << input_below(4) : 0;
	struct dmaload_spread *spread = NULL;
	struct dmaload_error err;
	int r;

	if (!handle)
		return;
	work_clear_error(&err);
	r = dmaload_spread_create(&spread, source, handle->file, offset, length,
				  most, &err);
	work_check_error(r, &err);
	FUZZ_CHECK((r == 0) == (spread != NULL));
	if (r != 0)
		return;
	/* The readahead of a shared fd is the caller's. */
	setting.disturbed |= handle->shared;
	work_clear_error(&err);
	r = dmaload_load(setting.ctx, dmaload_spread_ranges(spread),
			 dmaload_spread_count(spread), NULL, NULL, &err);
	work_check_error(r, &err);
	if (r == 0)
		check_spread(handle, spread, offset, length);
	dmaload_spread_destroy(spread);
}

/* Load a stream of unknown length. */
static void load_stream(void)
{
	const struct handle *handle = &setting.handles[input_below(HANDLES)];
	const uint64_t hint = input_word(), limit = input_word();
	void *const untouched = &setting;
	struct dmaload_buffer *buffer = untouched;
	const struct fake_node *stream;
	struct node *node;
	struct dmaload_error err;
	uint64_t length, begin, left;
	int r;

	if (!handle->file || !handle->node->is_stream)
		return;
	node = handle->node;
	stream = node->fake;
	begin = stream->came;
	left = stream->size - begin;
	work_clear_error(&err);
	r = dmaload_load_stream(&buffer, &length, setting.ctx, handle->file,
				"memfd", hint, limit, NULL, NULL, &err);
	work_check_error(r, &err);
	node->came = node->came_most = stream->came;
	if (r != 0) {
		FUZZ_CHECK(buffer == untouched);
		FUZZ_CHECK(setting.faulty || fake.fds_max || fake.map_most ||
			   r == (left == 0 ? -ENODATA : -EFBIG));
		FUZZ_CHECK(r != -EFBIG || (limit > 0 && left > limit));
		return;
	}
	FUZZ_CHECK(length == left && (limit == 0 || left <= limit));
	FUZZ_CHECK(memcmp(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			  stream->bytes + begin, length) == 0);
	dmaload_buffer_destroy(buffer);
}

/* Query what the library knows of the machine. */
static void query(void)
{
	const struct handle *handle = &setting.handles[input_below(HANDLES)];
	const uint64_t offset = input_word(), length = input_word();
	struct dmaload_sources *sources;
	struct dmaload_error err;
	uint64_t bytes = 0;
	int r;

	work_clear_error(&err);
	r = dmaload_sources_create(&sources, 1 + (length >> 1), &err);
	work_check_error(r, &err);
	if (r == 0)
		dmaload_sources_destroy(sources);
	if (!handle->file)
		return;
	work_clear_error(&err);
	r = dmaload_file_resident(handle->file, offset, length, &bytes, &err);
	work_check_error(r, &err);
	FUZZ_CHECK(bytes <= (uint64_t)handle->node->fake->cached_pages *
			    FAKE_PAGE);
}

static void step(void)
{
	switch (input_below(16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		if (setting.crowded)
			work_crowd();
		else
			work_block();
		break;
	case 4:
	case 5:
		work_submit();
		break;
	case 6:
		/* Rarely, since it takes a millisecond. */
		if (input_one_in(4))
			work_submit_and_destroy();
		else
			work_submit();
		break;
	case 7:
		work_probe();
		break;
	case 8:
		spread_out();
		break;
	case 9:
		load_stream();
		break;
	case 10:
		setting_disturb(&setting.nodes[input_below(NODES)]);
		break;
	case 11:
		write_buffer();
		break;
	case 12:
		setting_reopen();
		break;
	case 13:
		setting_reallocate();
		break;
	case 14:
		setting_make_ctx();
		break;
	default:
		query();
		break;
	}
	work_finish();
	if (!setting.ctx)
		setting_make_ctx();
}

static void *run_input(void *arg)
{
	unsigned steps = 0;

	(void)arg;
	setting.transforms = input_skip(MARK);
	setting_make();
	while (!input_is_over() && steps++ < STEPS_MAX) {
		while (input_one_in(4))
			setting_inject();
		step();
	}
	setting_finish();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	schedule_run(run_input, NULL);
	return 0;
}

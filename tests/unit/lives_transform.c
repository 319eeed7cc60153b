/* SPDX-License-Identifier: MIT */
/* Lives whose loads have a transform, which writes each byte twice if there is a buffer,
 * or beside which the library copies. */
#include "lives.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FILE_BYTES 30000
#define STREAM_BYTES 11000
#define BUFFER_BYTES (64 << 10)
#define UNIT 18

static struct dmaload_ctx *ctx;
static struct dmaload_file *file;
static struct dmaload_buffer *buffer;
static struct fake_node *node;
static int stream_fd;
static struct dmaload_range ranges[2];
static size_t n_ranges;
static uint32_t flags;

/* The bytes of each range that have come; in order, the end of the last piece. */
static bool came[2][FILE_BYTES];
static uint64_t ends[2];
/* What the buffer has. */
static unsigned char expected[BUFFER_BYTES];

static void write_twice(const struct dmaload_range *range, const struct dmaload_piece *piece)
{
	const unsigned char *bytes = piece->bytes;
	unsigned char *map = dmaload_buffer_map(range->buffer);
	uint64_t at = range->buffer_offset + 2 * piece->offset;
	size_t i;

	for (i = 0; i < 2 * piece->length; i++, at++)
		expected[at] = map[at] = bytes[i / 2];
}

static int take_piece(const struct dmaload_piece *piece, void *data)
{
	const struct dmaload_range *range = &ranges[piece->range];
	const uint64_t end = piece->offset + piece->length;
	size_t i;

	(void)data;
	assert_true(piece->range < n_ranges && end <= FILE_BYTES - range->file_offset);
	assert_int_equal(piece->offset % UNIT, 0);
	assert_true(piece->length % UNIT == 0 || end == range->length ||
		    range->file_offset + end == node->size);
	if (flags & DMALOAD_PIECES_IN_ORDER) {
		assert_int_equal(piece->offset, ends[piece->range]);
		ends[piece->range] = end;
	}
	for (i = piece->offset; i < end; i++) {
		assert_false(came[piece->range][i]);
		came[piece->range][i] = true;
	}
	assert_memory_equal(piece->bytes, node->bytes + range->file_offset + piece->offset,
			    piece->length);
	if (flags & DMALOAD_PIECES_COPIED)
		return 0;
	if (range->buffer)
		write_twice(range, piece);
	memset(piece->bytes, 0x55, piece->length);
	return 0;
}

static void make(const struct life *life)
{
	fake_reset();
	fake_add_udmabuf();
	fake.order = FAKE_LIFO;
	fake.batch = 2;
	fake_find("/dev/dma_heap/system")->pfnmap = life->pfnmap;
	flags = life->flags;
	stream_fd = -1;
	node = fake_add(life->stream ? FAKE_PIPE : FAKE_FILE, "/data/weights",
			life->stream ? STREAM_BYTES : FILE_BYTES);
	node->direct_read_error = life->direct_read_error;
	node->comes_most = 3000;
	if (life->stream)
		stream_fd = fake_open(node, O_RDONLY);
	if (life->cached)
		fake_cache(node, 8192, 8192);
}

static int open_all(const struct life *life, struct dmaload_error *err)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 4096, .queue_depth = 3,
		.engine = life->engine,
	};
	int r;

	r = dmaload_ctx_create(&ctx, &config, err);
	if (r == 0)
		r = life->stream ? dmaload_file_from_stream(&file, stream_fd, err) :
				   dmaload_file_open(&file, "/data/weights", err);
	if (r == 0 && life->source)
		r = dmaload_buffer_create(&buffer, life->source, BUFFER_BYTES, err);
	return r;
}

static void close_all(void)
{
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(file);
	dmaload_buffer_destroy(buffer);
	ctx = NULL;
	file = NULL;
	buffer = NULL;
}

/* A stream comes as a whole. */
static void make_ranges(const struct life *life)
{
	ranges[0] = (struct dmaload_range){
		.file = file, .file_offset = 700, .length = 15001,
		.buffer = buffer, .buffer_length = buffer ? 30002 : 0,
	};
	ranges[1] = (struct dmaload_range){
		.file = file, .file_offset = 16001, .length = 13003, .priority = 1,
		.buffer = buffer, .buffer_offset = buffer ? 30002 : 0,
	};
	if (flags & DMALOAD_PIECES_COPIED)
		ranges[0].buffer_length = 0;
	if (life->stream)
		ranges[0].length = DMALOAD_TO_END;
	n_ranges = life->stream ? 1 : 2;
}

static int load(const struct life *life, const struct dmaload_options *options,
		struct dmaload_error *err)
{
	struct dmaload_job *job;
	int r;

	if (!life->as_job)
		return dmaload_load(ctx, ranges, n_ranges, options, NULL, err);
	r = dmaload_submit(&job, ctx, DMALOAD_LOAD, ranges, n_ranges, options, err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(job, DMALOAD_FOREVER, NULL, err);
	dmaload_job_destroy(job);
	return r;
}

/* The buffer has what the function wrote, even after a failure, and nothing else. What
 * the library copies is only certain after a success. */
static void check_buffer(int result)
{
	const int fd = dmaload_buffer_fd(buffer);
	unsigned char *bytes = fd < 0 ? NULL : fake_node_of(fd)->bytes;
	size_t i;

	for (i = 0; bytes && (flags & DMALOAD_PIECES_COPIED) && i < n_ranges; i++)
		memcpy(expected + ranges[i].buffer_offset, result < 0 ?
		       bytes + ranges[i].buffer_offset :
		       node->bytes + ranges[i].file_offset, ranges[i].length);
	if (bytes)
		assert_memory_equal(bytes, expected, BUFFER_BYTES);
}

static int live_once(const struct life *life, struct dmaload_error *err)
{
	const struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = UNIT, .function = take_piece,
		.flags = flags,
	};
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = life->paths, .transform = &transform,
	};
	size_t i, at;
	int r;

	memset(err, 0, sizeof(*err));
	memset(came, 0, sizeof(came));
	memset(ends, 0, sizeof(ends));
	node->came = 0;
	make_ranges(life);
	r = load(life, &options, err);
	for (i = 0; r == 0 && i < n_ranges; i++)
		for (at = 0; at < FILE_BYTES; at++)
			assert_int_equal(came[i][at], at < ranges[i].length &&
					 ranges[i].file_offset + at < node->size);
	if (buffer)
		check_buffer(r);
	return r;
}

static int live(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(err, 0, sizeof(*err));
	memset(expected, 0, sizeof(expected));
	node->came = 0;
	r = open_all(life, err);
	if (r == 0)
		r = lives_repeat(life, live_once, err);
	fake_check_quiet();
	close_all();
	fake_check_balanced();
	return r;
}

static bool kept(const struct life *life)
{
	return fake_cached(node, 8192) == life->cached;
}

static void end(void)
{
	if (stream_fd >= 0)
		fake_close(stream_fd);
}

const struct life_kind lives_transform = {
	.make = make, .live = live, .kept = kept, .end = end,
};

/* SPDX-License-Identifier: MIT */
#include "lives.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define ONE "/data/\033[2Jone\xff\u202e"
#define TWO "/data/two\n\xc2\x9b"
#define FILE_BYTES 30000
#define BUFFER_BYTES (40 << 10)

struct world {
	/* Two files, and a third that a store makes; a stream. */
	struct fake_node *nodes[2];
	struct fake_node *stream;
	int stream_fd;

	struct dmaload_ctx *ctx;
	struct dmaload_file *files[3];
	struct dmaload_buffer *buffers[2];
	struct dmaload_job *job;
	struct dmaload_options options;
	struct dmaload_error err;
};

static struct world whole;

static void make(const struct life *life)
{
	memset(&whole, 0, sizeof(whole));
	fake_reset();
	fake.order = FAKE_LIFO;
	fake.batch = 2;
	fake.reads_pin = life->reads_pin;
	fake.no_cachestat = life->no_cachestat;
	fake_find("/dev/dma_heap/system")->pfnmap = life->pfnmap;
	whole.nodes[0] = fake_add(FAKE_FILE, ONE, FILE_BYTES);
	whole.nodes[1] = fake_add(FAKE_FILE, TWO, FILE_BYTES);
	if (life->direct_refused)
		whole.nodes[1]->direct_error = -EINVAL;
	whole.nodes[1]->no_allocate = life->no_allocate;
	if (life->cached)
		fake_cache(whole.nodes[0], 8192, 16384);
	whole.stream = fake_add(FAKE_PIPE, "/data/pipe", 11000);
	whole.stream->comes_most = 3000;
	whole.stream_fd = fake_open(whole.stream, O_RDONLY);
}

static struct fake_node *memory_of(const struct world *world, unsigned b)
{
	return fake_node_of(dmaload_buffer_fd(world->buffers[b]));
}

/* A context, two files and two buffers. */
static int open_all(struct world *world, const char *source)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 4096, .queue_depth = 3,
	};
	int r;

	r = dmaload_ctx_create(&world->ctx, &config, &world->err);
	if (r == 0)
		r = dmaload_file_open(&world->files[0], ONE,
				      &world->err);
	if (r == 0)
		r = dmaload_file_create(&world->files[1], TWO, 0,
					&world->err);
	if (r == 0)
		r = dmaload_file_from_stream(&world->files[2], world->stream_fd,
					     &world->err);
	if (r == 0)
		r = dmaload_buffer_create(&world->buffers[0], source,
					  BUFFER_BYTES, &world->err);
	if (r == 0)
		r = dmaload_buffer_create(&world->buffers[1], "memfd",
					  BUFFER_BYTES, &world->err);
	return r;
}

static void close_all(struct world *world)
{
	unsigned i;

	dmaload_job_destroy(world->job);
	dmaload_ctx_destroy(world->ctx);
	for (i = 0; i < 3; i++)
		dmaload_file_close(world->files[i]);
	for (i = 0; i < 2; i++)
		dmaload_buffer_destroy(world->buffers[i]);
	world->job = NULL;
	world->ctx = NULL;
	memset(world->files, 0, sizeof(world->files));
	memset(world->buffers, 0, sizeof(world->buffers));
}

static struct dmaload_range range_of(const struct world *world, unsigned file,
				     uint64_t file_offset, unsigned buffer,
				     uint64_t buffer_offset, uint64_t length,
				     uint32_t priority)
{
	return (struct dmaload_range){
		.file = world->files[file], .file_offset = file_offset,
		.buffer = world->buffers[buffer],
		.buffer_offset = buffer_offset, .length = length,
		.priority = priority,
	};
}

static void check_equal(const struct world *world,
			const struct dmaload_range *range)
{
	const bool second = range->buffer == world->buffers[1];
	unsigned f = 0;

	while (world->files[f] != range->file)
		f++;
	assert_memory_equal(memory_of(world, second)->bytes +
			    range->buffer_offset,
			    (f == 2 ? world->stream : world->nodes[f])->bytes +
			    range->file_offset, range->length);
}

static size_t make_ranges(const struct world *world,
			  struct dmaload_range *ranges)
{
	ranges[0] = range_of(world, 0, 700, 0, 188, 15001, 0);
	ranges[1] = range_of(world, 1, 0, 0, 20000, 9000, 1);
	ranges[2] = range_of(world, 0, 16384, 1, 0, 8192, 1);
	ranges[3] = range_of(world, 1, 9001, 1, 9000, 3000, 0);
	return 4;
}

int live_many(struct world *world)
{
	struct dmaload_range ranges[4];
	const size_t n = make_ranges(world, ranges);
	size_t i;
	int r;

	r = dmaload_load(world->ctx, ranges, n, &world->options, NULL,
			 &world->err);
	for (i = 0; r == 0 && i < n; i++)
		check_equal(world, &ranges[i]);
	return r;
}

int live_job(struct world *world)
{
	struct dmaload_range ranges[4];
	const size_t n = make_ranges(world, ranges);
	size_t i, index, told = 0;
	int r, fd;

	r = dmaload_submit(&world->job, world->ctx, DMALOAD_LOAD, ranges, n,
			   &world->options, &world->err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(world->job, DMALOAD_FOREVER, NULL, &world->err);
	while (dmaload_job_next_range(world->job, &index) == 0)
		check_equal(world, &ranges[(told++, index)]);
	for (i = 0; r == 0 && i < n; i++)
		check_equal(world, &ranges[i]);
	if (r < 0)
		return r;
	assert_int_equal(told, n);
	fd = dmaload_job_fd(world->job, &world->err);
	return fd < 0 ? fd : 0;
}

/* Stored, and compared with what the disk has. */
int live_store(struct world *world)
{
	const struct dmaload_range ranges[2] = {
		range_of(world, 1, 700, 0, 700, 30000, 0),
		range_of(world, 1, 31000, 1, 5, 6000, 0),
	};
	static const unsigned char zeroes[300];
	unsigned char *const first = memory_of(world, 0)->bytes;
	unsigned char *const second = memory_of(world, 1)->bytes;
	struct fake_node *node = world->nodes[1];
	unsigned char before[700];
	uint64_t i;
	int r;

	for (i = 0; i < BUFFER_BYTES; i++) {
		first[i] = (unsigned char)(i * 5 >> 3);
		second[i] = (unsigned char)(i * 3 >> 2);
	}
	r = dmaload_store(world->ctx, ranges, 2, &world->options, NULL,
			  &world->err);
	fake_fill(before, 0, sizeof(before));
	assert_memory_equal(node->bytes, before, sizeof(before));
	if (r < 0)
		return r;
	assert_int_equal(node->size, 37000);
	check_equal(world, &ranges[0]);
	check_equal(world, &ranges[1]);
	for (i = 0; i < node->cached_pages; i++)
		assert_false(node->dirty[i]);
	assert_memory_equal(node->bytes + 30700, zeroes, sizeof(zeroes));
	return dmaload_verify(world->ctx, ranges, 2, &world->options, NULL,
			      &world->err);
}

int live_stream(struct world *world)
{
	const struct dmaload_range ranges[2] = {
		range_of(world, 2, 100, 0, 7, 5000, 0),
		range_of(world, 2, 6000, 1, 700, 5000, 0),
	};
	int r;

	r = dmaload_load(world->ctx, ranges, 2, &world->options, NULL,
			 &world->err);
	if (r == 0)
		check_equal(world, &ranges[0]);
	if (r == 0)
		check_equal(world, &ranges[1]);
	return r;
}

int live_growth(struct world *world)
{
	void *const untouched = &world;
	struct dmaload_buffer *buffer = untouched;
	uint64_t length = 0;
	int r;

	r = dmaload_load_stream(&buffer, &length, world->ctx, world->files[2],
				NULL, 4096, 20000, &world->options, NULL,
				&world->err);
	if (r < 0) {
		assert_ptr_equal(buffer, untouched);
		return r;
	}
	assert_int_equal(length, 11000);
	assert_memory_equal(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			    world->stream->bytes, length);
	dmaload_buffer_destroy(buffer);
	return 0;
}

static int live_once(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(&whole.err, 0, sizeof(whole.err));
	r = life->live(&whole);
	*err = whole.err;
	dmaload_job_destroy(whole.job);
	whole.job = NULL;
	return r;
}

static int live(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(&whole.err, 0, sizeof(whole.err));
	whole.options = (struct dmaload_options){
		.size = sizeof(whole.options), .paths = life->paths,
		.flags = DMALOAD_DURABLE,
	};
	whole.stream->came = 0;
	r = open_all(&whole, life->source);
	*err = whole.err;
	if (life->no_ctx) {
		dmaload_ctx_destroy(whole.ctx);
		whole.ctx = NULL;
	}
	if (r == 0)
		r = lives_repeat(life, live_once, err);
	fake_check_quiet();
	close_all(&whole);
	fake_check_balanced();
	return r;
}

static bool kept(const struct life *life)
{
	return !life->cached || fake_cached(whole.nodes[0], 8192);
}

static void end(void)
{
	fake_close(whole.stream_fd);
}

const struct life_kind lives_many = {
	.make = make, .live = live, .kept = kept, .end = end,
};

/* SPDX-License-Identifier: MIT */
#include "lives.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define ONE "/data/\033[2Jone\xff\u202e"
#define TWO "/data/two\n\xc2\x9b"
#define FILE_BYTES 30000
#define BUFFER_BYTES (40 << 10)

static struct scene scene;
static struct dmaload_job *job;
static int stream_fd;

static void make(const struct life *life)
{
	memset(&scene, 0, sizeof(scene));
	fake_reset();
	fake.order = FAKE_LIFO;
	fake.batch = 2;
	fake.reads_pin = life->reads_pin;
	fake.no_cachestat = life->no_cachestat;
	fake_find("/dev/dma_heap/system")->pfnmap = life->pfnmap;
	scene.nodes[0] = fake_add(FAKE_FILE, ONE, FILE_BYTES);
	scene.nodes[1] = fake_add(FAKE_FILE, TWO, FILE_BYTES);
	if (life->direct_refused)
		scene.nodes[1]->direct_error = -EINVAL;
	scene.nodes[1]->no_allocate = life->no_allocate;
	if (life->cached)
		fake_cache(scene.nodes[0], 8192, 16384);
	scene.nodes[2] = fake_add(FAKE_PIPE, "/data/pipe", 11000);
	scene.nodes[2]->comes_most = 3000;
	stream_fd = fake_open(scene.nodes[2], O_RDONLY);
	scene.n_files = 3;
	scene.n_buffers = 2;
}

/* A buffer may be made only by the load. */
static unsigned char *view_of(const struct dmaload_buffer *buffer)
{
	return fake_node_of(dmaload_buffer_fd(buffer))->bytes;
}

/* A context, two files and two buffers. */
static int open_all(const char *source)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 4096, .queue_depth = 3,
	};
	int r;

	r = dmaload_ctx_create(&scene.ctx, &config, &scene.err);
	if (r == 0)
		r = dmaload_file_open(&scene.files[0], ONE,
				      &scene.err);
	if (r == 0)
		r = dmaload_file_create(&scene.files[1], TWO, 0,
					&scene.err);
	if (r == 0)
		r = dmaload_file_from_stream(&scene.files[2], stream_fd,
					     &scene.err);
	if (r == 0)
		r = dmaload_buffer_create(&scene.buffers[0], source,
					  BUFFER_BYTES, &scene.err);
	if (r == 0)
		r = dmaload_buffer_create(&scene.buffers[1], "memfd",
					  BUFFER_BYTES, &scene.err);
	return r;
}

static void close_all(void)
{
	dmaload_job_destroy(job);
	scene_drop(&scene);
	job = NULL;
	scene.ctx = NULL;
	memset(scene.files, 0, sizeof(scene.files));
	memset(scene.buffers, 0, sizeof(scene.buffers));
}

static void check_equal(const struct dmaload_range *range)
{
	unsigned f = 0;

	while (scene.files[f] != range->file)
		f++;
	assert_memory_equal(view_of(range->buffer) + range->buffer_offset,
			    scene.nodes[f]->bytes + range->file_offset,
			    range->length);
}

static size_t make_ranges(struct dmaload_range *ranges)
{
	ranges[0] = scene_range(&scene, 0, 700, 0, 188, 15001);
	ranges[1] = scene_range(&scene, 1, 0, 0, 20000, 9000);
	ranges[2] = scene_range(&scene, 0, 16384, 1, 0, 8192);
	ranges[3] = scene_range(&scene, 1, 9001, 1, 9000, 3000);
	ranges[1].priority = ranges[2].priority = 1;
	return 4;
}

int live_many(void)
{
	struct dmaload_range ranges[4];
	const size_t n = make_ranges(ranges);
	size_t i;
	int r;

	r = dmaload_load(scene.ctx, ranges, n, &scene.options, NULL,
			 &scene.err);
	for (i = 0; r == 0 && i < n; i++)
		check_equal(&ranges[i]);
	return r;
}

int live_job(void)
{
	struct dmaload_range ranges[4];
	const size_t n = make_ranges(ranges);
	size_t i, index, told = 0;
	int r, fd;

	r = dmaload_submit(&job, scene.ctx, DMALOAD_LOAD, ranges, n,
			   &scene.options, &scene.err);
	if (r < 0)
		return r;
	r = dmaload_job_wait(job, DMALOAD_FOREVER, NULL, &scene.err);
	while (dmaload_job_next_range(job, &index) == 0)
		check_equal(&ranges[(told++, index)]);
	for (i = 0; r == 0 && i < n; i++)
		check_equal(&ranges[i]);
	if (r < 0)
		return r;
	assert_int_equal(told, n);
	fd = dmaload_job_fd(job, &scene.err);
	return fd < 0 ? fd : 0;
}

/* Stored, and compared with what the disk has. */
int live_store(void)
{
	const struct dmaload_range ranges[2] = {
		scene_range(&scene, 1, 700, 0, 700, 30000),
		scene_range(&scene, 1, 31000, 1, 5, 6000),
	};
	static const unsigned char zeroes[300];
	unsigned char *const first = view_of(scene.buffers[0]);
	unsigned char *const second = view_of(scene.buffers[1]);
	struct fake_node *node = scene.nodes[1];
	unsigned char before[700];
	uint64_t i;
	int r;

	for (i = 0; i < BUFFER_BYTES; i++) {
		first[i] = (unsigned char)(i * 5 >> 3);
		second[i] = (unsigned char)(i * 3 >> 2);
	}
	r = dmaload_store(scene.ctx, ranges, 2, &scene.options, NULL,
			  &scene.err);
	fake_fill(before, 0, sizeof(before));
	assert_memory_equal(node->bytes, before, sizeof(before));
	if (r < 0)
		return r;
	assert_int_equal(node->size, 37000);
	check_equal(&ranges[0]);
	check_equal(&ranges[1]);
	for (i = 0; i < node->cached_pages; i++)
		assert_false(node->dirty[i]);
	assert_memory_equal(node->bytes + 30700, zeroes, sizeof(zeroes));
	return dmaload_verify(scene.ctx, ranges, 2, &scene.options, NULL,
			      &scene.err);
}

int live_stream(void)
{
	const struct dmaload_range ranges[2] = {
		scene_range(&scene, 2, 100, 0, 7, 5000),
		scene_range(&scene, 2, 6000, 1, 700, 5000),
	};
	int r;

	r = dmaload_load(scene.ctx, ranges, 2, &scene.options, NULL,
			 &scene.err);
	if (r == 0)
		check_equal(&ranges[0]);
	if (r == 0)
		check_equal(&ranges[1]);
	return r;
}

int live_growth(void)
{
	void *const untouched = &scene;
	struct dmaload_buffer *buffer = untouched;
	uint64_t length = 0;
	int r;

	r = dmaload_load_stream(&buffer, &length, scene.ctx, scene.files[2],
				NULL, 4096, 20000, &scene.options, NULL,
				&scene.err);
	if (r < 0) {
		assert_ptr_equal(buffer, untouched);
		return r;
	}
	assert_int_equal(length, 11000);
	assert_memory_equal(fake_node_of(dmaload_buffer_fd(buffer))->bytes,
			    scene.nodes[2]->bytes, length);
	dmaload_buffer_destroy(buffer);
	return 0;
}

static int live_once(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(&scene.err, 0, sizeof(scene.err));
	r = life->live();
	*err = scene.err;
	dmaload_job_destroy(job);
	job = NULL;
	return r;
}

static int live(const struct life *life, struct dmaload_error *err)
{
	int r;

	memset(&scene.err, 0, sizeof(scene.err));
	scene.options = (struct dmaload_options){
		.size = sizeof(scene.options), .paths = life->paths,
		.flags = DMALOAD_DURABLE,
	};
	scene.nodes[2]->came = 0;
	r = open_all(life->source);
	*err = scene.err;
	if (life->no_ctx) {
		dmaload_ctx_destroy(scene.ctx);
		scene.ctx = NULL;
	}
	if (r == 0)
		r = lives_repeat(life, live_once, err);
	fake_check_quiet();
	close_all();
	fake_check_balanced();
	return r;
}

static bool kept(const struct life *life)
{
	return !life->cached || fake_cached(scene.nodes[0], 8192);
}

static void end(void)
{
	fake_close(stream_fd);
}

const struct life_kind lives_many = {
	.make = make, .live = live, .kept = kept, .end = end,
};

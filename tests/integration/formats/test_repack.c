/* SPDX-License-Identifier: MIT */
/* Tensors of a GGUF file that are converted while they are loaded, compared with
 * plain code on the bytes that read(2) returns. */
#include "../support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../examples/convert.h"
#include "../../../examples/quants.h"
#include "gguf_models.h"
#include "plain.h"

/* The offset in the buffer, and how much of it is behind the tensor. */
#define BEFORE 100
#define BEHIND 4096
/* Half of it is less than a group of the tensor "wide". */
#define SMALL_CHUNK (256u << 10)

/* Some have parts of a group at the end of each chunk, and the first begins
 * within a page. */
static struct known known[] = {
	{ .name = "odd", .type = "F16", .shape = "[999,1001]",
	  .bytes = 2 * 999 * 1001 },
	{ .name = "wide", .type = "Q4_0", .shape = "[32768,24]",
	  .bytes = 18 * 1024 * 24 },
	{ .name = "model", .type = "Q4_0", .shape = "[4096,1600]",
	  .bytes = 18 * 128 * 1600 },
	{ .name = "experts", .type = "Q4_0", .shape = "[32,8,3]",
	  .bytes = 18 * 8 * 3 },
	{ .name = "one", .type = "F16", .shape = "[1]", .bytes = 2 },
	{ .name = "rows", .type = "Q4_0", .shape = "[32,12]", .bytes = 18 * 12 },
	{ .name = "row", .type = "Q4_0", .shape = "[256]", .bytes = 18 * 8 },
	{ .name = "floats", .type = "F32", .shape = "[64]", .bytes = 4 * 64 },
	{ .name = "none", .type = "F16", .shape = "[0,8]", .bytes = 0 },
};
#define TENSORS (sizeof(known) / sizeof(known[0]))
#define CONVERTED 5

static char path[4096];
static struct dmaload_file *file;
static struct dmaload_model *model;
/* The converted tensors by plain code, with guards around them. */
static unsigned char *expected[CONVERTED];

/* Return the size of a converted tensor. */
static uint64_t converted_bytes(const struct dmaload_tensor *tensor)
{
	return tensor->bytes * (strcmp(tensor->type, "F16") == 0 ? 2 : 1);
}

static void convert_plainly(size_t i, int fd)
{
	const struct dmaload_tensor *tensor = dmaload_model_tensor(model, i);
	const uint64_t bytes = converted_bytes(tensor);
	unsigned char *from = malloc(tensor->bytes);
	unsigned char *to = malloc(BEFORE + bytes + BEHIND);

	assert_true(from && to);
	assert_int_equal(pread(fd, from, tensor->bytes, (off_t)tensor->file_offset),
			 tensor->bytes);
	memset(to, GUARD, BEFORE + bytes + BEHIND);
	if (bytes > tensor->bytes)
		plain_widen(to + BEFORE, from, tensor->bytes / 2);
	else
		plain_repack(to + BEFORE, from,
			     tensor->bytes / 18 * 32 / tensor->shape[0],
			     tensor->shape[0]);
	free(from);
	expected[i] = to;
}

static int begin(void **state)
{
	struct bytes bytes = { 0 };
	size_t i;
	int fd, r;

	(void)state;
	gguf_start(&bytes, TENSORS, 0);
	gguf_finish(&bytes, known, TENSORS, 32, 0);
	snprintf(path, sizeof(path), "%s/repack-%d.gguf", place.dir, (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* O_DIRECT reads what is on the disk. */
	if (fd < 0 || write(fd, bytes.data, bytes.length) != (ssize_t)bytes.length ||
	    fsync(fd) < 0)
		return -1;
	r = dmaload_model_from_fd(&model, fd, NULL);
	for (i = 0; r == 0 && i < CONVERTED; i++)
		convert_plainly(i, fd);
	bytes_free(&bytes);
	close(fd);
	return r < 0 ? r : dmaload_file_open(&file, path, NULL);
}

static int end(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < CONVERTED; i++)
		free(expected[i]);
	dmaload_file_close(file);
	dmaload_model_close(model);
	return unlink(path);
}

struct way {
	struct dmaload_ctx *ctx;
	uint32_t chunk, paths;
	enum dmaload_cache cache;
	uint64_t *cached;
};

static void check_path(const struct way *way, const struct dmaload_report *report)
{
	const uint64_t total = report->bytes_total;

	assert_int_equal(report->bytes_direct, 0);
	*way->cached += report->bytes_cached;
	if (way->cache == DMALOAD_CACHE_AUTO)
		return;
	if (way->paths == DMALOAD_ALLOW_BUFFERED)
		assert_int_equal(report->bytes_buffered, total);
	else
		assert_int_equal(report->bytes_bounced, total);
}

static void load(const struct way *way, size_t i)
{
	const struct dmaload_tensor *tensor = dmaload_model_tensor(model, i);
	const uint64_t bytes = converted_bytes(tensor);
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	struct conversion conversion;

	assert_true(convert_plan(&conversion, tensor, way->chunk));
	assert_int_equal(conversion.bytes, bytes);
	if (dmaload_buffer_create(&buffer, place.source, BEFORE + bytes + BEHIND,
				  &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_WRITE, NULL), 0);
	memset(dmaload_buffer_map(buffer), GUARD, BEFORE + bytes + BEHIND);
	assert_int_equal(dmaload_buffer_end(buffer, DMALOAD_ACCESS_WRITE, NULL), 0);
	options.paths = way->paths;
	options.cache = way->cache;
	if (convert_load(&conversion, way->ctx, file, buffer, BEFORE, &options,
			 &report, &err) < 0)
		fail_msg("%s: %s", tensor->name, err.message);
	assert_int_equal(report.bytes_total, tensor->bytes);
	check_path(way, &report);
	assert_int_equal(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, NULL), 0);
	assert_memory_equal(dmaload_buffer_map(buffer), expected[i],
			    BEFORE + bytes + BEHIND);
	assert_int_equal(dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, NULL), 0);
	dmaload_buffer_destroy(buffer);
}

/* Load all, and return how much was copied from the page cache. */
static uint64_t load_all(enum dmaload_engine engine, uint32_t chunk,
			 uint32_t paths, enum dmaload_cache cache)
{
	struct dmaload_config config = DMALOAD_CONFIG_INIT;
	uint64_t cached = 0;
	struct way way = { .chunk = chunk, .paths = paths, .cache = cache,
			   .cached = &cached };
	struct dmaload_error err;
	size_t i;

	config.chunk_bytes = chunk;
	config.engine = engine;
	config.syscalls = place.syscalls;
	if (dmaload_ctx_create(&way.ctx, &config, &err) < 0)
		fail_msg("%s", err.message);
	for (i = 0; i < CONVERTED; i++)
		load(&way, i);
	dmaload_ctx_destroy(way.ctx);
	return cached;
}

static void test_each_engine_and_path(void **state)
{
	static const uint32_t chunks[] = { DMALOAD_CHUNK_DEFAULT, SMALL_CHUNK };
	const enum dmaload_engine engines[] = { place.engine,
						DMALOAD_ENGINE_THREADS };
	unsigned i, j, k;

	(void)state;
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++)
			for (k = 0; k < ALL_PATHS; k++)
				load_all(engines[i], chunks[j], all_paths[k],
					 DMALOAD_CACHE_BYPASS);
}

static void test_pages_that_are_resident(void **state)
{
	const uint64_t size = dmaload_file_size(file);
	const uint64_t length = may_hold(size - page_size());
	struct held held;
	uint64_t cached;

	(void)state;
	hold(&held, path, page_size(), length);
	cached = load_all(place.engine, DMALOAD_CHUNK_DEFAULT, 0,
			  DMALOAD_CACHE_AUTO);
	let_go(&held);
	assert_true(cached >= length / 2);
}

static void test_units(void **state)
{
	struct conversion conversion;
	size_t i;

	(void)state;
	/* A group of 8 rows, or a block if a group is larger than half a chunk. */
	assert_true(convert_plan(&conversion, dmaload_model_tensor(model, 1), 2 * 18 * 8 * 1024));
	assert_int_equal(conversion.unit, 18 * 8 * 1024);
	assert_true(convert_plan(&conversion, dmaload_model_tensor(model, 1), 2 * 18 * 8 * 1024 - 2));
	assert_int_equal(conversion.unit, 18);
	for (i = CONVERTED; i < TENSORS; i++)
		assert_false(convert_plan(&conversion, dmaload_model_tensor(model, i),
					  DMALOAD_CHUNK_DEFAULT));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_engine_and_path),
		cmocka_unit_test(test_pages_that_are_resident),
		cmocka_unit_test(test_units),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("repack", tests, begin, end);
}

/* SPDX-License-Identifier: MIT */
/*
 * Stores into a file that is there, from and to any byte, while another process reads
 * it again and again, and the disk is busy. After each store every byte of the file is
 * what it should be, in the page cache and on the disk.
 *
 * usage: test_overwrite FILE ROUNDS [ENGINE]
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((uint64_t)3 << 20)
#define BUSY_SIZE ((uint64_t)8 << 20)

static const char *path;
static char busy_path[4096];
static unsigned rounds;
static pid_t children[3];
static uint64_t seed = 88172645463325252u;

static uint64_t below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* The expected bytes of the file. */
static unsigned char model[SIZE];

static void make_file(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	memset(model, 1, SIZE);
	assert_int_equal(write(fd, model, SIZE), SIZE);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* Read with readahead, and now and then by a mapping. */
static void read_again_and_again(void)
{
	static char block[1 << 17];
	unsigned n = 0;
	void *map;
	int fd;

	for (;; n++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			_exit(1);
		while (read(fd, block, sizeof(block)) > 0)
			;
		if (n % 4 == 3) {
			map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED | MAP_POPULATE,
				   fd, 0);
			if (map != MAP_FAILED)
				munmap(map, SIZE);
		}
		close(fd);
	}
}

static void keep_disk_busy(void)
{
	void *block = aligned_alloc(4096, 1 << 18);
	int fd = open(busy_path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	uint64_t at;

	if (!block || fd < 0)
		_exit(1);
	memset(block, 0x77, 1 << 18);
	for (;;)
		for (at = 0; at < BUSY_SIZE; at += 1 << 18)
			if (pwrite(fd, block, 1 << 18, (off_t)at) < 0)
				_exit(1);
}

static int start(void **state)
{
	unsigned i;

	(void)state;
	/* A reader ends if there is no file. */
	make_file();
	snprintf(busy_path, sizeof(busy_path), "%s.busy", path);
	for (i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] < 0)
			return -1;
		if (children[i] == 0 && i < 2)
			read_again_and_again();
		if (children[i] == 0)
			keep_disk_busy();
	}
	return 0;
}

static void expect_company(void)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		assert_int_equal(waitpid(children[i], NULL, WNOHANG), 0);
}

static int stop(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	unlink(busy_path);
	return 0;
}

static void read_file(unsigned char *to, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	uint64_t at = 0;
	ssize_t n;

	assert_true(fd >= 0);
	while (at < SIZE) {
		n = pread(fd, to + at, SIZE - at, (off_t)at);
		if (n <= 0)
			fail_msg("%s at %" PRIu64 ": %s", path, at,
				 n < 0 ? strerror(errno) : "it ends");
		at += (uint64_t)n;
	}
	close(fd);
}

static void check(const char *how, unsigned round, int flags)
{
	unsigned char *bytes = aligned_alloc(1 << 16, SIZE);
	uint64_t i;

	assert_non_null(bytes);
	read_file(bytes, flags);
	for (i = 0; i < SIZE && bytes[i] == model[i]; i++)
		;
	if (i < SIZE)
		fail_msg("round %u, %s: byte %" PRIu64 " is %#x, not %#x", round,
			 how, i, bytes[i], model[i]);
	free(bytes);
}

/* One to three ranges, apart from each other, with ends anywhere. */
static size_t draw(struct dmaload_range *ranges, struct dmaload_file *file,
		   struct dmaload_buffer *buffer)
{
	const size_t count = 1 + below(3);
	uint64_t at = below(200000);
	size_t i;

	for (i = 0; i < count; i++) {
		ranges[i] = (struct dmaload_range){
			.file = file, .file_offset = at, .buffer = buffer,
			.buffer_offset = below(4) ? at : at ^ (below(2) * 512),
			.length = 1 + below(below(2) ? 9000 : 800000),
			.priority = (uint32_t)below(2),
		};
		at += ranges[i].length + below(100000) + 512;
		if (ranges[i].buffer_offset > at)
			ranges[i].buffer_offset = ranges[i].file_offset;
	}
	return count;
}

static void store_once(struct dmaload_ctx *ctx, struct dmaload_file *file,
		       struct dmaload_buffer *buffer, unsigned round)
{
	const struct dmaload_options options = {
		.size = sizeof(options),
		.paths = all_paths[round % ALL_PATHS],
		.flags = round % 5 == 4 ? DMALOAD_DURABLE : 0,
	};
	unsigned char *map = dmaload_buffer_map(buffer);
	struct dmaload_range ranges[3];
	struct dmaload_error err;
	const size_t count = draw(ranges, file, buffer);
	size_t i;
	uint64_t k;

	for (k = 0; k < SIZE; k++)
		map[k] = (unsigned char)(round * 31 + k * 7 + (k >> 12));
	if (dmaload_store(ctx, ranges, count, &options, NULL, &err) < 0)
		fail_msg("round %u: %s", round, err.message);
	for (i = 0; i < count; i++)
		memcpy(model + ranges[i].file_offset,
		       map + ranges[i].buffer_offset, ranges[i].length);
}

static void test_overwrite(void **state)
{
	struct dmaload_config config = { .size = sizeof(config),
					 .engine = place.engine };
	struct dmaload_buffer *buffer;
	struct dmaload_file *file;
	struct dmaload_ctx *ctx;
	unsigned round;

	(void)state;
	assert_int_equal(dmaload_ctx_create(&ctx, &config, NULL), 0);
	assert_int_equal(dmaload_file_create(&file, path, 0, NULL), 0);
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", SIZE + 4096,
					       NULL), 0);
	assert_int_equal(dmaload_buffer_wait(buffer, NULL), 0);
	for (round = 0; round < rounds; round++) {
		store_once(ctx, file, buffer, round);
		check("through the page cache", round, 0);
		check("from the disk", round, O_DIRECT);
	}
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	expect_company();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overwrite),
	};

	if (argc < 3)
		return 2;
	path = argv[1];
	rounds = (unsigned)atoi(argv[2]);
	place.engine = argc > 3 && strcmp(argv[3], "threads") == 0 ?
		       DMALOAD_ENGINE_THREADS : DMALOAD_ENGINE_AUTO;
	return cmocka_run_group_tests_name("overwrite", tests, start, stop);
}

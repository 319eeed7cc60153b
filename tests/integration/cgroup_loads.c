/* SPDX-License-Identifier: MIT */
/* Spreads, streams and the bounce pool in a cgroup with a limit. */
#include "limited.h"

#include <dmaload/spread.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pattern.h"

static void spread_out(const struct group *group)
{
	struct dmaload_spread *spread = UNTOUCHED;
	struct dmaload_file *file;
	struct dmaload_error err;
	int r;

	CHECK(dmaload_file_open(&file, pattern_path(place.large), &err) == 0,
	      "%s", err.message);
	r = dmaload_spread_create(&spread, place.source, file, 0, 100 * MIB,
				  16 * MIB, &err);
	CHECK(r == -ENOMEM, "%d", r);
	CHECK(strstr(err.message, group->folder), "%s", err.message);
	CHECK(spread == UNTOUCHED, "the spread was set");
	r = dmaload_spread_create(&spread, place.source, file, 0, 48 * MIB,
				  16 * MIB, &err);
	CHECK(r == 0, "%s", err.message);
	dmaload_spread_destroy(spread);
	dmaload_file_close(file);
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
}

static void test_a_spread_that_does_not_fit(void **state)
{
	(void)state;
	limited_run(LIMIT, spread_out);
}

/* Open a pipe into which a child writes for as long as it is read. */
static int open_endless(void)
{
	static const char zeroes[65536];
	int ends[2];

	CHECK(pipe(ends) == 0, "pipe");
	if (fork() == 0) {
		close(ends[0]);
		signal(SIGPIPE, SIG_IGN);
		while (write(ends[1], zeroes, sizeof(zeroes)) > 0)
			;
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void stream_without_end(const struct group *group)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_file *stream;
	struct dmaload_error err;
	struct dmaload_ctx *ctx;
	uint64_t length;
	int fd, r;

	fd = open_endless();
	CHECK(dmaload_file_from_stream(&stream, fd, NULL) == 0, "stream");
	ctx = limited_context();
	r = dmaload_load_stream(&buffer, &length, ctx, stream, place.source,
				8 * MIB, 0, NULL, NULL, &err);
	CHECK(r == -ENOMEM, "%d", r);
	CHECK(buffer == UNTOUCHED, "the buffer was set");
	CHECK(strstr(err.message, group->folder) &&
	      strstr(err.message, "is 64 MiB"), "%s", err.message);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(stream);
	close(fd);
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
}

static void test_a_stream_that_does_not_fit(void **state)
{
	(void)state;
	limited_run(LIMIT, stream_without_end);
}

/* Memory charged to another cgroup, into which the load bounces. */
static void *target;

static void load_without_room(const struct group *group)
{
	struct dmaload_report report;
	const uint32_t paths = DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED;
	struct dmaload_buffer *buffer;
	struct dmaload_ctx *before = limited_context(), *ctx = limited_context();
	uint64_t ballast;
	void *map;

	CHECK(dmaload_buffer_from_memory(&buffer, target, MEDIUM, NULL) == 0,
	      "buffer");
	/* Load once before: a sanitizer allocates memory at the first load, and
	 * keeps it. */
	limited_load_by(before, buffer, MEDIUM, paths, &report);
	dmaload_ctx_destroy(before);
	drop_cache(pattern_path(MEDIUM));

	/* Leave 4 MiB, less than the pool's 6 MiB. */
	CHECK(limited_query().cgroup_room_bytes > 4 * MIB, "less than 4 MiB are left");
	ballast = limited_query().cgroup_room_bytes - 4 * MIB;
	map = mmap(NULL, ballast, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK(map != MAP_FAILED, "ballast");
	CHECK(group_usage(group) > ballast, "%" PRIu64, group_usage(group));
	limited_load_by(ctx, buffer, MEDIUM, paths, &report);
	CHECK(strstr(report.pool_reduced, "ENOMEM"), "the pool is not reduced");
	dmaload_buffer_destroy(buffer);
	dmaload_ctx_destroy(ctx);
}

static void test_the_pool_shrinks_to_the_room(void **state)
{
	(void)state;
	limited_need_groups();
	drop_cache(pattern_path(MEDIUM));
	target = mmap(NULL, MEDIUM, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	assert_ptr_not_equal(target, MAP_FAILED);
	limited_run(16 * MIB, load_without_room);
	munmap(target, MEDIUM);
}

int cgroup_loads(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_spread_that_does_not_fit),
		cmocka_unit_test(test_a_stream_that_does_not_fit),
		cmocka_unit_test(test_the_pool_shrinks_to_the_room),
	};

	return cmocka_run_group_tests_name("cgroup_loads", tests, NULL, NULL);
}

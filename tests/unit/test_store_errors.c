/* SPDX-License-Identifier: MIT */
/* Stores that fail, or succeed only after a retry or by another path. */
#include <errno.h>
#include <fcntl.h>

#include "rows.h"
#include "stored.h"

#define DIRECT DMALOAD_ALLOW_DIRECT
#define BOUNCE DMALOAD_ALLOW_BOUNCE
#define BUFFERED DMALOAD_ALLOW_BUFFERED

#define FILE_NAME "/data/part-0.bin"
#define NO_WRITE "cannot write " FILE_NAME " at offset "
#define NO_ROOM "cannot allocate space for the 20700 bytes of " FILE_NAME \
		" at offset 20000"
#define TOO_LONG "cannot store " FILE_NAME " up to offset 40700: File too " \
		 "large; RLIMIT_FSIZE is 40699 bytes: raise it (ulimit -f)"

/* Only direct writes need a buffer that can be pinned. */
#define EACH_PATH(text, kind, ...) \
	{ "direct: " text, "memfd", DIRECT, __VA_ARGS__ }, \
	{ "bounce: " text, kind, BOUNCE, __VA_ARGS__ }, \
	{ "buffered: " text, kind, BUFFERED, __VA_ARGS__ }

/* The next path writes the chunks that a path declines midway. */
#define EMPTY UINT64_MAX
#define REFUSED(text, n, times, code, bytes, ...) \
	{ text, "memfd", 0, .size = bytes, .order = (n) % 3, \
	  .fails = { FAKE_READ, 3, times, code }, .declines = { __VA_ARGS__ } }
#define EACH_REFUSED(error, n, bytes, reason) \
	REFUSED("a write is refused: " #error, n, 1, -error, bytes, reason), \
	REFUSED("a write is refused in another order: " #error, n + 1, 1, -error, \
		bytes, reason), \
	REFUSED("writes are refused from now on: " #error, n + 2, 0, -error, \
		bytes, reason, "O_DIRECT write")

/* Bytes 700 to 40699 are stored, into a file of 20000 bytes. */
static const struct row {
	const char *name, *kind;
	uint32_t paths;
	/* 0: the store succeeds. */
	int code;
	const char *message;
	struct row_failure fails;
	uint32_t flags;
	uint64_t size, room, size_max, offset;
	bool no_allocate, writes_pin, short_calls;
	/* Why direct and bounce decline, if they must. */
	const char *declines[2];
	enum fake_order order;
} rows[] = {
	EACH_PATH("no space to allocate", "memfd", -ENOSPC, NO_ROOM, .room = 40699),
	/* Without allocation ahead, a write fails. */
	{ "direct: no space to write", "memfd", DIRECT, -ENOSPC, NO_WRITE,
	  .room = 24576, .no_allocate = true },
	{ "buffered: no space to write", "pfnmap", BUFFERED, -ENOSPC,
	  NO_WRITE "24000", .room = 24000, .no_allocate = true },
	{ "bounce: no space for the last, partial page", "pfnmap", BOUNCE,
	  -ENOSPC, NO_WRITE "36864", .room = 36864, .no_allocate = true },
	{ "no space is needed in a file that is long enough", "memfd", 0,
	  .fails = { FAKE_ALLOCATE, 1, 0, -ENOSPC }, .size = 40700, .room = 40700 },
	{ "far behind the end", "memfd", 0, -EFBIG, "cannot allocate space",
	  .fails = { FAKE_CACHESTAT, 1, 0, -ENOSYS }, .offset = UINT64_C(1) << 61 },
	EACH_PATH("beyond RLIMIT_FSIZE", "memfd", -EFBIG, TOO_LONG, .size_max = 40699),
	{ "beyond RLIMIT_FSIZE, in a longer file", "memfd", 0, -EFBIG, TOO_LONG,
	  .size = 50000, .size_max = 40699 },
	{ "direct: the disk fails", "memfd", DIRECT, -EIO, NO_WRITE "12288",
	  .fails = { FAKE_READ, 3, 1, -EIO } },
	{ "bounce: the disk fails", "pfnmap", BOUNCE, -EIO, NO_WRITE "12288",
	  .fails = { FAKE_READ, 3, 1, -EIO } },
	{ "buffered: the disk fails", "pfnmap", BUFFERED, -EIO, NO_WRITE "8192",
	  .fails = { FAKE_WRITE_AT, 3, 1, -EIO } },
	EACH_PATH("the disk fails at a partial block", "pfnmap", -EIO,
		  NO_WRITE "700", .fails = { FAKE_WRITE_AT, 1, 1, -EIO }),
	EACH_PATH("writeback fails", "pfnmap", -EIO, "cannot write back " FILE_NAME,
		  .fails = { FAKE_WRITE_BACK, 1, 0, -EIO }),
	EACH_PATH("fsync fails", "pfnmap", -EIO, "cannot make " FILE_NAME " durable",
		  .fails = { FAKE_FSYNC, 1, 1, -EIO }, .flags = DMALOAD_DURABLE),
	{ "bounce: the disk writes nothing more", "pfnmap", BOUNCE, -EIO,
	  NO_WRITE "8192", .fails = { FAKE_READ, 2, 1, 100 } },
	EACH_PATH("calls are short and interrupted", "memfd", .short_calls = true),
	{ "bounce: ordinary writes pin memory", "pfnmap", BOUNCE, .writes_pin = true },
	{ "buffered: ordinary writes pin memory", "pfnmap", BUFFERED, .writes_pin = true },
	EACH_REFUSED(EINVAL, 0, 20000, "O_DIRECT write"),
	EACH_REFUSED(EFAULT, 1, EMPTY, "refused by a write"),
	EACH_REFUSED(EOPNOTSUPP, 2, 20000, "O_DIRECT write"),
	EACH_REFUSED(ENOMEM, 0, EMPTY, "O_DIRECT write"),
	{ "the size is known without fstat", "memfd", 0,
	  .fails = { FAKE_STAT_FD, 1, 0, -ENOMEM }, .size = 100 },
};

static void shorten_calls(void)
{
	fake_fail_calls(FAKE_READ, 1, 3, 1024);
	fake_fail_calls(FAKE_READ, 5, 1, 1500);
	fake_fail_calls(FAKE_READ, 6, 1, -EINTR);
	fake_fail_calls(FAKE_READ, 7, 2, -EAGAIN);
	fake_fail_calls(FAKE_WRITE_AT, 2, 3, -EINTR);
	fake_fail_calls(FAKE_ALLOCATE, 1, 1, -EINTR);
	fake_fail_calls(FAKE_WRITE_BACK, 1, 1, -EINTR);
	fake_fail_calls(FAKE_WRITE_BACK, 3, 1, -EINTR);
	fake.read_most = 999;
}

static void arrange(struct scene *scene, const struct row *row)
{
	scene->options.paths = row->paths;
	scene->options.flags = row->flags;
	scene->nodes[0]->room = row->room;
	scene->nodes[0]->no_allocate = row->no_allocate;
	fake.file_size_max = row->size_max;
	fake.reads_pin = row->writes_pin;
	fake.order = row->order;
	row_fail(&row->fails);
	if (row->short_calls)
		shorten_calls();
}

static void store_row(void **state)
{
	const struct row *row = *state;
	const uint64_t size = row->size == EMPTY ? 0 :
			      row->size ? row->size : 20000;
	struct dmaload_range range;
	struct scene scene;

	stored_make(&scene, row->kind, size);
	arrange(&scene, row);
	range = scene_range(&scene, 0, row->offset ? row->offset : 700, 0, 700,
			    40000);
	if (row->code != 0) {
		stored_fails(&scene, &range, 1, row->code, row->message);
		stored_check(&scene, &range, 1, false);
		if (row->code == -EFBIG) {
			assert_int_equal(scene.nodes[0]->size, size);
			/* No page behind the end is queried. */
			assert_int_equal(fake_count(FAKE_MINCORE), 0);
		}
		if (row->size_max)
			assert_int_equal(fake_count(FAKE_ALLOCATE), 0);
		/* The next store succeeds. */
		fake_fail_nothing();
		scene.nodes[0]->room = 0;
		fake.file_size_max = row->size_max ? row->size_max + 1 : 0;
		range.file_offset = 700;
	}
	stored_all(&scene, &range, 1);
	assert_true(!row->short_calls || scene.report.retries >= 6);
	if (row->declines[0]) {
		assert_true(scene.report.bytes_direct > 0);
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, row->declines[0]);
		scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, row->declines[1]);
	}
	fake_fail_nothing();
	scene_expect_load(&scene, &range, 1);
	stored_drop(&scene);
}

/* Another range beside one at 5000 to 6999, which is right. */
static const struct second {
	const char *name;
	uint64_t file_offset;
	unsigned buffer;
	uint64_t buffer_offset, length;
	/* 0: the store succeeds. */
	int code;
	const char *message;
	uint32_t priority, paths, cache;
} seconds[] = {
	{ "two ranges overlap in the file", 6999, 1, 0, 2000, -EINVAL,
	  "overlap at byte 6999 of " FILE_NAME, .priority = 3 },
	{ "two ranges are adjacent in the file", 7000, 1, 0, 2000, .priority = 3 },
	{ "a buffer's bytes are stored twice", 9000, 0, 1000, 2000, .code = 0 },
	{ "a range ends beyond the buffer", 9000, 0, 65536 - 1999, 2000,
	  .code = -ERANGE, .message = "do not fit" },
	{ "a range begins at the buffer's end", 9000, 0, 65536, DMALOAD_TO_END,
	  .code = -ERANGE, .message = "nothing at offset 65536" },
	{ "a range ends beyond the largest offset", INT64_MAX - 100, 0, 0, 101,
	  .code = -EOVERFLOW, .message = "largest file offset" },
	{ "the option for the page cache is ignored", 7000, 1, 0, 30000,
	  .paths = BOUNCE, .cache = DMALOAD_CACHE_KEEP },
};

static void store_second(void **state)
{
	const struct second *row = *state;
	struct dmaload_range ranges[2];
	struct scene scene;

	stored_make(&scene, "read-only", 20000);
	scene_add_buffer(&scene, "memfd", 64 << 10);
	scene.options.paths = row->paths;
	scene.options.cache = row->cache;
	ranges[0] = scene_range(&scene, 0, 5000, 0, 0, 2000);
	ranges[1] = scene_range(&scene, 0, row->file_offset, row->buffer,
				row->buffer_offset, row->length);
	ranges[1].priority = row->priority;
	if (row->code == 0) {
		stored_all(&scene, ranges, 2);
	} else {
		stored_fails(&scene, ranges, 2, row->code, row->message);
		stored_check(&scene, ranges, 0, true);
	}
	stored_drop(&scene);
}

static void open_for_one_direction(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	int fd;

	(void)state;
	stored_make(&scene, "memfd", 20000);
	dmaload_file_close(scene.files[0]);
	assert_int_equal(dmaload_file_open(&scene.files[0], FILE_NAME, NULL), 0);
	range = scene_range(&scene, 0, 0, 0, 0, 1000);
	stored_fails(&scene, &range, 1, -EBADF, "not open for writing");
	stored_check(&scene, &range, 0, true);

	fd = stored_reopen(&scene, O_WRONLY | O_APPEND);
	range = scene_range(&scene, 0, 700, 0, 0, 30000);
	stored_all(&scene, &range, 1);
	scene_expect_failure(&scene, &range, 1, -EBADF, "not open for reading");
	dmaload_file_close(scene.files[0]);
	/* If it cannot be reopened, all writes would go to its end. */
	fake.no_proc = true;
	scene_check_failure(&scene, dmaload_file_from_fd(&scene.files[0], fd,
							 &scene.err), -EINVAL,
			    "O_APPEND");
	fake_close(fd);
	scene.files[0] = NULL;
	fd = stored_reopen(&scene, O_WRONLY);
	range.file = scene.files[0];
	stored_all(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_buffered, 30000);
	fake_close(fd);
	stored_drop(&scene);
}

/* An fd with O_DIRECT that cannot be reopened stores whole blocks only. */
static void direct_only(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	int fd;

	(void)state;
	stored_make(&scene, "memfd", 20000);
	fake.no_proc = true;
	fd = stored_reopen(&scene, O_RDWR | O_DIRECT);
	fake_cache(scene.nodes[0], 0, 8192);
	range = scene_range(&scene, 0, 4096, 0, 0, 32768);
	stored_all(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_direct, 32768);
	range.file_offset = 700;
	stored_fails(&scene, &range, 1, -EINVAL, "only blocks of 4096 bytes can "
		     "be stored, not 32768 bytes at offset 700");
	assert_int_equal(scene.report.reads, 0);
	stored_check(&scene, &range, 0, true);
	/* Any part of it can be loaded, but not through the page cache. */
	fake_cache(scene.nodes[0], 0, 36864);
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_cached, 0);
	scene.options.paths = BUFFERED;
	scene_expect_failure(&scene, &range, 1, -EOPNOTSUPP,
			     "cannot be reopened");
	fake_close(fd);
	stored_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(open_for_one_direction),
		SCENE_TEST(direct_only),
	};

	return ROWS_RUN("store_errors: one range", store_row, rows) +
	       ROWS_RUN("store_errors: two ranges", store_second, seconds) +
	       cmocka_run_group_tests_name("store_errors", tests, NULL, NULL);
}

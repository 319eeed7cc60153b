/* SPDX-License-Identifier: MIT */
/* Stores that do not succeed, or not at once. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "stored.h"

#define DIRECT DMALOAD_ALLOW_DIRECT
#define BOUNCE DMALOAD_ALLOW_BOUNCE
#define BUFFERED DMALOAD_ALLOW_BUFFERED

static void make(struct crowd *crowd, const char *kind, uint64_t size)
{
	crowd_make(crowd, 4096, 4);
	crowd_add_file(crowd, size, 0);
	crowd_add_buffer(crowd, kind, 64 << 10);
}

static void drop(struct crowd *crowd)
{
	stored_finish();
	crowd_drop(crowd);
	fake_check_balanced();
	fake_reset();
}

/* It fails, names the place, spoils nothing else; and the next one works. */
static void fails_once(struct crowd *crowd, int code, const char *message)
{
	struct dmaload_range range = crowd_range(crowd, 0, 700, 0, 700, 40000);

	crowd_check_failure(crowd, stored_store(crowd, &range, 1), code,
			    message);
	stored_check(crowd, &range, 1, false);
	fake_fail_nothing();
	crowd->nodes[0]->room = 0;
	stored_all(crowd, &range, 1);
}

static void no_space_to_allocate(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	uint32_t path;

	(void)state;
	for (path = 0; path < 3; path++) {
		make(&crowd, "memfd", 20000);
		crowd.options.paths = 1u << path;
		crowd.nodes[0]->room = 40699;
		fails_once(&crowd, -ENOSPC, "cannot allocate space for the 20700 bytes of "
			   "/data/part-0.bin at offset 20000");
		drop(&crowd);
	}
	/* Enough is enough: what is there needs no space. */
	make(&crowd, "memfd", 50000);
	crowd.nodes[0]->room = 50000;
	fake_fail_calls(FAKE_ALLOCATE, 1, 0, -ENOSPC);
	range = crowd_range(&crowd, 0, 700, 0, 700, 49300);
	stored_all(&crowd, &range, 1);
	assert_int_equal(fake_count(FAKE_ALLOCATE), 0);
	drop(&crowd);
}

/* Where nothing is allocated ahead, it is noticed when it is written. */
static void no_space_to_write(void **state)
{
	struct crowd crowd;

	(void)state;
	make(&crowd, "memfd", 20000);
	crowd.options.paths = DIRECT;
	crowd.nodes[0]->no_allocate = true;
	crowd.nodes[0]->room = 24576;
	fails_once(&crowd, -ENOSPC, "cannot write /data/part-0.bin at offset ");
	drop(&crowd);

	make(&crowd, "pfnmap", 20000);
	crowd.options.paths = BUFFERED;
	crowd.nodes[0]->no_allocate = true;
	crowd.nodes[0]->room = 24000;
	fails_once(&crowd, -ENOSPC, "cannot write /data/part-0.bin at offset "
		   "24000");
	drop(&crowd);

	/* The last page, which is not whole, after all else. */
	make(&crowd, "pfnmap", 20000);
	crowd.options.paths = BOUNCE;
	crowd.nodes[0]->no_allocate = true;
	crowd.nodes[0]->room = 36864;
	fails_once(&crowd, -ENOSPC, "cannot write /data/part-0.bin at offset "
		   "36864");
	drop(&crowd);
}

/* RLIMIT_FSIZE: told before anything was written, with the remedy. */
static void files_are_limited(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	uint32_t path;

	(void)state;
	for (path = 0; path < 3; path++) {
		make(&crowd, "memfd", 20000);
		crowd.options.paths = 1u << path;
		range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
		fake.file_size_max = 40699;
		crowd_check_failure(&crowd, stored_store(&crowd, &range, 1),
				    -EFBIG, "cannot store /data/part-0.bin up to "
				    "offset 40700: File too large; RLIMIT_FSIZE "
				    "is 40699 bytes: raise it (ulimit -f)");
		assert_int_equal(crowd.nodes[0]->size, 20000);
		assert_int_equal(fake_count(FAKE_ALLOCATE), 0);
		fake.file_size_max = 40700;
		stored_all(&crowd, &range, 1);
		drop(&crowd);
	}
	/* A file that is longer already may be read beyond the limit, and not
	 * written there. */
	make(&crowd, "memfd", 50000);
	range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
	fake.file_size_max = 40699;
	crowd_check_failure(&crowd, stored_store(&crowd, &range, 1), -EFBIG,
			    "RLIMIT_FSIZE");
	drop(&crowd);
}

/* No page behind the end of a file is asked for. */
static void far_behind_the_end(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd, "memfd", 20000);
	fake_fail_calls(FAKE_CACHESTAT, 1, 0, -ENOSYS);
	range = crowd_range(&crowd, 0, UINT64_C(1) << 61, 0, 0, 40000);
	crowd_check_failure(&crowd, stored_store(&crowd, &range, 1), -EFBIG,
			    "cannot allocate space");
	assert_int_equal(fake_count(FAKE_MINCORE), 0);
	assert_int_equal(crowd.nodes[0]->size, 20000);
	drop(&crowd);
}

static void the_disk_fails(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap", "pfnmap" };
	struct crowd crowd;
	uint32_t path;

	(void)state;
	for (path = 0; path < 3; path++) {
		make(&crowd, kinds[path], 20000);
		crowd.options.paths = 1u << path;
		fake_fail_calls(path == 2 ? FAKE_WRITE_AT : FAKE_READ, 3, 1,
				-EIO);
		fails_once(&crowd, -EIO, path == 2 ? "part-0.bin at offset 8192" :
			   "part-0.bin at offset 12288");
		drop(&crowd);

		/* An end that is not whole. */
		make(&crowd, kinds[path], 20000);
		crowd.options.paths = 1u << path;
		fake_fail_calls(FAKE_WRITE_AT, 1, 1, -EIO);
		fails_once(&crowd, -EIO, "part-0.bin at offset 700");
		drop(&crowd);

		make(&crowd, kinds[path], 20000);
		crowd.options.paths = 1u << path;
		fake_fail_calls(FAKE_WRITE_BACK, 1, 0, -EIO);
		fails_once(&crowd, -EIO, "cannot write back /data/part-0.bin");
		drop(&crowd);

		make(&crowd, kinds[path], 20000);
		crowd.options.paths = 1u << path;
		crowd.options.flags = DMALOAD_DURABLE;
		fake_fail_calls(FAKE_FSYNC, 1, 1, -EIO);
		fails_once(&crowd, -EIO, "cannot make /data/part-0.bin durable");
		drop(&crowd);
	}
}

/* A disk that takes nothing and gives no reason. */
static void writes_of_nothing(void **state)
{
	struct crowd crowd;

	(void)state;
	make(&crowd, "pfnmap", 20000);
	crowd.options.paths = BOUNCE;
	fake_fail_calls(FAKE_READ, 2, 1, 100);
	fails_once(&crowd, -EIO, "cannot write /data/part-0.bin at offset 8192");
	drop(&crowd);
}

static void short_ones_go_on(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	uint32_t path;

	(void)state;
	for (path = 0; path < 3; path++) {
		make(&crowd, "memfd", 20000);
		crowd.options.paths = 1u << path;
		fake_fail_calls(FAKE_READ, 1, 3, 1024);
		fake_fail_calls(FAKE_READ, 5, 1, 1500);
		fake_fail_calls(FAKE_READ, 6, 1, -EINTR);
		fake_fail_calls(FAKE_READ, 7, 2, -EAGAIN);
		fake_fail_calls(FAKE_WRITE_AT, 2, 3, -EINTR);
		fake_fail_calls(FAKE_ALLOCATE, 1, 1, -EINTR);
		fake_fail_calls(FAKE_WRITE_BACK, 1, 1, -EINTR);
		fake_fail_calls(FAKE_WRITE_BACK, 3, 1, -EINTR);
		fake.read_most = 999;
		range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
		stored_all(&crowd, &range, 1);
		assert_true(crowd.report.retries >= 6);
		drop(&crowd);
	}
}

/* The next path writes the chunks that a path declines midway, and each byte is
 * right. */
static void declined_midway(void **state)
{
	static const int codes[] = { -EINVAL, -EFAULT, -EOPNOTSUPP, -ENOMEM };
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		make(&crowd, "memfd", i % 2 ? 0 : 20000);
		fake.order = (enum fake_order)(i % 3);
		fake_fail_calls(FAKE_READ, 3, i < 8 ? 1 : 0, codes[i % 4]);
		range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
		stored_all(&crowd, &range, 1);
		crowd_check_reason(&crowd, DMALOAD_PATH_DIRECT, i % 4 == 1 ?
				   "refused by a write" : "O_DIRECT write");
		if (i >= 8)
			crowd_check_reason(&crowd, DMALOAD_PATH_BOUNCE,
					   "O_DIRECT write");
		assert_true(crowd.report.bytes_direct > 0);
		drop(&crowd);
	}
	/* A file system that pins the memory of ordinary writes, too. */
	make(&crowd, "pfnmap", 20000);
	fake.reads_pin = true;
	crowd.options.paths = BUFFERED;
	range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
	stored_all(&crowd, &range, 1);
	drop(&crowd);
	make(&crowd, "pfnmap", 20000);
	fake.reads_pin = true;
	crowd.options.paths = BOUNCE;
	range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
	stored_all(&crowd, &range, 1);
	drop(&crowd);
}

/* The file is as long as it was made, whoever cannot be asked. */
static void size_is_known_without_asking(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd, "memfd", 100);
	range = crowd_range(&crowd, 0, 700, 0, 700, 40000);
	fake_fail_calls(FAKE_STAT_FD, 1, 0, -ENOMEM);
	stored_all(&crowd, &range, 1);
	fake_fail_nothing();
	crowd_load_all(&crowd, &range, 1);
	drop(&crowd);
}

static void not_open_for_writing(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	int fd;

	(void)state;
	make(&crowd, "memfd", 20000);
	dmaload_file_close(crowd.files[0]);
	assert_int_equal(dmaload_file_open(&crowd.files[0], "/data/part-0.bin",
					   NULL), 0);
	range = crowd_range(&crowd, 0, 0, 0, 0, 1000);
	crowd_check_failure(&crowd, stored_store(&crowd, &range, 1), -EBADF,
			    "not open for writing");
	stored_check(&crowd, &range, 0, true);
	/* And one for writing only: it can be stored into and not loaded. */
	dmaload_file_close(crowd.files[0]);
	fd = fake_open(crowd.nodes[0], O_WRONLY | O_APPEND);
	assert_int_equal(dmaload_file_from_fd(&crowd.files[0], fd, NULL), 0);
	range = crowd_range(&crowd, 0, 700, 0, 0, 30000);
	stored_all(&crowd, &range, 1);
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -EBADF,
			    "not open for reading");
	dmaload_file_close(crowd.files[0]);
	/* Where it cannot be reopened, what is written would go to its end. */
	fake.no_proc = true;
	crowd_check_failure(&crowd, dmaload_file_from_fd(&crowd.files[0], fd,
							 &crowd.err), -EINVAL,
			    "O_APPEND");
	fake_close(fd);
	fd = fake_open(crowd.nodes[0], O_WRONLY);
	assert_int_equal(dmaload_file_from_fd(&crowd.files[0], fd, NULL), 0);
	range.file = crowd.files[0];
	stored_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_buffered, 30000);
	fake_close(fd);
	drop(&crowd);
}

/* An fd with O_DIRECT that cannot be had without: whole blocks, or a clear word. */
static void direct_only(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	int fd;

	(void)state;
	make(&crowd, "memfd", 20000);
	dmaload_file_close(crowd.files[0]);
	fake.no_proc = true;
	fd = fake_open(crowd.nodes[0], O_RDWR | O_DIRECT);
	assert_int_equal(dmaload_file_from_fd(&crowd.files[0], fd, NULL), 0);
	fake_cache(crowd.nodes[0], 0, 8192);
	range = crowd_range(&crowd, 0, 4096, 0, 0, 32768);
	stored_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_direct, 32768);
	range.file_offset = 700;
	crowd_check_failure(&crowd, stored_store(&crowd, &range, 1), -EINVAL,
			    "only blocks of 4096 bytes can be stored, not 32768 "
			    "bytes at offset 700");
	assert_int_equal(crowd.report.reads, 0);
	stored_check(&crowd, &range, 0, true);
	/* To load any part of it is no trouble, but by the page cache. */
	fake_cache(crowd.nodes[0], 0, 36864);
	crowd_load_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_cached, 0);
	crowd.options.paths = DMALOAD_ALLOW_BUFFERED;
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -EOPNOTSUPP,
			    "cannot be reopened");
	fake_close(fd);
	drop(&crowd);
}

static void what_is_refused(void **state)
{
	struct dmaload_range ranges[2];
	struct crowd crowd;

	(void)state;
	make(&crowd, "read-only", 20000);
	crowd_add_buffer(&crowd, "memfd", 64 << 10);
	ranges[0] = crowd_range(&crowd, 0, 5000, 0, 0, 2000);
	ranges[1] = crowd_range(&crowd, 0, 6999, 1, 0, 2000);
	ranges[1].priority = 3;
	crowd_check_failure(&crowd, stored_store(&crowd, ranges, 2), -EINVAL,
			    "overlap at byte 6999 of /data/part-0.bin");
	ranges[1].file_offset++;
	stored_all(&crowd, ranges, 2);
	/* The same bytes of a buffer may go to two places. */
	ranges[1] = crowd_range(&crowd, 0, 9000, 0, 1000, 2000);
	stored_all(&crowd, ranges, 2);
	ranges[1].buffer_offset = (64 << 10) - 1999;
	crowd_check_failure(&crowd, stored_store(&crowd, ranges, 2), -ERANGE,
			    "do not fit");
	ranges[1].buffer_offset = 64 << 10;
	ranges[1].length = DMALOAD_TO_END;
	crowd_check_failure(&crowd, stored_store(&crowd, ranges, 2), -ERANGE,
			    "nothing at offset 65536");
	ranges[1] = crowd_range(&crowd, 0, INT64_MAX - 100, 0, 0, 101);
	crowd_check_failure(&crowd, stored_store(&crowd, ranges, 2),
			    -EOVERFLOW, "largest file offset");
	assert_int_equal(crowd.nodes[0]->size, 20000);
	/* A store ignores the option for the page cache. */
	ranges[1] = crowd_range(&crowd, 0, 7000, 1, 0, 30000);
	crowd.options.cache = DMALOAD_CACHE_KEEP;
	crowd.options.paths = BOUNCE;
	stored_all(&crowd, ranges, 2);
	drop(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(no_space_to_allocate),
		SCENE_TEST(no_space_to_write),
		SCENE_TEST(files_are_limited),
		SCENE_TEST(far_behind_the_end),
		SCENE_TEST(the_disk_fails),
		SCENE_TEST(writes_of_nothing),
		SCENE_TEST(short_ones_go_on),
		SCENE_TEST(declined_midway),
		SCENE_TEST(size_is_known_without_asking),
		SCENE_TEST(not_open_for_writing),
		SCENE_TEST(direct_only),
		SCENE_TEST(what_is_refused),
	};

	return cmocka_run_group_tests_name("store_errors", tests, NULL, NULL);
}

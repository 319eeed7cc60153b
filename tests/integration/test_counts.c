/* SPDX-License-Identifier: MIT */
/*
 * The cost of a load, in units that do not depend on the machine: calls of the
 * kernel, submissions, copies and page faults. Each limit is what was counted
 * on Linux 6.18, or what follows from how it is done, and a little more; so
 * whatever makes loads dearer fails here, where no time could be asserted.
 */
#include "support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tally.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define PART (32 * MIB)
#define MANY 10000

/* Linux 6.5; the headers of Debian 12 do not have it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
/* posix_fadvise() with offsets of 64 bits. */
#if defined(SYS_arm_fadvise64_64)
#define SYS_FADVISE SYS_arm_fadvise64_64
#elif defined(SYS_fadvise64_64)
#define SYS_FADVISE SYS_fadvise64_64
#else
#define SYS_FADVISE SYS_fadvise64
#endif

#define BIT(path) DMALOAD_PATH_BIT(DMALOAD_PATH_ ## path)

/* A read of each MiB: the chunk size of a context by default. */
#define CHUNKS_PER_GIB 1024

/* Calls and faults of libc's and of the program's own: 0 to 20 were counted; and of
 * a sanitizer's, 1,300 with gcc 14. */
#ifdef SANITIZED
#define OWN 2048
#else
#define OWN 64
#endif

/* The bytes that the counted load, or store, has moved. */
static uint64_t bytes;

static uint64_t chunks(void)
{
	return (bytes + MIB - 1) / MIB;
}

/* fixed for a load of any size, and per_gib for its bytes. */
static void at_most(const char *what, uint64_t n, uint64_t fixed,
		    uint64_t per_gib)
{
	const uint64_t limit = fixed + (per_gib * bytes + GIB - 1) / GIB;

	print_message("%-12s %6" PRIu64 ", of %6" PRIu64 "; %6.0f per GiB\n",
		      what, n, limit, (double)n * (double)GIB / (double)bytes);
	if (n > limit)
		fail_msg("%" PRIu64 " %s, and the limit is %" PRIu64, n, what,
			 limit);
}

/* Into a buffer that is populated, nothing is faulted in; the program's own code may
 * be, which the kernel evicts as it does any file's pages. */
static void no_faults(const struct tally *tally)
{
	at_most("faults", tally->minor_faults + tally->major_faults, OWN, 0);
}

/*
 * By the ring. To enter it submits what can be submitted and waits for a completion;
 * so it is never entered more often than there are requests, beside once to try it.
 * Fewer when several are complete at once: 300 requests were entered for 77 to 244
 * times.
 *
 * Each of four threads is started and ends by some 25 calls. The calls of a
 * futex are 2 to 3 a request; the limit is what a request can need at the
 * worst: each of two who wait is woken once, and either has to wait for the
 * lock as well.
 *
 * The page cache is looked at ahead of every ten chunks at least; and, where the file
 * system does not say by itself that it reads directly, after each of 32 chunks, and
 * then after every 64th. The rest is some 20 calls: the ring, the pool registered, two SYNC, the
 * mapping tried.
 */
static void check_ring(const struct kit *kit, const struct tally *tally,
		       bool looks, long call)
{
	const uint64_t requests = kit->report.reads;
	const uint64_t by_call = tally->of[call];

	assert_int_equal(kit->report.retries, 0);
	if (place.granted == DMALOAD_ENGINE_URING) {
		assert_int_equal(tally->submitted, requests);
		assert_int_equal(by_call, 0);
		at_most("enters", tally->of[SYS_io_uring_enter], requests + 2,
			0);
		/* The first load of a program has one. */
		at_most("futexes", tally->of[SYS_futex], 1, 0);
	} else {
		assert_int_equal(by_call, requests);
		assert_int_equal(tally->submitted, 0);
		at_most("futexes", tally->of[SYS_futex], OWN, 8 * CHUNKS_PER_GIB);
	}
	at_most("looks", tally->of[SYS_cachestat], looks ? 36 : 4,
		CHUNKS_PER_GIB / 10 + (looks ? CHUNKS_PER_GIB / 64 : 0));
	at_most("other calls", tally->calls - tally->of[SYS_cachestat] - by_call -
		tally->of[SYS_futex] - tally->of[SYS_io_uring_enter],
		OWN + (place.granted == DMALOAD_ENGINE_URING ? 0 : 100), 0);
}

/* To make the pool, the kernel is asked what memory there is, which is not counted. */
static void make_pool(struct kit *kit)
{
	assert_int_equal(kit_load(kit, 0, 0, MIB, BIT(BOUNCE)), 0);
	kit_guard(kit);
	drop_cache(alone_path(alone_large()));
}

/* The second of two loads: the pool is there, the file is open for direct I/O. */
static const struct tally *load_twice(struct kit *kit, uint32_t paths)
{
	const struct tally *tally = NULL;
	int round, r;

	for (round = 0; round < 2; round++) {
		drop_cache(alone_path(alone_large()));
		tally_begin();
		r = kit_load(kit, 0, 0, bytes, paths);
		tally = tally_end();
		if (r < 0)
			fail_msg("%s", kit->err.message);
	}
	return tally;
}

static void test_direct(void **state)
{
	const struct tally *tally;
	struct kit kit;

	(void)state;
	if (!place.pinnable)
		return;
	bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	tally = load_twice(&kit, BIT(DIRECT));
	assert_int_equal(kit.report.reads, chunks());
	check_ring(&kit, tally, true, SYS_pread64);
	no_faults(tally);
	/* Nothing is copied, and nothing is there to copy through. */
	assert_int_equal(kit.report.bytes_direct, bytes);
	assert_int_equal(kit.report.copy_ns, 0);
	assert_int_equal(kit.report.pool_pages, DMALOAD_PAGES_UNKNOWN);
	kit_close(&kit);
}

static void test_bounce(void **state)
{
	const struct tally *tally;
	struct kit kit;

	(void)state;
	bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	tally = load_twice(&kit, BIT(BOUNCE));
	assert_int_equal(kit.report.reads, chunks());
	check_ring(&kit, tally, true, SYS_pread64);
	no_faults(tally);
	/* Each byte once. */
	assert_int_equal(kit.report.bytes_bounced, bytes);
	kit_close(&kit);
}

/* Each MiB is announced, read and dropped, straight into the buffer. The first read is
 * short, to see how long it takes; where the machine is so busy that it takes long, so
 * are more, so it may take more than one try to see how few are enough. */
static void test_buffered(void **state)
{
	const struct tally *tally;
	unsigned tries = 50;
	struct kit kit;

	(void)state;
	bytes = alone_large() / MIB * MIB;
	kit_open_alone(&kit, alone_large(), alone_large());
	do {
		tally = load_twice(&kit, BIT(BUFFERED));
		assert_true(tally->of[SYS_pread64] > chunks());
	} while (tally->of[SYS_pread64] > chunks() + 8 && --tries > 0);
	at_most("reads", tally->of[SYS_pread64], 8, CHUNKS_PER_GIB);
	at_most("fadvises", tally->of[SYS_FADVISE], 4, 2 * CHUNKS_PER_GIB);
	at_most("calls", tally->calls, OWN, 3 * CHUNKS_PER_GIB);
	no_faults(tally);
	assert_int_equal(kit.report.bytes_buffered, bytes);
	assert_int_equal(kit.report.copy_ns, 0);
	kit_close(&kit);
}

/* Each MiB is asked for once more, copied, and the file looked at; the kernel maps 16
 * pages at a time. */
static void test_warm(void **state)
{
	const uint64_t size = may_hold(alone_large() / MIB * MIB);
	const struct tally *tally;
	struct held held;
	struct kit kit;
	int r;

	(void)state;
	bytes = size;
	kit_open_alone(&kit, size, size);
	hold(&held, alone_path(size), 0, size);
	tally_begin();
	r = kit_load(&kit, 0, 0, bytes, 0);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(kit.report.bytes_cached, bytes);
	assert_int_equal(tally->of[SYS_process_vm_readv], chunks());
	at_most("calls", tally->calls, OWN, 4 * CHUNKS_PER_GIB);
	at_most("faults", tally->minor_faults + tally->major_faults, OWN,
		GIB / (16 * (uint64_t)sysconf(_SC_PAGESIZE)));
	assert_int_equal(kit.report.copy_ns, 0);
	let_go(&held);
	kit_close(&kit);
}

/* Ten thousand, with holes in the buffer, cost the kernel what one range does; and
 * some memory: 56 bytes of the caller's and 120 of ours for each. */
static void test_many_ranges(void **state)
{
	const uint64_t step = alone_large() / MANY, length = step / 64 * 64;
	const struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range *ranges = calloc(MANY, sizeof(*ranges));
	const struct tally *tally;
	struct kit kit;
	int r = 0;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	kit_open_alone(&kit, alone_large(), alone_large() + MANY * (uint64_t)64);
	make_pool(&kit);
	for (i = 0; i < MANY; i++)
		ranges[i] = (struct dmaload_range){
			.file = kit.file, .file_offset = i * step,
			.buffer = kit.buffer, .buffer_offset = i * (length + 64),
			.length = length };
	bytes = MANY * step;
	tally_begin();
	r = dmaload_load(kit.ctx, ranges, MANY, &options, &kit.report, &kit.err);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(kit.report.extents, MANY);
	at_most("reads", kit.report.reads, 0, CHUNKS_PER_GIB);
	check_ring(&kit, tally, true, SYS_pread64);
	free(ranges);
	kit_close(&kit);
}

/* The page cache is looked at before and after, and not in between. */
static void test_store(void **state)
{
	const struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range range = { .length = PART };
	const char *path = alone_empty();
	const struct tally *tally;
	struct kit kit;
	int r;

	(void)state;
	bytes = PART;
	kit_open_alone(&kit, alone_large(), PART);
	make_pool(&kit);
	assert_int_equal(dmaload_file_create(&range.file, path, 0, NULL), 0);
	range.buffer = kit.buffer;
	tally_begin();
	r = dmaload_store(kit.ctx, &range, 1, &options, &kit.report, &kit.err);
	tally = tally_end();
	if (r < 0)
		fail_msg("%s", kit.err.message);
	assert_int_equal(kit.report.reads, chunks());
	check_ring(&kit, tally, false, SYS_pwrite64);
	assert_int_equal(kit.report.bytes_direct + kit.report.bytes_bounced,
			 bytes);
	if (place.pinnable)
		assert_int_equal(kit.report.copy_ns, 0);
	dmaload_file_close(range.file);
	kit_close(&kit);
	alone_drop(path);
}

/* Ten thousand, side by side in the file, share writes as they share reads. */
static void test_store_of_many(void **state)
{
	struct dmaload_range *ranges = calloc(MANY, sizeof(*ranges));
	const uint64_t length = PART / MANY;
	const char *path = alone_empty();
	const struct tally *tally;
	struct dmaload_file *file;
	struct kit kit;
	size_t i;
	int r;

	(void)state;
	assert_non_null(ranges);
	bytes = MANY * length;
	kit_open_alone(&kit, alone_large(), PART);
	make_pool(&kit);
	assert_int_equal(dmaload_file_create(&file, path, 0, NULL), 0);
	for (i = 0; i < MANY; i++)
		ranges[i] = (struct dmaload_range){
			.file = file, .file_offset = i * length,
			.buffer = kit.buffer,
			.buffer_offset = (MANY - 1 - i) * length,
			.length = length };
	tally_begin();
	r = dmaload_store(kit.ctx, ranges, MANY, NULL, &kit.report, &kit.err);
	tally = tally_end();
	assert_int_equal(r, 0);
	/* Beside the chunks, the end of the file, which is no whole page. */
	at_most("writes", kit.report.reads, 2, CHUNKS_PER_GIB);
	/* It has a pool of its own, which is made here. */
	at_most("calls", tally->calls, 2 * OWN, place.granted ==
		DMALOAD_ENGINE_URING ? CHUNKS_PER_GIB : 9 * CHUNKS_PER_GIB);
	dmaload_file_close(file);
	free(ranges);
	kit_close(&kit);
	alone_drop(path);
}

/* Writes to the pipe as much as it takes at a time. */
static pid_t begin_writing(int *from)
{
	static char block[MIB];
	uint64_t left;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		for (left = bytes; left > 0; left -= MIB)
			if (write(ends[1], block, MIB) != (ssize_t)MIB)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	*from = ends[0];
	return pid;
}

static const struct tally *load_stream(struct kit *kit, int from, uint64_t length)
{
	struct dmaload_range range = { .length = length };
	const struct tally *tally;
	int r;

	bytes = length;
	assert_int_equal(dmaload_file_from_stream(&range.file, from, NULL), 0);
	range.buffer = kit->buffer;
	tally_begin();
	r = dmaload_load(kit->ctx, &range, 1, NULL, &kit->report, &kit->err);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(tally->of[SYS_read], kit->report.reads);
	no_faults(tally);
	assert_int_equal(kit->report.bytes_streamed, bytes);
	assert_int_equal(kit->report.copy_ns, 0);
	dmaload_file_close(range.file);
	close(from);
	return tally;
}

/* A wait and a read for what a pipe holds, which depends on how fast its writer is;
 * no other call depends on the length. */
static void test_stream(void **state)
{
	const struct tally *tally;
	struct kit kit;
	int from, status;
	pid_t pid;

	(void)state;
	bytes = PART;
	kit_open(&kit, place.large, PART);
	pid = begin_writing(&from);
	tally = load_stream(&kit, from, PART);
	at_most("calls", tally->calls, OWN + 2 * tally->of[SYS_read], 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	kit_close(&kit);
}

/* All that is in the pipe by one read: as much as a pipe may hold for anybody, or
 * less where there are many pipes. */
static void test_full_pipe(void **state)
{
	static char block[MIB];
	const struct tally *tally;
	struct kit kit;
	int ends[2], length;

	(void)state;
	kit_open(&kit, place.large, MIB);
	assert_int_equal(pipe(ends), 0);
	fcntl(ends[1], F_SETPIPE_SZ, (int)MIB);
	length = fcntl(ends[1], F_GETPIPE_SZ);
	assert_in_range(length, 1, MIB);
	assert_int_equal(write(ends[1], block, (size_t)length), length);
	tally = load_stream(&kit, ends[0], (uint64_t)length);
	assert_int_equal(tally->of[SYS_read], 1);
	close(ends[1]);
	kit_close(&kit);
}

/* Memory that nobody has touched is faulted in once, a page at a time: as it is
 * pinned, or as it is copied to. */
static void test_unpopulated(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE) };
	const struct tally *tally;
	struct dmaload_buffer *own;
	struct kit kit;
	void *map;
	int i, r;

	(void)state;
	bytes = PART;
	for (i = 0; i < 2; i++) {
		kit_open_alone(&kit, alone_large(), MIB);
		own = kit.buffer;
		make_pool(&kit);
		map = mmap(NULL, PART, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(map, MAP_FAILED);
		madvise(map, PART, MADV_NOHUGEPAGE);
		assert_int_equal(dmaload_buffer_from_memory(&kit.buffer, map,
							    PART, NULL), 0);
		drop_cache(alone_path(alone_large()));
		tally_begin();
		r = kit_load(&kit, 0, 0, PART, paths[i]);
		tally = tally_end();
		assert_int_equal(r, 0);
		at_most("faults", tally->minor_faults, OWN, GIB / 4096);
		dmaload_buffer_destroy(own);
		kit_close(&kit);
		munmap(map, PART);
	}
}

/* No page is faulted in twice, by the thread that populates and by a read; but perhaps
 * what was in flight before the thread began. */
static void test_populated_beside(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE), BIT(BUFFERED) };
	const struct tally *tally;
	struct dmaload_buffer *own;
	struct kit kit;
	int made, i, r;

	(void)state;
	bytes = alone_large();
	for (i = 0; i < 3; i++) {
		kit_open_alone(&kit, alone_large(), MIB);
		own = kit.buffer;
		make_pool(&kit);
		drop_cache(alone_path(alone_large()));
		tally_begin();
		made = dmaload_buffer_create(&kit.buffer, "memfd", bytes, NULL);
		r = made < 0 ? made : kit_load(&kit, 0, 0, bytes, paths[i]);
		tally = tally_end();
		dmaload_buffer_destroy(own);
		assert_int_equal(made, 0);
		assert_int_equal(r, 0);
		at_most("faults", tally->minor_faults, OWN, GIB / 4096 * 110 / 100);
		kit_close(&kit);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_bounce),
		cmocka_unit_test(test_buffered),
		cmocka_unit_test(test_warm),
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_store_of_many),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_unpopulated),
		cmocka_unit_test(test_populated_beside),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("counts", tests, tally_start,
					   tally_stop);
}

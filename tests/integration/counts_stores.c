/* SPDX-License-Identifier: MIT */
/* The calls and faults of stores and streams. */
#include "counts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The page cache is queried before and after the store, not in between. */
static void test_calls_of_a_store(void **state)
{
	const struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range range = { .length = PART };
	const char *path = alone_empty();
	const struct tally *tally;
	struct kit kit;
	int r;

	(void)state;
	counts_bytes = PART;
	kit_open_alone(&kit, alone_large(), PART);
	counts_make_pool(&kit);
	assert_int_equal(dmaload_file_create(&range.file, path, 0, NULL), 0);
	range.buffer = kit.buffer;
	tally_begin();
	r = dmaload_store(kit.ctx, &range, 1, &options, &kit.report, &kit.err);
	tally = tally_end();
	if (r < 0)
		fail_msg("%s", kit.err.message);
	assert_int_equal(kit.report.reads, counts_chunks());
	counts_check_ring(&kit, tally, false, SYS_pwrite64);
	assert_int_equal(kit.report.bytes_direct + kit.report.bytes_bounced,
			 counts_bytes);
	if (place.pinnable)
		assert_int_equal(kit.report.copy_ns, 0);
	dmaload_file_close(range.file);
	kit_close(&kit);
	alone_drop(path);
}

/* Ten thousand ranges that are adjacent in the file share writes. */
static void test_many_ranges_share_writes(void **state)
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
	counts_bytes = MANY * length;
	kit_open_alone(&kit, alone_large(), PART);
	counts_make_pool(&kit);
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
	/* The end of the file is not a whole page, and takes a write of its
	 * own. */
	counts_at_most("writes", kit.report.reads, 2, CHUNKS_PER_GIB);
	/* The store makes a pool of its own. */
	counts_at_most("calls", tally->calls, 2 * OWN, place.granted ==
		       DMALOAD_ENGINE_URING ? CHUNKS_PER_GIB : 9 * CHUNKS_PER_GIB);
	dmaload_file_close(file);
	free(ranges);
	kit_close(&kit);
	alone_drop(path);
}

/* Write to the pipe as much as it takes at a time. */
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
		for (left = counts_bytes; left > 0; left -= MIB)
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

	counts_bytes = length;
	assert_int_equal(dmaload_file_from_stream(&range.file, from, NULL), 0);
	range.buffer = kit->buffer;
	tally_begin();
	r = dmaload_load(kit->ctx, &range, 1, NULL, &kit->report, &kit->err);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(tally->of[SYS_read], kit->report.reads);
	counts_no_faults(tally);
	assert_int_equal(kit->report.bytes_streamed, counts_bytes);
	assert_int_equal(kit->report.copy_ns, 0);
	dmaload_file_close(range.file);
	close(from);
	return tally;
}

/* Each piece that the pipe holds costs a wait and a read. Their number depends
 * on the writer's speed; no other call depends on the length. */
static void test_calls_of_a_stream(void **state)
{
	const struct tally *tally;
	struct kit kit;
	int from, status;
	pid_t pid;

	(void)state;
	counts_bytes = PART;
	kit_open(&kit, place.large, PART);
	pid = begin_writing(&from);
	tally = load_stream(&kit, from, PART);
	counts_at_most("calls", tally->calls, OWN + 2 * tally->of[SYS_read], 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	kit_close(&kit);
}

/* A full pipe is read by one call. It may hold as much as the kernel lets any
 * user have, or less if there are many pipes. */
static void test_a_full_pipe_is_read_by_one_call(void **state)
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

int counts_stores(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_of_a_store),
		cmocka_unit_test(test_many_ranges_share_writes),
		cmocka_unit_test(test_calls_of_a_stream),
		cmocka_unit_test(test_a_full_pipe_is_read_by_one_call),
	};

	return cmocka_run_group_tests_name("counts_stores", tests, tally_start,
					   tally_stop);
}

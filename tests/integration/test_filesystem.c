/* SPDX-License-Identifier: MIT */
/*
 * One file system: the right bytes on each path, nothing left in the page cache,
 * and a row of doc/filesystems.md that says how a load and a store went.
 *
 *   test_filesystem NAME FILE REFERENCE
 *
 * FILE lies on the file system; REFERENCE has the same bytes and lies
 * elsewhere. Stores go into a new file beside FILE, unless that is refused with
 * EROFS. Loads go into the heap "system", whose mapping cannot be pinned, and
 * into the test heap "pinnable"; all that by io_uring and by threads, which
 * have to be of one mind about the row.
 */
#include "filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const heaps[] = { "system", "pinnable" };

#define BIT(path) DMALOAD_ALLOW_ ## path

static uint64_t moved(const struct dmaload_report *report)
{
	return report->bytes_direct + report->bytes_bounced +
	       report->bytes_buffered + report->bytes_cached;
}

static const char *told(const struct dmaload_report *report, char *text,
			size_t size)
{
	dmaload_report_format(report, text, size);
	return text;
}

/* By itself, as in the row: what is better than the path taken gave a reason. */
static void load_by_itself(struct place_for *p, size_t heap)
{
	const bool pinnable = heap == 1;
	struct row *row = &subject.row;
	enum dmaload_path taken;
	char text[2048];
	int better;

	if (load(p, 0) < 0)
		fail_msg("%s into %s: %s", subject.name, heaps[heap],
			 p->err.message);
	check_bytes(p, "by itself");
	check_residue(p);
	assert_int_equal(moved(&p->report), subject.length);
	taken = dmaload_report_path(&p->report);
	print_message("%s into %s: %s\n", subject.name, heaps[heap],
		      told(&p->report, text, sizeof(text)));
	snprintf(row->loaded[heap], sizeof(row->loaded[heap]), "%s",
		 dmaload_path_name(taken));
	note_residue(p);
	if (taken == DMALOAD_PATH_CACHED)
		return;
	/* The system heap's mapping cannot be pinned on any file system. */
	for (better = 0; better < (int)taken; better++)
		if (pinnable || better > 0)
			snprintf(row->reason, sizeof(row->reason), "%s",
				 p->report.declined[better]);
	if (!on_tmpfs() && taken > DMALOAD_PATH_DIRECT)
		assert_true(p->report.declined[taken - 1][0]);
}

/* Only this path: the right bytes, or a refusal that says why. */
static void load_forced(struct place_for *p, const char *heap, uint32_t mask)
{
	const int r = load(p, mask);

	if (r == 0) {
		check_bytes(p, "forced");
		check_residue(p);
		note_residue(p);
		return;
	}
	print_message("%s into %s, paths %u: %s\n", subject.name, heap, mask,
		      p->err.message);
	assert_int_equal(r, -EOPNOTSUPP);
	assert_true(p->err.message[0]);
}

static void test_loads(void **state)
{
	const uint32_t masks[] = { BIT(DIRECT), BIT(BOUNCE), BIT(BUFFERED) };
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	struct place_for p;
	size_t heap, i;

	(void)state;
	for (heap = 0; heap < 2; heap++) {
		place_open(&p, heaps[heap]);
		load_by_itself(&p, heap);
		range.file = p.file;
		range.buffer = p.buffer;
		if (dmaload_verify(p.ctx, &range, 1, NULL, NULL, &p.err) < 0)
			fail_msg("%s: %s", subject.name, p.err.message);
		for (i = 0; i < 3; i++)
			load_forced(&p, heaps[heap], masks[i]);
		place_close(&p);
	}
}

/* As a user has who looks at a header. Return the bytes that it leaves in the
 * page cache. */
static uint64_t read_some(void)
{
	static char bytes[1 << 20];
	const int fd = open(subject.path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	assert_true(read(fd, bytes, sizeof(bytes)) > 0);
	close(fd);
	return cached_bytes(subject.path);
}

/* The pages of others are known and stay, by whichever path their bytes go. */
static void test_pages_of_others(void **state)
{
	const uint32_t masks[] = { 0, BIT(DIRECT), BIT(BOUNCE), BIT(BUFFERED) };
	struct place_for p;
	uint64_t before;
	size_t i;

	(void)state;
	if (!can_be_mapped())
		return;
	place_open(&p, "pinnable");
	for (i = 0; i < 2 * 4; i++) {
		drop_cache(subject.path);
		before = read_some();
		if (load_beside(&p, masks[i / 2], i % 2 ? DMALOAD_CACHE_BYPASS :
				DMALOAD_CACHE_AUTO) < 0)
			continue;
		check_bytes(&p, "beside pages of others");
		assert_int_equal(p.report.cache_before_bytes, before);
		assert_int_equal(cached_bytes(subject.path), before +
				 p.report.cache_residue_bytes);
		note_residue(&p);
	}
	place_close(&p);
}

static void check_file(const char *file)
{
	unsigned char *bytes = malloc(subject.length + 1);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t r;

	assert_true(bytes && fd >= 0);
	while ((r = read(fd, bytes + n, subject.length + 1 - n)) > 0)
		n += (size_t)r;
	assert_int_equal(n, subject.length);
	assert_memory_equal(bytes, subject.reference, subject.length);
	close(fd);
	free(bytes);
}

static void store(struct place_for *p, const char *to, struct dmaload_file *file,
		  size_t heap)
{
	const struct dmaload_range range = { .file = file, .buffer = p->buffer,
					     .length = subject.length };
	struct row *row = &subject.row;
	char text[2048];

	assert_int_equal(load(p, 0), 0);
	if (dmaload_store(p->ctx, &range, 1, NULL, &p->report, &p->err) < 0)
		fail_msg("%s from %s: %s", subject.name, heaps[heap],
			 p->err.message);
	check_engine(&p->report);
	print_message("%s from %s: %s\n", subject.name, heaps[heap],
		      told(&p->report, text, sizeof(text)));
	snprintf(row->stored[heap], sizeof(row->stored[heap]), "%s",
		 dmaload_path_name(dmaload_report_path(&p->report)));
	note_residue(p);
	/* From the disk, and not from what a store has left in memory. */
	drop_cache(to);
	check_file(to);
}

static void test_stores(void **state)
{
	struct dmaload_file *file;
	struct place_for p;
	char to[4096];
	size_t heap;
	int r;

	(void)state;
	for (heap = 0; heap < 2; heap++) {
		snprintf(to, sizeof(to), "%s-%s", subject.path, heaps[heap]);
		place_open(&p, heaps[heap]);
		r = dmaload_file_create(&file, to, 1, &p.err);
		if (r == -EROFS) {
			strcpy(subject.row.stored[heap], "read-only");
		} else if (r < 0) {
			fail_msg("%s", p.err.message);
		} else {
			store(&p, to, file, heap);
			dmaload_file_close(file);
			assert_int_equal(unlink(to), 0);
		}
		place_close(&p);
	}
}

/* As under a seccomp filter: nobody says that there is no direct I/O, and what is in the
 * page cache is asked by mincore(), as far as the file can be mapped. */
static void test_old_calls(void **state)
{
	struct place_for p;
	size_t heap;

	(void)state;
	subject.engine = DMALOAD_ENGINE_AUTO;
	subject.calls = DMALOAD_SYSCALLS_OLD;
	for (heap = 0; heap < 2; heap++) {
		place_open(&p, heaps[heap]);
		if (load(&p, 0) < 0)
			fail_msg("%s into %s: %s", subject.name, heaps[heap],
				 p.err.message);
		check_bytes(&p, "by old calls");
		check_residue(&p);
		place_close(&p);
	}
	subject.calls = DMALOAD_SYSCALLS_AUTO;
}

static int try_engine(enum dmaload_engine by)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_pages_of_others),
		cmocka_unit_test(test_stores),
	};

	memset(&subject.row, 0, sizeof(subject.row));
	subject.engine = by;
	print_message("%s by %s\n", subject.name, dmaload_engine_name(by));
	return cmocka_run_group_tests_name(subject.name, tests, NULL, NULL);
}

static int try_old_calls(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_calls),
	};

	return cmocka_run_group_tests_name(subject.name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	struct row by_uring;
	bool same;

	if (argc != 4 || !read_reference(argv[3]))
		return 2;
	subject.name = argv[1];
	subject.path = argv[2];
	if (try_engine(DMALOAD_ENGINE_URING) != 0)
		return 1;
	print_row();
	by_uring = subject.row;
	if (try_engine(DMALOAD_ENGINE_THREADS) != 0)
		return 1;
	same = same_row(&by_uring);
	if (!same) {
		printf("By threads it is another:\n");
		print_row();
	}
	if (try_old_calls() != 0)
		return 1;
	free(subject.reference);
	return same ? 0 : 1;
}

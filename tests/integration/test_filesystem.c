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
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

static const char *name, *path;
static unsigned char *reference;
static uint64_t length;

/* The row: of each heap, the path taken; the reasons of the pinnable one. */
struct row {
	char loaded[2][16];
	char reason[DMALOAD_REASON_SIZE];
	char stored[2][16];
	uint64_t residue;
};

static struct row row;

/* The engine of the row. */
static enum dmaload_engine engine;

static enum dmaload_syscalls calls;

static const char *const heaps[] = { "system", "pinnable" };

#define BIT(path) DMALOAD_ALLOW_ ## path

struct place_for {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct dmaload_report report;
	struct dmaload_error err;
};

static void place_open(struct place_for *p, const char *heap)
{
	/* Small chunks, few at a time: a fallback that shows when the first one
	 * is there has to have most of the file before it. */
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 256 << 10,
		.queue_depth = 2, .engine = engine, .syscalls = calls,
	};

	*p = (struct place_for){ .report.size = sizeof(p->report) };
	assert_int_equal(dmaload_ctx_create(&p->ctx, &config, NULL), 0);
	if (dmaload_file_open(&p->file, path, &p->err) < 0 ||
	    dmaload_buffer_create(&p->buffer, heap, length, &p->err) < 0)
		fail_msg("%s", p->err.message);
}

static void place_close(struct place_for *p)
{
	dmaload_buffer_destroy(p->buffer);
	dmaload_file_close(p->file);
	dmaload_ctx_destroy(p->ctx);
}

static void fill(struct place_for *p, int byte)
{
	assert_int_equal(dmaload_buffer_begin(p->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	memset(dmaload_buffer_map(p->buffer), byte,
	       dmaload_buffer_size(p->buffer));
	assert_int_equal(dmaload_buffer_end(p->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

static void check_engine(const struct dmaload_report *report)
{
	if (report->reads - report->retries == 1 &&
	    report->engine == DMALOAD_ENGINE_AUTO)
		return;
	if (report->bytes_direct + report->bytes_bounced > 0 &&
	    calls == DMALOAD_SYSCALLS_AUTO)
		assert_int_equal(report->engine, engine);
}

/* With what is in the page cache. */
static int load_beside(struct place_for *p, uint32_t paths,
		       enum dmaload_cache cache)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = paths,
						 .cache = cache };
	const struct dmaload_range range = {
		.file = p->file, .buffer = p->buffer, .length = length,
	};
	int r;

	fill(p, GUARD);
	r = dmaload_load(p->ctx, &range, 1, &options, &p->report, &p->err);
	check_engine(&p->report);
	return r;
}

static int load(struct place_for *p, uint32_t paths)
{
	drop_cache(path);
	return load_beside(p, paths, DMALOAD_CACHE_AUTO);
}

/* The file's bytes, and nothing behind them. */
static void check_bytes(struct place_for *p, const char *what)
{
	const unsigned char *map = dmaload_buffer_map(p->buffer);
	uint64_t i;

	assert_int_equal(dmaload_buffer_begin(p->buffer, DMALOAD_ACCESS_READ,
					      NULL), 0);
	for (i = 0; i < length && map[i] == reference[i]; i++)
		;
	if (i < length)
		fail_msg("%s, %s: byte %" PRIu64 " differs", name, what, i);
	for (; i < dmaload_buffer_size(p->buffer); i++)
		assert_int_equal(map[i], GUARD);
	assert_int_equal(dmaload_buffer_end(p->buffer, DMALOAD_ACCESS_READ,
					    NULL), 0);
}

/* There the files are the page cache, and nothing can be dropped from it. */
static bool on_tmpfs(void)
{
	struct statfs st;

	assert_int_equal(statfs(path, &st), 0);
	return st.f_type == TMPFS_MAGIC;
}

static void note_residue(const struct place_for *p)
{
	const uint64_t residue = p->report.cache_residue_bytes;

	assert_int_not_equal(residue, DMALOAD_UNKNOWN);
	if (residue > row.residue)
		row.residue = residue;
}

static bool can_be_mapped(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(fd >= 0);
	close(fd);
	if (map != MAP_FAILED)
		munmap(map, 1);
	return map != MAP_FAILED;
}

/* The report and mincore() must agree about the page cache, where the file can
 * be mapped. */
static void check_residue(const struct place_for *p)
{
	const uint64_t residue = p->report.cache_residue_bytes;

	if (!can_be_mapped())
		return;
	assert_int_equal(cached_bytes(path),
			 p->report.cache_before_bytes + residue);
}

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
	enum dmaload_path taken;
	char text[2048];
	int better;

	if (load(p, 0) < 0)
		fail_msg("%s into %s: %s", name, heaps[heap], p->err.message);
	check_bytes(p, "by itself");
	check_residue(p);
	assert_int_equal(moved(&p->report), length);
	taken = dmaload_report_path(&p->report);
	print_message("%s into %s: %s\n", name, heaps[heap],
		      told(&p->report, text, sizeof(text)));
	snprintf(row.loaded[heap], sizeof(row.loaded[heap]), "%s",
		 dmaload_path_name(taken));
	note_residue(p);
	if (taken == DMALOAD_PATH_CACHED)
		return;
	/* The system heap's mapping cannot be pinned on any file system. */
	for (better = 0; better < (int)taken; better++)
		if (pinnable || better > 0)
			snprintf(row.reason, sizeof(row.reason), "%s",
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
	print_message("%s into %s, paths %u: %s\n", name, heap, mask,
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
			fail_msg("%s: %s", name, p.err.message);
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
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	assert_true(read(fd, bytes, sizeof(bytes)) > 0);
	close(fd);
	return cached_bytes(path);
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
		drop_cache(path);
		before = read_some();
		if (load_beside(&p, masks[i / 2], i % 2 ? DMALOAD_CACHE_BYPASS :
				DMALOAD_CACHE_AUTO) < 0)
			continue;
		check_bytes(&p, "beside pages of others");
		assert_int_equal(p.report.cache_before_bytes, before);
		assert_int_equal(cached_bytes(path), before +
				 p.report.cache_residue_bytes);
		note_residue(&p);
	}
	place_close(&p);
}

static void check_file(const char *file)
{
	unsigned char *bytes = malloc(length + 1);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t r;

	assert_true(bytes && fd >= 0);
	while ((r = read(fd, bytes + n, length + 1 - n)) > 0)
		n += (size_t)r;
	assert_int_equal(n, length);
	assert_memory_equal(bytes, reference, length);
	close(fd);
	free(bytes);
}

static void store(struct place_for *p, const char *to, struct dmaload_file *file,
		  size_t heap)
{
	const struct dmaload_range range = { .file = file, .buffer = p->buffer,
					     .length = length };
	char text[2048];

	assert_int_equal(load(p, 0), 0);
	if (dmaload_store(p->ctx, &range, 1, NULL, &p->report, &p->err) < 0)
		fail_msg("%s from %s: %s", name, heaps[heap], p->err.message);
	check_engine(&p->report);
	print_message("%s from %s: %s\n", name, heaps[heap],
		      told(&p->report, text, sizeof(text)));
	snprintf(row.stored[heap], sizeof(row.stored[heap]), "%s",
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
		snprintf(to, sizeof(to), "%s-%s", path, heaps[heap]);
		place_open(&p, heaps[heap]);
		r = dmaload_file_create(&file, to, 1, &p.err);
		if (r == -EROFS) {
			strcpy(row.stored[heap], "read-only");
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
	engine = DMALOAD_ENGINE_AUTO;
	calls = DMALOAD_SYSCALLS_OLD;
	for (heap = 0; heap < 2; heap++) {
		place_open(&p, heaps[heap]);
		if (load(&p, 0) < 0)
			fail_msg("%s into %s: %s", name, heaps[heap],
				 p.err.message);
		check_bytes(&p, "by old calls");
		check_residue(&p);
		place_close(&p);
	}
	calls = DMALOAD_SYSCALLS_AUTO;
}

static bool read_reference(const char *from)
{
	FILE *file = fopen(from, "rbe");
	struct stat st;
	bool ok;

	if (!file || fstat(fileno(file), &st) < 0)
		return false;
	length = (uint64_t)st.st_size;
	reference = malloc(length);
	ok = reference && fread(reference, 1, length, file) == length;
	fclose(file);
	return ok;
}

static int try_engine(enum dmaload_engine by)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_pages_of_others),
		cmocka_unit_test(test_stores),
	};

	memset(&row, 0, sizeof(row));
	engine = by;
	print_message("%s by %s\n", name, dmaload_engine_name(by));
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

static int try_old_calls(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_calls),
	};

	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

static bool same_row(const struct row *other)
{
	return strcmp(row.loaded[0], other->loaded[0]) == 0 &&
	       strcmp(row.loaded[1], other->loaded[1]) == 0 &&
	       strcmp(row.stored[0], other->stored[0]) == 0 &&
	       strcmp(row.stored[1], other->stored[1]) == 0 &&
	       strcmp(row.reason, other->reason) == 0 &&
	       row.residue == other->residue;
}

static void print_row(void)
{
	char residue[32] = "none";

	if (row.residue)
		snprintf(residue, sizeof(residue), "%" PRIu64 " bytes",
			 row.residue);
	if (on_tmpfs())
		strcpy(residue, "the file itself");
	printf("| %s | %s | %s | %s | %s | %s | %s |\n", name, row.loaded[0],
	       row.loaded[1], row.stored[0], row.stored[1], residue,
	       row.reason[0] ? row.reason : "-");
}

int main(int argc, char **argv)
{
	struct row by_uring;
	bool same;

	if (argc != 4 || !read_reference(argv[3]))
		return 2;
	name = argv[1];
	path = argv[2];
	if (try_engine(DMALOAD_ENGINE_URING) != 0)
		return 1;
	print_row();
	by_uring = row;
	if (try_engine(DMALOAD_ENGINE_THREADS) != 0)
		return 1;
	same = same_row(&by_uring);
	if (!same) {
		printf("By threads it is another:\n");
		print_row();
	}
	if (try_old_calls() != 0)
		return 1;
	free(reference);
	return same ? 0 : 1;
}

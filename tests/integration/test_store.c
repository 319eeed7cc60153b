/* SPDX-License-Identifier: MIT */
/*
 * From a real buffer to real files, on every path: the right bytes, nothing beside
 * them changed, nothing in the page cache; and disks that are full.
 */
#include "store_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tally.h"

#define MIB ((uint64_t)1 << 20)
#define BY_ITSELF 0u
#define N(array) (sizeof(array) / sizeof((array)[0]))

static int store(struct kit *kit, const char *path, uint64_t file_offset,
		 uint64_t buffer_offset, uint64_t length, uint32_t paths)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
		.flags = DMALOAD_DURABLE,
	};
	struct dmaload_range range = {
		.file_offset = file_offset, .buffer = kit->buffer,
		.buffer_offset = buffer_offset, .length = length,
	};
	struct dmaload_file *file;
	int r;

	r = dmaload_file_create(&file, path, 0, &kit->err);
	if (r < 0)
		return r;
	range.file = file;
	r = dmaload_store(kit->ctx, &range, 1, &options, &kit->report,
			  &kit->err);
	dmaload_file_close(file);
	return r;
}

struct part {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
};

static const struct part parts[] = {
	{ 0, 0, 1 },
	{ 0, 0, 4096 },
	{ 0, 0, 8 * MIB },
	{ 0, 0, 8 * MIB - 1 },
	{ 0, 0, 4097 },
	{ 511, 511, 4097 },
	{ 4095, 4095, 2 },
	{ 1000, 1000, 3 * MIB + 77 },
	{ 4096, 0, 2 * MIB },
	{ 5000, 12345, 4 * MIB + 1 },
	{ 3 * MIB - 1, 4095, 2 * MIB + 2 },
};

/* Into the middle of a file that is there, on each path. */
static void test_into_the_middle(void **state)
{
	const uint64_t size = 9 * MIB + 123;
	const char *path = alone_empty();
	struct kit kit;
	size_t i, p;

	(void)state;
	open_loaded(&kit, 8 * MIB);
	for (p = 0; p < ALL_PATHS; p++)
		for (i = 0; i < N(parts); i++) {
			if (!works_here(all_paths[p]) ||
			    (all_paths[p] == all_paths[1] &&
			     parts[i].file_offset % 4096 !=
			     parts[i].buffer_offset % 4096))
				continue;
			write_old(path, size);
			drop_cache(path);
			if (store(&kit, path, parts[i].file_offset,
				  parts[i].buffer_offset, parts[i].length,
				  all_paths[p]) < 0)
				fail_msg("path mask %u, part %zu: %s",
					 all_paths[p], i, kit.err.message);
			assert_int_equal(kit.report.cache_residue_bytes, 0);
			assert_int_equal(cached_bytes(path), 0);
			check_file(path, parts[i].file_offset,
				   parts[i].length, parts[i].buffer_offset, size);
		}
	kit_close(&kit);
	alone_drop(path);
}

/* An empty file becomes as long as what is stored, whatever that is. */
static void test_empty_file(void **state)
{
	static const uint64_t sizes[] = { 1, 511, 512, 4095, 4096, 4097,
					  1048575, 1048577, 20 * MIB + 5 };
	const char *path;
	struct kit kit;
	size_t i, p;

	(void)state;
	open_loaded(&kit, 21 * MIB);
	for (p = 0; p < ALL_PATHS; p++)
		for (i = 0; i < N(sizes); i++) {
			if (!works_here(all_paths[p]))
				continue;
			path = alone_empty();
			if (store(&kit, path, 0, 0, sizes[i],
				  all_paths[p]) < 0)
				fail_msg("path mask %u, %" PRIu64 " bytes: %s",
					 all_paths[p], sizes[i],
					 kit.err.message);
			assert_int_equal(kit.report.cache_residue_bytes, 0);
			assert_int_equal(cached_bytes(path), 0);
			check_file(path, 0, sizes[i], 0, sizes[i]);
			/* Whole pages go directly, and only the end does not. */
			if (all_paths[p] != all_paths[3])
				assert_true(kit.report.bytes_buffered < page_size());
			assert_int_equal(kit.report.bytes_direct +
					 kit.report.bytes_bounced +
					 kit.report.bytes_buffered, sizes[i]);
			if (all_paths[p] == BY_ITSELF && sizes[i] > MIB)
				assert_int_equal(dmaload_report_path(&kit.report),
						 place.pinnable ?
						 DMALOAD_PATH_DIRECT :
						 DMALOAD_PATH_BOUNCE);
			alone_drop(path);
		}
	kit_close(&kit);
}

/* Pages that others had in the page cache stay where they are not overwritten: a page
 * that is held would in any case, so the calls are watched. */
static void test_cached_pages(void **state)
{
	struct dmaload_range range = { .length = MIB, .file_offset = 4 * MIB };
	const uint64_t page = page_size();
	const char *path = alone_empty();
	const struct tally *tally;
	struct dmaload_file *file;
	struct held held;
	struct kit kit;
	int r;

	(void)state;
	open_loaded(&kit, 8 * MIB);
	write_old(path, 8 * MIB);
	drop_cache(path);
	hold(&held, path, MIB, page);
	tally_begin();
	r = store(&kit, path, 3 * MIB + 5, 3 * MIB + 5, 2 * MIB, 0);
	tally = tally_end();
	assert_int_equal(r, 0);
	assert_int_equal(cached_bytes(path), page);
	assert_false(tally_dropped(tally, MIB, page));

	/* And what was stored is what a comparison finds, and a load. */
	assert_int_equal(dmaload_file_open(&file, path, NULL), 0);
	range.file = file;
	range.buffer = kit.buffer;
	range.buffer_offset = range.file_offset;
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL,
					&kit.err), 0);
	range.file_offset = 0;
	range.buffer_offset = 0;
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL,
					&kit.err), -EBADMSG);
	dmaload_file_close(file);
	let_go(&held);
	kit_close(&kit);
	alone_drop(path);
}

/* Several buffers and files in one call, some parts in reverse order. */
static void test_many_ranges(void **state)
{
	enum { COUNT = 64 };
	struct dmaload_range ranges[2 * COUNT];
	struct dmaload_file *files[2];
	char paths[2][4200];
	struct kit kit;
	uint64_t at;
	int i, f;

	(void)state;
	open_loaded(&kit, 8 * MIB);
	for (f = 0; f < 2; f++) {
		snprintf(paths[f], sizeof(paths[f]), "%s-%d", target_path(), f);
		unlink(paths[f]);
		assert_int_equal(dmaload_file_create(&files[f], paths[f], 1,
						     NULL), 0);
		assert_int_equal(dmaload_file_create(&(struct dmaload_file *){
				 NULL }, paths[f], 1, NULL), -EEXIST);
	}
	for (i = 0; i < 2 * COUNT; i++) {
		at = (uint64_t)(COUNT - 1 - i / 2) * 100003;
		ranges[i] = (struct dmaload_range){
			.file = files[i % 2], .file_offset = at,
			.buffer = kit.buffer, .buffer_offset = at,
			.length = 100003, .priority = (uint32_t)(i % 5),
		};
	}
	if (dmaload_store(kit.ctx, ranges, 2 * COUNT, NULL, &kit.report,
			  &kit.err) < 0)
		fail_msg("%s", kit.err.message);
	assert_int_equal(kit.report.ranges, 2 * COUNT);
	/* One for each priority, but for those that are complete together. */
	assert_in_range(kit.report.brackets, 1, 5);
	for (f = 0; f < 2; f++) {
		check_file(paths[f], 0, COUNT * 100003, 0, COUNT * 100003);
		assert_int_equal(dmaload_file_size(files[f]), COUNT * 100003);
		dmaload_file_close(files[f]);
		unlink(paths[f]);
	}
	kit_close(&kit);
}

static void test_refusals(void **state)
{
	struct dmaload_range ranges[2] = { { .length = 8192 },
					   { .length = 8192 } };
	struct dmaload_file *file;
	struct kit kit;
	int fd;

	(void)state;
	kit_open_alone(&kit, MIB, MIB);
	assert_int_equal(kit_load(&kit, 0, 0, MIB, 0), 0);
	ranges[0].file = kit.file;
	ranges[0].buffer = ranges[1].buffer = kit.buffer;
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL,
				       &kit.err), -EBADF);
	assert_non_null(strstr(kit.err.message, "not open for writing"));
	assert_int_equal(cached_bytes(alone_path(MIB)), 0);

	unlink(target_path());
	assert_int_equal(dmaload_file_create(&file, target_path(), 1, NULL), 0);
	ranges[0].file = ranges[1].file = file;
	ranges[1].file_offset = 8191;
	assert_int_equal(dmaload_store(kit.ctx, ranges, 2, NULL, NULL,
				       &kit.err), -EINVAL);
	assert_non_null(strstr(kit.err.message, "overlap at byte 8191"));
	ranges[0].buffer_offset = MIB - 4096;
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL,
				       &kit.err), -ERANGE);
	ranges[0].buffer_offset = 0;
	ranges[0].file_offset = INT64_MAX;
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL,
				       &kit.err), -EOVERFLOW);
	assert_int_equal(dmaload_file_size(file), 0);
	/* An empty file can be stored into, and not be loaded from. */
	ranges[0].file_offset = 0;
	assert_int_equal(dmaload_load(kit.ctx, ranges, 1, NULL, NULL, &kit.err),
			 -ERANGE);
	dmaload_file_close(file);

	assert_int_equal(dmaload_file_create(&file, place.dir, 0, &kit.err),
			 -EISDIR);
	assert_int_equal(dmaload_file_create(&file, "/dev/null", 0, &kit.err),
			 -ESPIPE);
	/* One that appends would not write where it is told to; opened anew it
	 * does. */
	fd = open(target_path(), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(dmaload_file_from_fd(&file, fd, NULL), 0);
	close(fd);
	ranges[0].file = file;
	ranges[0].buffer_offset = 4096;
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL,
				       &kit.err), 0);
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL,
				       &kit.err), 0);
	assert_int_equal(dmaload_load(kit.ctx, ranges, 1, NULL, NULL, &kit.err),
			 -EBADF);
	dmaload_file_close(file);
	check_file(target_path(), 0, 8192, 4096, 8192);
	unlink(target_path());
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_into_the_middle),
		cmocka_unit_test(test_empty_file),
		cmocka_unit_test_setup_teardown(test_cached_pages, tally_start,
						tally_stop),
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_refusals),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

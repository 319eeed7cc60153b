/* SPDX-License-Identifier: MIT */
/*
 * The cache with real files, the real library and shared memory. The unit
 * tests, on a fake library, cover what depends on the order of events.
 */
#include "../integration/support.h"

#include <dmaload-cache.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../integration/pattern.h"

enum { SLOT = 1 << 17, SLOTS = 8, BUFFERS = 4, FILE_BYTES = 16777216 };

typedef const struct dmaload_cache_slot *slot_ptr;

struct bench {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_slot_cache *cache;
	struct dmaload_error err;
	int fds;
};

static void make(struct bench *bench, const char *path, uint32_t align)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = SLOT,
		.slots_per_buffer = SLOTS,
		.buffers = BUFFERS,
		.source = place.source,
		.align = align,
	};

	bench->fds = open_fds();
	assert_int_equal(dmaload_ctx_create(&bench->ctx, NULL, NULL), 0);
	if (dmaload_file_open(&bench->file, path, &bench->err) < 0 ||
	    dmaload_cache_create(&bench->cache, bench->ctx, &config,
				 &bench->err) < 0)
		fail_msg("%s", bench->err.message);
}

static void drop(struct bench *bench)
{
	dmaload_cache_destroy(bench->cache);
	dmaload_file_close(bench->file);
	dmaload_ctx_destroy(bench->ctx);
	assert_int_equal(open_fds(), bench->fds);
}

static slot_ptr get(struct bench *bench, uint64_t offset, uint64_t length)
{
	slot_ptr slot = NULL;

	if (dmaload_cache_get(bench->cache, bench->file, offset, length,
			      DMALOAD_FOREVER, &slot, &bench->err) < 0)
		fail_msg("%s", bench->err.message);
	return slot;
}

static struct dmaload_cache_stats stats_of(struct bench *bench)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };

	assert_int_equal(dmaload_cache_stats(bench->cache, &stats, NULL), 0);
	return stats;
}

static void check_bytes(slot_ptr slot, uint64_t offset, uint64_t length)
{
	assert_int_equal(slot->length, length);
	assert_ptr_equal(slot->data, (char *)dmaload_buffer_map(slot->buffer) +
				     slot->buffer_offset);
	assert_int_equal(pattern_differs(slot->data, length, offset), length);
}

/* Get parts of all sizes at any offset, more than there are slots,
 * repeatedly. */
static void read_parts(uint32_t align)
{
	uint64_t offset, length, n, i;
	struct bench bench;
	slot_ptr slot;

	make(&bench, pattern_path(FILE_BYTES), align);
	for (i = 0; i < 400; i++) {
		n = pattern_word(i) % 50;
		offset = n * 200000 / 32 * 32 + (n % 4 == 0);
		length = n == 0 ? SLOT : 1 + n * 2600;
		slot = get(&bench, offset, length);
		check_bytes(slot, offset, length);
		if (align == 32 && n % 4 != 0 && length < SLOT - 4096)
			assert_int_equal(slot->buffer_offset % 4096,
					 offset % 4096);
		dmaload_cache_put(bench.cache, slot);
	}
	assert_true(stats_of(&bench).hits > 50);
	assert_true(stats_of(&bench).evictions > 50);
	assert_int_equal(stats_of(&bench).slots_resident, SLOTS * BUFFERS);
	drop(&bench);
}

static void test_parts_have_their_bytes(void **state)
{
	(void)state;
	read_parts(0);
	read_parts(32);
}

static void test_loads_leave_nothing_in_the_page_cache(void **state)
{
	const char *path = alone_path(alone_large());
	struct bench bench;
	slot_ptr slot;
	unsigned i;

	(void)state;
	make(&bench, path, 0);
	for (i = 0; i < 2 * SLOTS * BUFFERS; i++) {
		slot = get(&bench, (uint64_t)i * SLOT, SLOT);
		check_bytes(slot, (uint64_t)i * SLOT, SLOT);
		dmaload_cache_put(bench.cache, slot);
	}
	assert_int_equal(cached_bytes(path), 0);
	drop(&bench);
}

static void test_a_part_beyond_a_shrunk_files_end_fails(void **state)
{
	const char *path = alone_empty();
	unsigned char *bytes = malloc(4 * SLOT);
	const int fd = open(path, O_WRONLY);
	struct bench bench;
	slot_ptr slot = NULL;

	(void)state;
	assert_non_null(bytes);
	assert_true(fd >= 0);
	pattern_fill(bytes, 4 * SLOT, 0);
	assert_int_equal(write(fd, bytes, 4 * SLOT), 4 * SLOT);
	make(&bench, path, 0);
	dmaload_cache_put(bench.cache, get(&bench, 3 * SLOT, SLOT));
	assert_int_equal(ftruncate(fd, 2 * SLOT), 0);
	assert_int_equal(dmaload_cache_get(bench.cache, bench.file, 2 * SLOT,
					   SLOT, DMALOAD_FOREVER, &slot,
					   &bench.err), -ENODATA);
	assert_int_equal(bench.err.code, -ENODATA);
	assert_true(bench.err.message[0] != '\0');
	assert_null(slot);
	/* Resident parts stay, and the next get of another part tries again. */
	slot = get(&bench, 3 * SLOT, SLOT);
	check_bytes(slot, 3 * SLOT, SLOT);
	dmaload_cache_put(bench.cache, slot);
	assert_int_equal(pwrite(fd, bytes + 2 * SLOT, 2 * SLOT, 2 * SLOT),
			 2 * SLOT);
	slot = get(&bench, 2 * SLOT, SLOT);
	check_bytes(slot, 2 * SLOT, SLOT);
	dmaload_cache_put(bench.cache, slot);
	assert_int_equal(stats_of(&bench).failures, 1);
	assert_int_equal(stats_of(&bench).loads, 2);
	drop(&bench);
	free(bytes);
	close(fd);
	alone_drop(path);
}

static struct bench shared;

static void *get_all(void *data)
{
	slot_ptr slot;
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		if (dmaload_cache_get(shared.cache, shared.file,
				      (uint64_t)i * SLOT, SLOT, DMALOAD_FOREVER,
				      &slot, NULL) < 0)
			return data;
		if (pattern_differs(slot->data, SLOT, (uint64_t)i * SLOT) < SLOT)
			return data;
		dmaload_cache_put(shared.cache, slot);
	}
	return NULL;
}

static void test_threads_read_each_part_once(void **state)
{
	struct dmaload_cache_stats stats;
	pthread_t threads[8];
	void *wrong;
	unsigned i;

	(void)state;
	make(&shared, pattern_path(FILE_BYTES), 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get_all,
						&shared), 0);
	for (i = 0; i < 8; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	stats = stats_of(&shared);
	assert_int_equal(stats.misses, SLOTS);
	assert_int_equal(stats.loads, SLOTS);
	assert_int_equal(stats.bytes_loaded, SLOTS * SLOT);
	assert_int_equal(stats.hits + stats.shared, 7 * SLOTS);
	drop(&shared);
}

/* As a program overlaps its work: begin all parts, and use each when it is
 * loaded. */
static void test_all_parts_begun_before_the_first_wait(void **state)
{
	slot_ptr slots[SLOTS];
	struct bench bench;
	unsigned i;

	(void)state;
	make(&bench, pattern_path(FILE_BYTES), 0);
	for (i = 0; i < 2 * SLOTS; i++)
		assert_int_equal(dmaload_cache_prefetch(bench.cache, bench.file,
							(uint64_t)i * SLOT, SLOT,
							NULL), 0);
	for (i = 0; i < SLOTS; i++)
		assert_int_equal(dmaload_cache_begin(bench.cache, bench.file,
						     (uint64_t)i * SLOT, SLOT,
						     &slots[i], NULL), 0);
	for (i = 0; i < SLOTS; i++) {
		assert_int_equal(dmaload_cache_wait(bench.cache, slots[i],
						    DMALOAD_FOREVER, NULL), 0);
		check_bytes(slots[i], (uint64_t)i * SLOT, SLOT);
		dmaload_cache_put(bench.cache, slots[i]);
	}
	drop(&bench);
}

static void test_destroy_with_loads_in_flight(void **state)
{
	struct bench bench;
	slot_ptr slot;
	unsigned i;

	(void)state;
	make(&bench, pattern_path(FILE_BYTES), 0);
	for (i = 0; i < SLOTS; i++) {
		assert_int_equal(dmaload_cache_begin(bench.cache, bench.file,
						     (uint64_t)i * SLOT, SLOT,
						     &slot, NULL), 0);
		dmaload_cache_put(bench.cache, slot);
	}
	drop(&bench);
}

/* The file is closed, and another one may get its address. */
static void test_a_closed_file_and_its_successor(void **state)
{
	struct bench bench;

	(void)state;
	make(&bench, pattern_path(FILE_BYTES), 0);
	dmaload_cache_put(bench.cache, get(&bench, 0, SLOT));
	dmaload_cache_drop(bench.cache, bench.file);
	dmaload_file_close(bench.file);
	assert_int_equal(dmaload_file_open(&bench.file, pattern_path(1048577),
					   NULL), 0);
	dmaload_cache_put(bench.cache, get(&bench, 0, SLOT));
	assert_int_equal(stats_of(&bench).misses, 2);
	drop(&bench);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_have_their_bytes),
		cmocka_unit_test(test_loads_leave_nothing_in_the_page_cache),
		cmocka_unit_test(test_a_part_beyond_a_shrunk_files_end_fails),
		cmocka_unit_test(test_threads_read_each_part_once),
		cmocka_unit_test(test_all_parts_begun_before_the_first_wait),
		cmocka_unit_test(test_destroy_with_loads_in_flight),
		cmocka_unit_test(test_a_closed_file_and_its_successor),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("cache_files", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads use one cache by all calls, in a random order that depends on the
 * thread's number. All bytes are compared. One file has become shorter, so
 * reads of its end fail.
 */
#include "../integration/support.h"

#include <dmaload-cache.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "../integration/expect.h"
#include "../integration/pattern.h"

enum {
	THREADS = 6, PINS = 3, PARTS = 100, SLOT = 16384,
	/* More slots than all threads can pin. */
	BUFFERS = 6, SLOTS = 5,
	FILE_BYTES = 16777216,
};

typedef const struct dmaload_cache_slot *slot_ptr;

struct part {
	slot_ptr slot;
	struct dmaload_file *file;
	uint64_t offset, length;
};

struct storm {
	pthread_t thread;
	unsigned number, rounds, n_pins;
	uint64_t drawn;
	struct part pins[PINS];
	/* Gets and begins that got a slot; reads that failed as expected;
	 * refusals. */
	uint64_t granted, failed, busy;
	struct wrong wrong;
};

static struct dmaload_slot_cache *cache;
static struct dmaload_file *whole, *shrunk;

static uint64_t draw(struct storm *storm, uint64_t below)
{
	return pattern_word(((uint64_t)storm->number << 32) + storm->drawn++) %
	       below;
}

static bool may_fail(const struct part *part)
{
	return part->file == shrunk &&
	       part->offset + part->length > PARTS / 2 * SLOT;
}

static struct part draw_part(struct storm *storm)
{
	const uint64_t n = draw(storm, PARTS) * draw(storm, PARTS) / PARTS;

	return (struct part){
		.file = draw(storm, 4) ? whole : shrunk,
		.offset = n * SLOT + n % 5 * 32,
		.length = 1 + n * 97 % (SLOT / 2),
	};
}

static void check_bytes(struct storm *storm, const struct part *part)
{
	EXPECT(storm, part->slot->length == part->length, 0);
	EXPECT(storm, pattern_differs(part->slot->data, part->length,
				      part->offset) == part->length, 0);
}

static void put(struct storm *storm, bool there)
{
	const unsigned n = (unsigned)draw(storm, storm->n_pins);

	if (there)
		check_bytes(storm, &storm->pins[n]);
	dmaload_cache_put(cache, storm->pins[n].slot);
	storm->pins[n] = storm->pins[--storm->n_pins];
}

/* Get a part. Pin its slot if there are bytes. */
static void get_part(struct storm *storm, struct part part, int64_t timeout)
{
	int r;

	r = dmaload_cache_get(cache, part.file, part.offset, part.length,
			      timeout, &part.slot, NULL);
	if (r == -EBUSY) {
		EXPECT(storm, timeout != DMALOAD_FOREVER, r);
		storm->busy++;
		return;
	}
	storm->granted++;
	if (r == -ENODATA) {
		EXPECT(storm, may_fail(&part), r);
		storm->failed++;
	}
	if (r == 0) {
		check_bytes(storm, &part);
		storm->pins[storm->n_pins++] = part;
	} else {
		EXPECT(storm, r == -ENODATA ||
		       (r == -EINPROGRESS && timeout != DMALOAD_FOREVER), r);
	}
}

static void get(struct storm *storm)
{
	const int64_t timeouts[] = { 0, 20000, DMALOAD_FOREVER };
	const int64_t timeout = timeouts[draw(storm, 3)];

	get_part(storm, draw_part(storm), timeout);
}

/* Begin to load a part, and wait for it or give it up. */
static void begin(struct storm *storm)
{
	struct part part = draw_part(storm);
	int r;

	r = dmaload_cache_begin(cache, part.file, part.offset, part.length,
				&part.slot, NULL);
	if (r == -EBUSY)
		storm->busy++;
	EXPECT(storm, r == 0 || r == -EBUSY, r);
	if (r < 0)
		return;
	storm->granted++;
	if (draw(storm, 4) > 0) {
		while ((r = dmaload_cache_wait(cache, part.slot,
					       (int64_t)draw(storm, 100000),
					       NULL)) == -EINPROGRESS)
			;
		EXPECT(storm, r == 0 || (r == -ENODATA && may_fail(&part)), r);
		if (r == 0)
			check_bytes(storm, &part);
	}
	dmaload_cache_put(cache, part.slot);
}

static void look(struct storm *storm)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };
	struct pollfd fd = { .events = POLLIN };
	uint64_t value;
	int r;

	r = dmaload_cache_stats(cache, &stats, NULL);
	EXPECT(storm, r == 0 && stats.slots == BUFFERS * SLOTS, r);
	fd.fd = dmaload_cache_fd(cache, NULL);
	EXPECT(storm, fd.fd >= 0, fd.fd);
	if (poll(&fd, 1, 0) == 1)
		(void)!read(fd.fd, &value, sizeof(value));
}

static void *rage(void *data)
{
	struct storm *storm = data;
	struct part hint;
	unsigned i;
	int r;

	for (i = 0; i < storm->rounds && !storm->wrong.what; i++) {
		switch (draw(storm, 16)) {
		case 0:
		case 1:
		case 2:
			begin(storm);
			break;
		case 3:
		case 4:
			hint = draw_part(storm);
			r = dmaload_cache_prefetch(cache, hint.file, hint.offset,
						   hint.length, NULL);
			EXPECT(storm, r == 0, r);
			break;
		case 5:
			look(storm);
			break;
		case 6:
			if (draw(storm, 30) == 0)
				dmaload_cache_drop(cache, draw(storm, 2) ?
						   whole : shrunk);
			break;
		default:
			get(storm);
			break;
		}
		while (storm->n_pins > draw(storm, PINS))
			put(storm, true);
	}
	while (storm->n_pins > 0)
		put(storm, true);
	return NULL;
}

static void open_shrunk(const char *path)
{
	const int fd = open(path, O_WRONLY);
	unsigned char *bytes = malloc((PARTS + 1) * SLOT);

	assert_true(fd >= 0 && bytes);
	pattern_fill(bytes, (PARTS + 1) * SLOT, 0);
	assert_int_equal(write(fd, bytes, (PARTS + 1) * SLOT),
			 (PARTS + 1) * SLOT);
	assert_int_equal(dmaload_file_open(&shrunk, path, NULL), 0);
	assert_int_equal(ftruncate(fd, PARTS / 2 * SLOT), 0);
	close(fd);
	free(bytes);
}

static unsigned rounds;
static struct storm storms[THREADS];

/* Evict slots, hit one, and fail to read one: a storm does these only by
 * chance. */
static void get_in_order(struct storm *storm)
{
	struct part part = { .file = whole, .length = SLOT / 2 };
	unsigned i;

	for (i = 0; i < PARTS && !storm->wrong.what; i++) {
		part.offset = i * SLOT;
		get_part(storm, part, DMALOAD_FOREVER);
		get_part(storm, part, DMALOAD_FOREVER);
		while (storm->n_pins > 0)
			put(storm, true);
	}
	part = (struct part){ .file = shrunk, .offset = (PARTS - 1) * SLOT,
			      .length = SLOT / 2 };
	get_part(storm, part, DMALOAD_FOREVER);
}

static void run_storms(void)
{
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		storms[i] = (struct storm){ .number = i, .rounds = rounds };
		assert_int_equal(pthread_create(&storms[i].thread, NULL, rage,
						&storms[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(storms[i].thread, NULL);
	get_in_order(&storms[0]);
	for (i = 0; i < THREADS; i++)
		if (storms[i].wrong.what)
			fail_msg("thread %u, line %d: %s, with %d", i,
				 storms[i].wrong.line, storms[i].wrong.what,
				 storms[i].wrong.code);
}

/* Wait until the last prefetch has ended. */
static struct dmaload_cache_stats stats_at_rest(void)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };

	do {
		assert_int_equal(dmaload_cache_stats(cache, &stats, NULL), 0);
	} while (stats.slots_loading > 0 ||
		 stats.loads + stats.failures <
		 stats.misses + stats.prefetches);
	return stats;
}

static void check_stats(void)
{
	const struct dmaload_cache_stats stats = stats_at_rest();
	uint64_t granted = 0, busy = 0, failed = 0;
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		granted += storms[i].granted;
		busy += storms[i].busy;
		failed += storms[i].failed;
	}
	assert_int_equal(stats.hits + stats.misses + stats.shared, granted);
	assert_int_equal(stats.refused, busy);
	assert_int_equal(stats.misses + stats.prefetches,
			 stats.loads + stats.failures);
	assert_int_equal(stats.slots_resident,
			 stats.loads - stats.evictions - stats.dropped);
	assert_int_equal(stats.slots_pinned, 0);
	assert_true(stats.hits > 0 && stats.misses > 0 && stats.evictions > 0);
	assert_true(failed > 0 && stats.failures > 0);
	print_message("%d hits, %d misses, %d shared, %d prefetches, %d refused\n",
		      (int)stats.hits, (int)stats.misses, (int)stats.shared,
		      (int)stats.prefetches, (int)stats.refused);
}

static void test_storm(void **state)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = SLOT,
		.slots_per_buffer = SLOTS,
		.buffers = BUFFERS,
		.source = place.source,
		.align = 32,
	};
	const char *path = alone_empty();
	const int fds = open_fds();
	struct dmaload_ctx *ctx;

	(void)state;
	open_shrunk(path);
	assert_int_equal(dmaload_file_open(&whole, pattern_path(FILE_BYTES),
					   NULL), 0);
	assert_int_equal(dmaload_ctx_create(&ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_cache_create(&cache, ctx, &config, NULL), 0);
	run_storms();
	check_stats();
	dmaload_cache_destroy(cache);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(whole);
	dmaload_file_close(shrunk);
	assert_int_equal(open_fds(), fds);
	alone_drop(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm) };

	if (argc < 2 || !place_from(argc - 1, argv))
		return 2;
	rounds = (unsigned)strtoul(argv[argc - 1], NULL, 0);
	return cmocka_run_group_tests_name("cache_storm", tests, NULL, NULL);
}

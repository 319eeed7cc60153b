/* SPDX-License-Identifier: MIT */
/*
 * Threads use two contexts by all calls, in a random order that depends on the
 * thread's number. Bytes are checked in buffers of the thread's own, where only
 * its loads write. Buffers that all threads share cause conflicts.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pattern.h"

#define THREADS 4

/* Make some random calls on a job, and destroy it. */
static void handle(struct storm *storm, struct dmaload_job *job, bool own)
{
	unsigned told = 0, steps = 1 + (unsigned)draw(storm, 6);
	uint32_t priority = 0;
	uint64_t done = 0;
	int r, fd;

	while (steps-- > 0) {
		switch (draw(storm, 5)) {
		case 0:
			expect_progress(storm, job, &done);
			break;
		case 1:
			take_told(storm, job, own, &told, &priority);
			break;
		case 2:
			fd = dmaload_job_fd(job, NULL);
			EXPECT(storm, fd >= 0, fd);
			if (is_readable(fd))
				take_told(storm, job, own, &told, &priority);
			break;
		case 3:
			dmaload_job_wait(job, (int64_t)draw(storm, 500000), NULL,
					 NULL);
			break;
		case 4:
			storm->canceled |= draw(storm, 4) == 0;
			if (storm->canceled)
				dmaload_job_cancel(job);
			break;
		}
	}
	if (draw(storm, 4) != 0) {
		r = dmaload_job_wait(job, DMALOAD_FOREVER, NULL, &storm->err);
		expect_result(storm, r);
		take_told(storm, job, own, &told, &priority);
		EXPECT(storm, r < 0 || told == (1u << storm->count) - 1, r);
		if (r == 0 && own)
			expect_all_loaded(storm);
	}
	dmaload_job_destroy(job);
}

static void load_in_background(struct storm *storm)
{
	const bool own = draw(storm, 2);
	const struct dmaload_options options = draw_options(storm);
	struct dmaload_job *job;
	int r;

	draw_ranges(storm, own);
	r = dmaload_submit(&job, draw_ctx(storm), DMALOAD_LOAD, storm->ranges,
			   storm->count, &options, NULL);
	EXPECT(storm, r == 0 || (r == -EBUSY && !own), r);
	storm->busy += r == -EBUSY;
	if (r == 0)
		handle(storm, job, own);
}

static void load_and_verify(struct storm *storm)
{
	const bool own = draw(storm, 2);
	const struct dmaload_options options = draw_options(storm);
	int r;

	draw_ranges(storm, own);
	r = dmaload_load(draw_ctx(storm), storm->ranges, storm->count, &options,
			 NULL, &storm->err);
	storm->busy += r == -EBUSY;
	if (r == -EBUSY && !own)
		return;
	expect_result(storm, r);
	if (r < 0 || !own)
		return;
	expect_all_loaded(storm);
	r = dmaload_verify(draw_ctx(storm), storm->ranges, storm->count, NULL,
			   NULL, NULL);
	EXPECT(storm, r == 0, r);
}

/* Load a range, and store it at the same place of another file. */
static void store(struct storm *storm)
{
	struct dmaload_options options;
	struct dmaload_range *range = storm->ranges;
	static __thread unsigned char back[MIB];
	struct dmaload_job *job;
	int r;

	draw_ranges(storm, true);
	storm->count = 1;
	r = dmaload_load(draw_ctx(storm), range, 1, NULL, NULL, &storm->err);
	EXPECT(storm, r == 0, r);
	range->file = storm->out;
	options = draw_options(storm);
	r = dmaload_submit(&job, draw_ctx(storm), DMALOAD_STORE, range, 1,
			   &options, NULL);
	EXPECT(storm, r == 0, r);
	if (r < 0)
		return;
	storm->canceled = draw(storm, 4) == 0;
	if (storm->canceled)
		dmaload_job_cancel(job);
	r = dmaload_job_wait(job, DMALOAD_FOREVER, NULL, &storm->err);
	expect_result(storm, r);
	dmaload_job_destroy(job);
	if (r < 0)
		return;
	r = (int)pread(storm->fd, back, range->length,
		       (off_t)range->file_offset);
	EXPECT(storm, (uint64_t)r == range->length, r);
	EXPECT(storm, pattern_differs(back, range->length,
				      range->file_offset) == range->length, 0);
}

static void *rage(void *data)
{
	struct storm *storm = data;
	unsigned i;

	for (i = 0; i < storm->rounds && !storm->wrong.what; i++) {
		/* While other threads load. */
		if (draw(storm, 4) == 0)
			EXPECT(storm, dmaload_ctx_trim(draw_ctx(storm)) == 0, 0);
		switch (draw(storm, 8)) {
		case 0:
			store(storm);
			break;
		case 1:
		case 2:
			load_and_verify(storm);
			break;
		default:
			load_in_background(storm);
			break;
		}
	}
	return NULL;
}

static const char *out_path(const struct storm *storm)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/storm-%u", place.dir, storm->number);
	return path;
}

static void storm_begin(struct storm *storm, const struct world *world,
			unsigned number, unsigned rounds)
{
	void *memory;

	*storm = (struct storm){ .world = world, .number = number,
				 .rounds = rounds };
	if (number % 2) {
		memory = malloc(BUFFER_BYTES);
		assert_non_null(memory);
		assert_int_equal(dmaload_buffer_from_memory(&storm->own, memory,
							    BUFFER_BYTES, NULL),
				 0);
	} else {
		assert_int_equal(dmaload_buffer_create(&storm->own, place.source,
						       BUFFER_BYTES, NULL), 0);
	}
	unlink(out_path(storm));
	assert_int_equal(dmaload_file_create(&storm->out, out_path(storm), 1,
					     NULL), 0);
	storm->fd = open(out_path(storm), O_RDONLY | O_CLOEXEC);
	assert_true(storm->fd >= 0);
	assert_int_equal(pthread_create(&storm->thread, NULL, rage, storm), 0);
}

static void storm_end(struct storm *storm)
{
	void *memory = dmaload_buffer_fd(storm->own) < 0 ?
		       dmaload_buffer_map(storm->own) : NULL;

	dmaload_buffer_destroy(storm->own);
	free(memory);
	dmaload_file_close(storm->out);
	close(storm->fd);
	unlink(out_path(storm));
}

/* Submit loads into both halves of the thread's own buffer, and destroy the
 * contexts meanwhile. */
static void submit_last(struct storm *storm, struct dmaload_job *last[2])
{
	size_t i;

	for (i = 0; i < 2; i++) {
		storm->ranges[i] = (struct dmaload_range){
			.file = storm->world->file[i],
			.file_offset = i * MIB + 1,
			.buffer = storm->own,
			.buffer_offset = i * BUFFER_BYTES / 2 + i,
			.length = BUFFER_BYTES / 2 - i,
		};
		last[i] = submit(storm->world->ctx[i], DMALOAD_LOAD,
				 &storm->ranges[i], 1, NULL);
	}
}

static void expect_last(struct storm *storm, struct dmaload_job *last[2])
{
	size_t i;
	int r;

	for (i = 0; i < 2; i++) {
		r = dmaload_job_wait(last[i], 0, NULL, NULL);
		EXPECT(storm, r == 0 || r == -ECANCELED, r);
		EXPECT(storm, r != 0 || is_loaded(storm, i), r);
		dmaload_job_destroy(last[i]);
	}
}

static unsigned rounds;

static void test_storm(void **state)
{
	struct dmaload_job *last[THREADS][2];
	static struct storm storms[THREADS];
	const int fds = open_fds();
	struct world world;
	unsigned i;

	(void)state;
	world_open(&world);
	for (i = 0; i < THREADS; i++)
		storm_begin(&storms[i], &world, i, rounds);
	for (i = 0; i < THREADS; i++)
		pthread_join(storms[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		submit_last(&storms[i], last[i]);
	world_close(&world);
	for (i = 0; i < THREADS; i++) {
		expect_last(&storms[i], last[i]);
		print_message("thread %u: %u done, %u stopped, %u busy\n", i,
			      storms[i].done, storms[i].stopped, storms[i].busy);
		if (storms[i].wrong.what)
			fail_msg("thread %u, line %d: %s, with %d; the last "
				 "failure was: %s", i, storms[i].wrong.line,
				 storms[i].wrong.what, storms[i].wrong.code,
				 storms[i].err.message);
		/* Jobs without a deadline end well; those whose deadline has
		 * passed do not. More than that is up to the machine. */
		assert_true(storms[i].done > 0 && storms[i].stopped > 0);
		storm_end(&storms[i]);
	}
	assert_int_equal(open_fds(), fds);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm) };

	if (argc < 2 || !place_from(argc - 1, argv))
		return 2;
	rounds = (unsigned)strtoul(argv[argc - 1], NULL, 0);
	return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads have many small jobs in flight in two contexts: loads, comparisons
 * and stores of 4 KiB to 1 MiB by all paths. Some are urgent, late, canceled,
 * or destroyed in flight.
 */
#include "swarm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 3

static void *swarm_about(void *data)
{
	struct swarm *swarm = data;
	struct lane *lane;
	unsigned i;

	for (i = 1; i <= swarm->rounds && !swarm->wrong.what; i++) {
		lane = &swarm->lanes[swarm_draw(swarm, LANES)];
		swarm_finish(swarm, lane);
		swarm_submit(swarm, lane);
		if (i % QUIET == 0)
			swarm_expect_all(swarm);
	}
	swarm_expect_all(swarm);
	/* These jobs are in flight when the contexts are destroyed. */
	for (i = 0; i < LANES; i++)
		swarm_submit(swarm, &swarm->lanes[i]);
	return NULL;
}

static const char *out_path(const struct swarm *swarm)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/swarm-%u", place.dir, swarm->number);
	return path;
}

static void swarm_begin(struct swarm *swarm, struct dmaload_ctx *const *ctx,
			unsigned number, unsigned rounds)
{
	unsigned i;

	*swarm = (struct swarm){ .ctx = ctx, .number = number, .rounds = rounds };
	swarm->memory = malloc(LANES / 2 * LANE_BYTES);
	assert_non_null(swarm->memory);
	assert_int_equal(dmaload_buffer_create(&swarm->buffers[0], place.source,
					       LANES / 2 * LANE_BYTES, NULL), 0);
	assert_int_equal(dmaload_buffer_from_memory(&swarm->buffers[1],
						    swarm->memory, LANES / 2 *
						    LANE_BYTES, NULL), 0);
	for (i = 0; i < LANES; i++)
		swarm->lanes[i] = (struct lane){
			.buffer = swarm->buffers[i % 2],
			.place = i / 2 * LANE_BYTES, .from = UNKNOWN,
		};
	assert_int_equal(dmaload_file_open(&swarm->file, pattern_path(MEDIUM),
					   NULL), 0);
	unlink(out_path(swarm));
	assert_int_equal(dmaload_file_create(&swarm->out, out_path(swarm), 1,
					     NULL), 0);
	swarm->fd = open(out_path(swarm), O_RDONLY | O_CLOEXEC);
	assert_true(swarm->fd >= 0);
	assert_int_equal(pthread_create(&swarm->thread, NULL, swarm_about, swarm),
			 0);
}

/* The contexts are destroyed, so all jobs have ended. */
static void swarm_end(struct swarm *swarm)
{
	unsigned i;

	for (i = 0; i < LANES; i++) {
		swarm->lanes[i].canceled = true;
		if (swarm->lanes[i].job)
			swarm_note_end(swarm, &swarm->lanes[i],
				   dmaload_job_wait(swarm->lanes[i].job, 0, NULL,
						    NULL));
		dmaload_job_destroy(swarm->lanes[i].job);
		swarm->lanes[i].job = NULL;
	}
	swarm_expect_all(swarm);
	for (i = 0; i < 2; i++)
		dmaload_buffer_destroy(swarm->buffers[i]);
	free(swarm->memory);
	dmaload_file_close(swarm->file);
	dmaload_file_close(swarm->out);
	close(swarm->fd);
	unlink(out_path(swarm));
}

static unsigned rounds;

static void test_swarm(void **state)
{
	const struct dmaload_config small = {
		.size = sizeof(small), .chunk_bytes = 65536, .queue_depth = 4,
	};
	static struct swarm swarms[THREADS];
	const int fds = open_fds();
	struct dmaload_ctx *ctx[2];
	unsigned i;

	(void)state;
	assert_int_equal(dmaload_ctx_create(&ctx[0], NULL, NULL), 0);
	assert_int_equal(dmaload_ctx_create(&ctx[1], &small, NULL), 0);
	for (i = 0; i < THREADS; i++)
		swarm_begin(&swarms[i], ctx, i, rounds);
	for (i = 0; i < THREADS; i++)
		pthread_join(swarms[i].thread, NULL);
	for (i = 0; i < 2; i++)
		dmaload_ctx_destroy(ctx[i]);
	for (i = 0; i < THREADS; i++) {
		swarm_end(&swarms[i]);
		print_message("thread %u: %u done, %u stopped\n", i,
			      swarms[i].done, swarms[i].stopped);
		if (swarms[i].wrong.what)
			fail_msg("thread %u, line %d: %s, with %d; the last "
				 "failure was: %s", i, swarms[i].wrong.line,
				 swarms[i].wrong.what, swarms[i].wrong.code,
				 swarms[i].err.message);
		/* Jobs without a deadline end well; those whose deadline has
		 * passed do not. More than that is up to the machine. */
		assert_true(swarms[i].done > 0 && swarms[i].stopped > 0);
	}
	assert_int_equal(open_fds(), fds);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_swarm) };

	if (argc < 2 || !place_from(argc - 1, argv))
		return 2;
	rounds = (unsigned)strtoul(argv[argc - 1], NULL, 0);
	return cmocka_run_group_tests_name("swarm", tests, NULL, NULL);
}

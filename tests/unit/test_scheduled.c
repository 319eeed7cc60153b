/* SPDX-License-Identifier: MIT */
/*
 * Many jobs on the model of the kernel, whose threads run one at a time, in an
 * order that a seed chooses: see schedule.h. A deadlock ends the test, and so do
 * brackets of both directions that are open at the same time: where caches are
 * not coherent, START for reading discards what the CPU has not written back.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "lanes.h"
#include "schedule.h"

#define THREADS 3
/* The lanes of each thread. */
#define LANES (LANES_MAX / THREADS)
/* Operations of a thread. */
#define STEPS 24

struct thread_test {
	pthread_t thread;
	struct lane lanes[LANES];
};

static void have_done(struct lane *lane, int r)
{
	FUZZ_CHECK(r == 0);
	if (lane->operation == DMALOAD_LOAD)
		lane->from = lane->next;
	lane_check(lane, 0);
}

static void finish(struct lane *lane)
{
	if (!lane->job)
		return;
	have_done(lane, dmaload_job_wait(lane->job, DMALOAD_FOREVER, NULL, NULL));
	dmaload_job_destroy(lane->job);
	lane->job = NULL;
}

static void step(struct lane *lane)
{
	struct dmaload_ctx *ctx = lanes.contexts[schedule_draw(LANES_CONTEXTS)];
	const struct dmaload_options options = lane_options();
	struct dmaload_range range;

	finish(lane);
	range = lane_draw(lane, 0);
	if (schedule_draw(2))
		FUZZ_CHECK(dmaload_submit(&lane->job, ctx, lane->operation, &range,
					  1, &options, NULL) == 0);
	else
		have_done(lane, (lane->operation == DMALOAD_LOAD ? dmaload_load :
				 lane->operation == DMALOAD_STORE ? dmaload_store :
				 dmaload_verify)(ctx, &range, 1, &options, NULL,
						 NULL));
}

static void *use(void *arg)
{
	struct thread_test *test = arg;
	unsigned i;

	for (i = 0; i < STEPS; i++)
		step(&test->lanes[schedule_draw(LANES)]);
	for (i = 0; i < LANES; i++)
		finish(&test->lanes[i]);
	return NULL;
}

/* Several threads load into, compare and store parts of one dma-buf by several
 * contexts: no byte is lost. */
static void *share_dma_buf(void *seed)
{
	static struct thread_test tests[THREADS];
	unsigned i, k;

	lanes_make(*(uint64_t *)seed);
	for (i = 0; i < THREADS; i++) {
		for (k = 0; k < LANES; k++)
			tests[i].lanes[k] = (struct lane){
				.number = i * LANES + k, .from = UINT64_MAX,
			};
		FUZZ_CHECK(pthread_create(&tests[i].thread, NULL, use,
					  &tests[i]) == 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(tests[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		for (k = 0; k < LANES; k++)
			if (tests[i].lanes[k].from != UINT64_MAX)
				lane_check(&tests[i].lanes[k], 0);
	lanes_drop();
	return NULL;
}

/* A lane's jobs, all submitted before the first has ended. */
struct history {
	struct lane lanes[LANE_JOBS];
	uint64_t from;
};

static void submit_next(struct history *history, unsigned number, unsigned n)
{
	const struct dmaload_options options = lane_options();
	struct lane *lane = &history->lanes[n];
	struct dmaload_range range;

	*lane = (struct lane){ .number = number, .from = history->from };
	range = lane_draw(lane, n);
	FUZZ_CHECK(dmaload_submit(&lane->job, lanes.scene.ctx, lane->operation,
				  &range, 1, &options, NULL) == 0);
	if (lane->operation == DMALOAD_LOAD)
		history->from = lane->next;
	lane->from = history->from;
}

/* Jobs that are in each other's way go on in the order in which they came, whatever is
 * urgent: what is stored is what the last load before it has brought. */
static void *keep_order(void *seed)
{
	static struct history histories[LANES];
	struct lane *lane;
	unsigned i, n;

	lanes_make(*(uint64_t *)seed);
	for (i = 0; i < LANES; i++)
		histories[i].from = UINT64_MAX;
	for (n = 0; n < LANE_JOBS; n++)
		for (i = 0; i < LANES; i++)
			submit_next(&histories[i], i, n);
	for (i = 0; i < LANES; i++) {
		for (n = 0; n < LANE_JOBS; n++) {
			lane = &histories[i].lanes[n];
			FUZZ_CHECK(dmaload_job_wait(lane->job, DMALOAD_FOREVER,
						    NULL, NULL) == 0);
			dmaload_job_destroy(lane->job);
		}
		lane_check(lane, n - 1);
		for (n = 0; n < LANE_JOBS; n++)
			if (histories[i].lanes[n].operation == DMALOAD_STORE)
				FUZZ_CHECK(memcmp(lanes.scene.nodes[1]->bytes +
						  lane_out(lane, n),
						  lanes.scene.nodes[0]->bytes +
						  histories[i].lanes[n].from,
						  LANE_BYTES) == 0);
	}
	lanes_drop();
	return NULL;
}

/* Chunks of an urgent job, and of the ordinary one. */
#define URGENT_CHUNKS 10
#define CHUNKS 8

static struct dmaload_job *submit_urgent(unsigned n)
{
	const uint64_t length = URGENT_CHUNKS * 4096;
	const struct dmaload_options options = {
		.size = sizeof(options), .flags = DMALOAD_URGENT,
	};
	const struct dmaload_range range =
		scene_range(&lanes.scene, 0, n * length, 0, n * length, length);
	struct dmaload_job *job;

	FUZZ_CHECK(dmaload_submit(&job, lanes.scene.ctx, DMALOAD_LOAD, &range, 1,
				  &options, NULL) == 0);
	return job;
}

/* Urgent jobs always want all slots, and yet an ordinary one gets a slot after
 * 16 of theirs. */
static void *starve(void *seed)
{
	enum { URGENT = 4, BEHIND = URGENT * URGENT_CHUNKS * 4096 };
	struct dmaload_job *urgent[URGENT], *ordinary;
	struct dmaload_range range;
	unsigned i, ended = 0;

	lanes_make(*(uint64_t *)seed);
	range = scene_range(&lanes.scene, 0, 0, 0, BEHIND, CHUNKS * 4096);
	for (i = 0; i < URGENT; i++)
		urgent[i] = submit_urgent(i);
	FUZZ_CHECK(dmaload_submit(&ordinary, lanes.scene.ctx, DMALOAD_LOAD,
				  &range, 1, NULL, NULL) == 0);
	for (; dmaload_job_wait(ordinary, 0, NULL, NULL) == -EINPROGRESS; ended++) {
		i = ended % URGENT;
		FUZZ_CHECK(dmaload_job_wait(urgent[i], DMALOAD_FOREVER, NULL,
					    NULL) == 0);
		dmaload_job_destroy(urgent[i]);
		urgent[i] = submit_urgent(i);
	}
	FUZZ_CHECK(ended <= 16 * CHUNKS / URGENT_CHUNKS + 2 * URGENT);
	FUZZ_CHECK(memcmp(lanes.scene.views[0] + BEHIND, lanes.scene.nodes[0]->bytes,
			  CHUNKS * 4096) == 0);
	for (i = 0; i < URGENT; i++) {
		FUZZ_CHECK(dmaload_job_wait(urgent[i], DMALOAD_FOREVER, NULL,
					    NULL) == 0);
		dmaload_job_destroy(urgent[i]);
	}
	dmaload_job_destroy(ordinary);
	lanes_drop();
	return NULL;
}

static void for_all_seeds(void *(*run)(void *), uint64_t seeds)
{
	uint64_t seed;

	for (seed = 1; seed <= seeds; seed++)
		schedule_run(run, &seed);
}

static void a_dma_buf_of_several_contexts(void **state)
{
	(void)state;
	for_all_seeds(share_dma_buf, 300);
}

static void the_order_of_conflicts(void **state)
{
	(void)state;
	for_all_seeds(keep_order, 300);
}

static void nobody_starves(void **state)
{
	(void)state;
	for_all_seeds(starve, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_dma_buf_of_several_contexts),
		SCENE_TEST(the_order_of_conflicts),
		SCENE_TEST(nobody_starves),
	};

	return cmocka_run_group_tests_name("scheduled", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Many jobs on the model of the kernel, whose threads run one at a time, in an order that a
 * seed chooses: see schedule.h. All threads that wait for each other end the test, and so
 * do brackets of both directions that are open at the same time: where caches are not
 * coherent, START for reading throws away what the CPU has not written back.
 */
#include <errno.h>
#include <string.h>

#include "context/ctx.h"
#include "scene.h"
#include "fuzz.h"
#include "schedule.h"

#define CONTEXTS 3
#define THREADS 3
/* Parts of a dma-buf; each thread has as many of its own. */
#define LANES 4
#define LANE 8192u
/* Operations of a thread, and of a lane. */
#define STEPS 24
#define ORDERS 6

#define FILE_BYTES (256u << 10)

/* A part of the dma-buf: its expected bytes, and the operation that is under way. */
struct lane {
	unsigned number;
	/* Where its bytes come from; UINT64_MAX: nowhere yet. */
	uint64_t from;
	struct dmaload_job *job;
	enum dmaload_operation operation;
	uint64_t next;
};

struct thread_test {
	pthread_t thread;
	struct lane lanes[LANES];
};

static struct scene scene;
static struct dmaload_ctx *contexts[CONTEXTS];

static void make(uint64_t seed)
{
	static const char *const kinds[] = { "pfnmap", "heap", "foreign" };
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 4096, .queue_depth = 3,
	};
	unsigned i;

	fake_reset();
	schedule_seed(seed);
	fake.seed = seed * 7919 + 1;
	fake.order = (enum fake_order)(seed % 3);
	scene_make_empty(&scene, 4096, 3);
	scene_add_file(&scene, FILE_BYTES, 0);
	scene_add_file(&scene, 0, 0);
	scene_add_buffer(&scene, kinds[seed % 3], 2 * THREADS * LANES * LANE);
	contexts[0] = scene.ctx;
	for (i = 1; i < CONTEXTS; i++)
		FUZZ_CHECK(dmaload_ctx_create(&contexts[i], &config, NULL) == 0);
}

/* Each slot is free, and nobody waits for one. */
static void check_free(struct dmaload_ctx *ctx)
{
	FUZZ_CHECK(ctx->engine.budget.slots == 0);
	FUZZ_CHECK(ctx->engine.budget.bytes == 0);
	FUZZ_CHECK(!ctx->engine.budget.waiting);
	FUZZ_CHECK(ctx->engine.pool.in_use == 0);
	FUZZ_CHECK(ctx->engine.loads == 0);
}

static void drop(void)
{
	unsigned i;

	for (i = 0; i < CONTEXTS; i++)
		check_free(contexts[i]);
	for (i = 1; i < CONTEXTS; i++)
		dmaload_ctx_destroy(contexts[i]);
	scene_drop(&scene);
	fake_check_balanced();
	fake_reset();
}

/* The lane's place in the file that is stored to, of the operation number n. */
static uint64_t out_at(const struct lane *lane, unsigned n)
{
	return ((uint64_t)lane->number * ORDERS + n) * LANE;
}

static const unsigned char *view_of(const struct lane *lane)
{
	return scene.views[0] + lane->number * LANE;
}

/* Draw the next operation. Only bytes that are there are compared or stored. */
static struct dmaload_range draw(struct lane *lane, unsigned n)
{
	struct dmaload_range range = scene_range(&scene, 0, 0, 0,
						 lane->number * LANE, LANE);

	lane->operation = lane->from == UINT64_MAX ? DMALOAD_LOAD :
			  (enum dmaload_operation)schedule_draw(3);
	lane->next = schedule_draw(FILE_BYTES - LANE);
	if (schedule_draw(2))
		lane->next -= lane->next % 4096;
	range.file_offset = lane->operation == DMALOAD_LOAD ? lane->next :
							      lane->from;
	if (lane->operation == DMALOAD_STORE) {
		range.file = scene.files[1];
		range.file_offset = out_at(lane, n);
	}
	return range;
}

static struct dmaload_options draw_options(void)
{
	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options),
		.flags = schedule_draw(3) ? 0 : DMALOAD_URGENT,
	};
}

static void check_lane(const struct lane *lane, unsigned n)
{
	const unsigned char *bytes = scene.nodes[0]->bytes + lane->from;

	FUZZ_CHECK(memcmp(view_of(lane), bytes, LANE) == 0);
	if (lane->operation == DMALOAD_STORE)
		FUZZ_CHECK(memcmp(scene.nodes[1]->bytes + out_at(lane, n), bytes,
				  LANE) == 0);
}

static void have_done(struct lane *lane, int r)
{
	FUZZ_CHECK(r == 0);
	if (lane->operation == DMALOAD_LOAD)
		lane->from = lane->next;
	check_lane(lane, 0);
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
	struct dmaload_ctx *ctx = contexts[schedule_draw(CONTEXTS)];
	const struct dmaload_options options = draw_options();
	struct dmaload_range range;

	finish(lane);
	range = draw(lane, 0);
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

/* Several threads load into, compare and store parts of one dma-buf by several contexts: no
 * byte is lost. */
static void *share_dma_buf(void *seed)
{
	static struct thread_test tests[THREADS];
	unsigned i, k;

	make(*(uint64_t *)seed);
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
				check_lane(&tests[i].lanes[k], 0);
	drop();
	return NULL;
}

/* A lane's jobs, all submitted before the first has ended. */
struct history {
	struct lane lanes[ORDERS];
	uint64_t from;
};

static void submit_next(struct history *history, unsigned number, unsigned n)
{
	const struct dmaload_options options = draw_options();
	struct lane *lane = &history->lanes[n];
	struct dmaload_range range;

	*lane = (struct lane){ .number = number, .from = history->from };
	range = draw(lane, n);
	FUZZ_CHECK(dmaload_submit(&lane->job, scene.ctx, lane->operation, &range,
				  1, &options, NULL) == 0);
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

	make(*(uint64_t *)seed);
	for (i = 0; i < LANES; i++)
		histories[i].from = UINT64_MAX;
	for (n = 0; n < ORDERS; n++)
		for (i = 0; i < LANES; i++)
			submit_next(&histories[i], i, n);
	for (i = 0; i < LANES; i++) {
		for (n = 0; n < ORDERS; n++) {
			lane = &histories[i].lanes[n];
			FUZZ_CHECK(dmaload_job_wait(lane->job, DMALOAD_FOREVER,
						    NULL, NULL) == 0);
			dmaload_job_destroy(lane->job);
		}
		check_lane(lane, n - 1);
		for (n = 0; n < ORDERS; n++)
			if (histories[i].lanes[n].operation == DMALOAD_STORE)
				FUZZ_CHECK(memcmp(scene.nodes[1]->bytes +
						  out_at(lane, n),
						  scene.nodes[0]->bytes +
						  histories[i].lanes[n].from,
						  LANE) == 0);
	}
	drop();
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
		scene_range(&scene, 0, n * length, 0, n * length, length);
	struct dmaload_job *job;

	FUZZ_CHECK(dmaload_submit(&job, scene.ctx, DMALOAD_LOAD, &range, 1,
				  &options, NULL) == 0);
	return job;
}

/* Urgent jobs always want all slots, and yet an ordinary one gets a slot after 16 of theirs. */
static void *starve(void *seed)
{
	enum { URGENT = 4, BEHIND = URGENT * URGENT_CHUNKS * 4096 };
	struct dmaload_job *urgent[URGENT], *ordinary;
	struct dmaload_range range;
	unsigned i, ended = 0;

	make(*(uint64_t *)seed);
	range = scene_range(&scene, 0, 0, 0, BEHIND, CHUNKS * 4096);
	for (i = 0; i < URGENT; i++)
		urgent[i] = submit_urgent(i);
	FUZZ_CHECK(dmaload_submit(&ordinary, scene.ctx, DMALOAD_LOAD, &range, 1,
				  NULL, NULL) == 0);
	for (; dmaload_job_wait(ordinary, 0, NULL, NULL) == -EINPROGRESS; ended++) {
		i = ended % URGENT;
		FUZZ_CHECK(dmaload_job_wait(urgent[i], DMALOAD_FOREVER, NULL,
					    NULL) == 0);
		dmaload_job_destroy(urgent[i]);
		urgent[i] = submit_urgent(i);
	}
	FUZZ_CHECK(ended <= 16 * CHUNKS / URGENT_CHUNKS + 2 * URGENT);
	FUZZ_CHECK(memcmp(scene.views[0] + BEHIND, scene.nodes[0]->bytes,
			  CHUNKS * 4096) == 0);
	for (i = 0; i < URGENT; i++) {
		FUZZ_CHECK(dmaload_job_wait(urgent[i], DMALOAD_FOREVER, NULL,
					    NULL) == 0);
		dmaload_job_destroy(urgent[i]);
	}
	dmaload_job_destroy(ordinary);
	drop();
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

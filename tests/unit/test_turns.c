/* SPDX-License-Identifier: MIT */
/* The turns of jobs that one thread does, and their ends. */
#include <errno.h>
#include <string.h>

#include <dmaload/events.h>

#include "gate.h"

#define JOBS 60
#define CHUNK 4096
/* The first ones, and their chunks, if they are longer than the others. */
#define EARLY 20
#define LONG 8

struct many {
	struct scene scene;
	struct gate gate;
	struct dmaload_options gated;
	struct dmaload_job *first;
	struct dmaload_job *jobs[JOBS];
};

/* A job at the gate that has the bytes which others will want: they begin together when it
 * has ended. */
static void hold(struct many *many, uint64_t bytes, uint32_t depth)
{
	struct scene *scene = &many->scene;
	struct dmaload_range range;

	memset(many, 0, sizeof(*many));
	scene_make_empty(scene, CHUNK, depth);
	scene_add_file(scene, JOBS * bytes, 0);
	scene_add_buffer(scene, "memfd", JOBS * bytes);
	scene_fill(scene);
	gate_make(&many->gate, &many->gated);
	range = scene_range(scene, 0, 0, 0, 0, JOBS * bytes);
	many->first = gate_submit(scene, DMALOAD_LOAD, &range, 1, &many->gated);
	gate_wait(&many->gate);
}

static void let_go(struct many *many)
{
	dmaload_job_destroy(many->first);
	gate_destroy(&many->gate);
	scene_drop(&many->scene);
	fake_check_balanced();
	fake_reset();
}

static void make(struct many *many, uint64_t bytes, uint32_t depth)
{
	struct dmaload_range range;
	unsigned i;

	hold(many, bytes, depth);
	for (i = 0; i < JOBS; i++) {
		range = scene_range(&many->scene, 0, i * bytes, 0, i * bytes, bytes);
		many->jobs[i] = gate_submit(&many->scene, DMALOAD_LOAD, &range, 1,
					    NULL);
	}
}

static void drop(struct many *many)
{
	struct dmaload_range range = scene_range(&many->scene, 0, 0, 0, 0,
		dmaload_buffer_size(many->scene.buffers[0]));
	unsigned i;

	for (i = 0; i < JOBS; i++) {
		assert_int_equal(dmaload_job_wait(many->jobs[i], DMALOAD_FOREVER,
						  NULL, NULL), 0);
		dmaload_job_destroy(many->jobs[i]);
	}
	scene_check_ranges(&many->scene, &range, 1, true);
	let_go(many);
}

/* All of them have something to do all the time. Those that come later and are shorter end
 * before the first ones, as none has a turn before each of the others has had one. */
static void everybody_has_a_turn(void **state)
{
	const uint64_t longest = LONG * CHUNK;
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_event event = { .size = sizeof(event) };
	struct dmaload_events *events;
	struct dmaload_range range;
	struct many many;
	unsigned i, kind;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		hold(&many, longest, 4);
		fake_cache(many.scene.nodes[0], 0, JOBS * longest);
		assert_int_equal(dmaload_events_create(&events, many.scene.ctx,
						       NULL), 0);
		options.events = events;
		options.flags = kind == 0 ? 0 : DMALOAD_URGENT;
		for (i = 0; i < JOBS; i++) {
			range = scene_range(&many.scene, 0, i * longest, 0,
					    i * longest, i < EARLY ? longest :
								     2 * CHUNK);
			options.user_data = i;
			assert_int_equal(dmaload_submit(NULL, many.scene.ctx,
							DMALOAD_LOAD, &range, 1,
							&options, NULL), 0);
		}
		gate_open(&many.gate);
		for (i = 0; i < JOBS; i++) {
			assert_int_equal(dmaload_events_next(events,
				DMALOAD_FOREVER, &event, NULL, NULL), 0);
			assert_int_equal(event.result, 0);
			assert_int_equal(event.user_data < EARLY,
					 i >= JOBS - EARLY);
		}
		dmaload_events_destroy(events);
		let_go(&many);
	}
}

/* They arrive together, one by one, and in any order. */
static void all_that_arrive_end(void **state)
{
	static const unsigned batches[] = { 64, 1, 7 };
	struct many many;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		fake.batch = batches[i % 3];
		fake.order = (enum fake_order)(i / 3 % 3);
		fake.seed = i + 1;
		make(&many, i < 6 ? CHUNK : 3 * CHUNK, i % 2 ? 64 : 3);
		gate_open(&many.gate);
		drop(&many);
	}
}

/* One fails, or is canceled, among others that go on. */
static void others_go_on(void **state)
{
	struct dmaload_error err;
	struct many many;
	unsigned i, n;
	int r;

	(void)state;
	for (i = 0; i < 2; i++) {
		fake.batch = 64;
		make(&many, 2 * CHUNK, 64);
		gate_open(&many.gate);
		assert_int_equal(dmaload_job_wait(many.first, DMALOAD_FOREVER, NULL,
						  NULL), 0);
		if (i == 0)
			fake_fail_calls(FAKE_READ, 60, 1, -EIO);
		for (n = 0; i == 1 && n < JOBS; n += 7)
			dmaload_job_cancel(many.jobs[n]);
		for (n = 0; n < JOBS; n++) {
			r = dmaload_job_wait(many.jobs[n], DMALOAD_FOREVER, NULL,
					     &err);
			if (r != 0)
				assert_int_equal(r, i == 0 ? -EIO : -ECANCELED);
			dmaload_job_destroy(many.jobs[n]);
		}
		fake_check_quiet();
		let_go(&many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(everybody_has_a_turn),
		SCENE_TEST(all_that_arrive_end),
		SCENE_TEST(others_go_on),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Every system call of a whole life, from opening the file to closing it, fails
 * once, with every code that is plausible for it. The library either recovers or
 * says why not; nothing is left over; and the next life goes well.
 *
 *   test_sweep [STEP]
 *
 * STEP: only each STEPth call, for slow machines.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "lives.h"
#include "shown.h"

#define BIT(path) DMALOAD_ALLOW_ ## path

static const struct life lives[] = {
	{ .name = "direct into memfd", .source = "memfd", .buffer_offset = 188 },
	{ .name = "direct into foreign", .source = "foreign", .block = 4096,
	  .buffer_offset = 700 },
	{ .name = "bounce into heap", .pfnmap = true, .buffer_offset = 3 },
	{ .name = "bounce on an old kernel", .pfnmap = true, .depth = 1,
	  .no_cachestat = true, .cached = true },
	{ .name = "buffered into foreign", .source = "foreign",
	  .direct_error = -EINVAL, .cached = true, .read_most = 3000,
	  .buffer_offset = 3 },
	{ .name = "refused by the file system", .pfnmap = true,
	  .direct_read_error = -EINVAL },
	{ .name = "silently buffered", .source = "memfd",
	  .silently_buffered = true, .cached = true, .buffer_offset = 188 },
	{ .name = "without /proc", .pfnmap = true, .no_proc = true,
	  .cached = true },
	{ .name = "verify by bounce", .pfnmap = true, .verifies = true,
	  .cached = true },
	{ .name = "verify buffered", .source = "memfd", .verifies = true,
	  .direct_error = -EINVAL, .buffer_offset = 5 },
	{ .name = "direct into udmabuf", .source = "udmabuf",
	  .buffer_offset = 188 },
	{ .name = "bounce into udmabuf", .source = "udmabuf",
	  .buffer_offset = 3 },
	{ .name = "three loads of a context", .pfnmap = true, .cached = true,
	  .buffer_offset = 3, .again = 2 },
	{ .name = "three comparisons of a context", .pfnmap = true,
	  .verifies = true, .again = 2 },
	{ .name = "a whole file into a heap", .whole = true, .pfnmap = true,
	  .cached = true },
	{ .name = "a whole file into a udmabuf", .whole = true,
	  .source = "udmabuf" },

	{ .name = "ranges, one file buffered", .live = live_many,
	  .source = "system", .pfnmap = true, .direct_refused = true },
	{ .name = "ranges, some cached", .live = live_many, .source = "system",
	  .cached = true },
	{ .name = "ranges, on an old kernel", .live = live_many,
	  .source = "memfd", .cached = true, .no_cachestat = true },
	{ .name = "ranges, buffered", .live = live_many, .source = "system",
	  .paths = BIT(BUFFERED), .cached = true, .reads_pin = true,
	  .pfnmap = true },
	{ .name = "a job that bounces", .live = live_job, .source = "system",
	  .pfnmap = true, .cached = true },
	{ .name = "a job, one file buffered", .live = live_job,
	  .source = "memfd", .direct_refused = true },
	{ .name = "three jobs of a context", .live = live_job,
	  .source = "system", .pfnmap = true, .again = 2 },
	{ .name = "three times ranges of a context", .live = live_many,
	  .source = "memfd", .cached = true, .again = 2 },
	{ .name = "a direct store", .live = live_store, .source = "memfd" },
	{ .name = "a store by bounce", .live = live_store, .source = "system",
	  .paths = BIT(BOUNCE), .pfnmap = true, .no_allocate = true },
	{ .name = "a buffered store", .live = live_store, .source = "system",
	  .paths = BIT(BUFFERED), .pfnmap = true, .reads_pin = true },
	{ .name = "a stream into a heap", .live = live_stream,
	  .source = "system", .pfnmap = true, .reads_pin = true },
	{ .name = "a stream into memfd", .live = live_stream,
	  .source = "memfd" },
	{ .name = "a stream that grows", .live = live_growth,
	  .source = "system", .pfnmap = true },
	{ .name = "ranges, without a context", .live = live_many,
	  .source = "memfd", .cached = true, .no_ctx = true },
	{ .name = "a stream that grows, without a context",
	  .live = live_growth, .source = "system", .pfnmap = true,
	  .no_ctx = true },

	{ .name = "a transform by bounce", .transforms = true, .source = "system",
	  .pfnmap = true, .cached = true },
	{ .name = "a transform into a udmabuf, with threads", .transforms = true,
	  .source = "udmabuf", .engine = DMALOAD_ENGINE_THREADS },
	{ .name = "a transform in order, with threads", .transforms = true,
	  .flags = DMALOAD_PIECES_IN_ORDER, .cached = true, .engine = DMALOAD_ENGINE_THREADS },
	{ .name = "a transform without a buffer", .transforms = true, .again = 1 },
	{ .name = "a buffered transform", .transforms = true, .source = "memfd",
	  .paths = BIT(BUFFERED), .cached = true },
	{ .name = "a buffered transform in order", .transforms = true,
	  .flags = DMALOAD_PIECES_IN_ORDER, .direct_read_error = -EINVAL },
	{ .name = "a transform of a stream", .transforms = true,
	  .source = "system", .stream = true },
	{ .name = "a transform of a stream without a buffer", .transforms = true,
	  .stream = true, .as_job = true },
	{ .name = "a transform as a job, in order", .transforms = true,
	  .source = "system", .pfnmap = true, .as_job = true, .flags = DMALOAD_PIECES_IN_ORDER },
	{ .name = "a transform as a job with threads", .transforms = true,
	  .as_job = true, .engine = DMALOAD_ENGINE_THREADS },
	{ .name = "a transform of several pieces at once", .transforms = true,
	  .source = "system", .pfnmap = true, .cached = true,
	  .flags = DMALOAD_PIECES_AT_ONCE },
	{ .name = "a transform of bytes that are copied, too", .transforms = true,
	  .source = "system", .pfnmap = true, .cached = true,
	  .flags = DMALOAD_PIECES_COPIED | DMALOAD_PIECES_IN_ORDER },
	{ .name = "the same as a job with threads", .transforms = true,
	  .source = "memfd", .as_job = true, .engine = DMALOAD_ENGINE_THREADS,
	  .flags = DMALOAD_PIECES_COPIED | DMALOAD_PIECES_AT_ONCE },
};

static unsigned step = 1;

/* The lives of a kind are neighbours. */
enum { LIVES = sizeof(lives) / sizeof(lives[0]), KINDS = 3 };

static const struct life_kind *kind_of(const struct life *life)
{
	if (life->transforms)
		return &lives_transform;
	return life->live ? &lives_many : &lives_one;
}

static void check_result(const struct dmaload_error *err, const char *call,
			 unsigned n, int r)
{
	const bool says = err->code != 0 || err->message[0];

	if (r > 0)
		fail_msg("call %u, %s: %d is returned", n, call, r);
	if (r == 0 && says)
		fail_msg("call %u, %s: a success that says \"%s\"", n, call,
			 err->message);
	if (r < 0 && (err->code != r || !err->message[0]))
		fail_msg("call %u, %s: %d is returned, and err says %d, \"%s\"",
			 n, call, r, err->code, err->message);
	if (r < 0 && !is_shown(err->message))
		fail_msg("call %u, %s: a terminal would not only show \"%s\"", n,
			 call, err->message);
}

/* A life in which calls fail, and one after it in which none does. Return the call
 * that failed last, if one did. */
static const char *live_twice(const struct life *life, unsigned n)
{
	const struct life_kind *kind = kind_of(life);
	struct dmaload_error err;
	const char *call;
	int r;

	r = kind->live(life, &err);
	call = fake_failed();
	fake_fail_nothing();
	check_result(&err, call ? call : "none", n, r);
	r = kind->live(life, &err);
	if (r != 0)
		fail_msg("after call %u, %s: %s", n, call, err.message);
	check_result(&err, "none", n, r);
	return call;
}

/* Return whether there was such a call, and such a code. */
static bool fail_one(const struct life *life, unsigned n, unsigned variant)
{
	const struct life_kind *kind = kind_of(life);
	const char *call;

	kind->make(life);
	fake_fail_nth(n, variant);
	call = live_twice(life, n);
	assert_true(kind->kept(life));
	kind->end();
	return call != NULL;
}

static void every_call_fails_once(void **state)
{
	const struct life *life = *state;
	unsigned n, variant;

	for (n = 1;; n += step) {
		for (variant = 0; fail_one(life, n, variant); variant++)
			;
		/* Not even a first code: there is no call number n. */
		if (variant == 0)
			break;
	}
	/* A life that makes no calls would prove nothing. */
	assert_true(n > 20);
}

/* Failures seldom come alone. The state is the first life of a kind. */
static void storms(void **state)
{
	const struct life *first = *state, *life;
	unsigned seed, n = 1;

	while (first + n < lives + LIVES && kind_of(first + n) == kind_of(first))
		n++;
	for (seed = 1; seed <= 1500; seed += step) {
		life = first + seed % n;
		kind_of(life)->make(life);
		fake.seed = seed * 7919;
		fake.order = FAKE_RANDOM;
		fake_fail_at_random(5 + seed % 40);
		live_twice(life, seed);
		kind_of(life)->end();
	}
}

/* The state is not written to. */
static struct CMUnitTest test_of(const char *name, CMUnitTestFunction run,
				 const struct life *life)
{
	return (struct CMUnitTest){
		.name = name,
		.test_func = run,
		.setup_func = fake_setup,
		.teardown_func = fake_teardown,
		.initial_state = (void *)(uintptr_t)life,
	};
}

int main(int argc, char **argv)
{
	static const char *const names[KINDS] = {
		"storms", "storms of many", "storms of transforms",
	};
	struct CMUnitTest tests[LIVES + KINDS];
	size_t i, kind = 0;

	if (argc > 1 && atoi(argv[1]) > 1)
		step = (unsigned)atoi(argv[1]);
	for (i = 0; i < LIVES; i++) {
		tests[i] = test_of(lives[i].name, every_call_fails_once,
				   &lives[i]);
		if (i > 0 && kind_of(&lives[i]) == kind_of(&lives[i - 1]))
			continue;
		assert_true(kind < KINDS);
		tests[LIVES + kind] = test_of(names[kind], storms, &lives[i]);
		kind++;
	}
	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}

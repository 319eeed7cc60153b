/* SPDX-License-Identifier: MIT */
/* Several udmabufs of one part of a file: each is made by a thread while a load reads,
 * and any of them may fail. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer/buffer.h"
#include "spreads.h"

/* Buffers of 1 MiB whose threads have not run yet. */
static void make_late(struct spread *one, uint64_t buffers)
{
	fake_add_udmabuf();
	fake.udmabuf_limit = "1\n";
	fake.threads_late = true;
	spread_make(one, buffers * MIB);
	assert_int_equal(spread_out(one, "udmabuf", 0, DMALOAD_TO_END, 0), 0);
}

/* A wait for one of them waits for those before it, and for no other. */
static void made_one_after_the_other(void **state)
{
	const struct dmaload_range *ranges;
	struct spread one;

	(void)state;
	make_late(&one, 4);
	ranges = dmaload_spread_ranges(one.spread);
	assert_int_equal(dmaload_buffer_wait(ranges[1].buffer, NULL), 0);
	assert_true(buffer_is_made(ranges[0].buffer));
	assert_false(buffer_is_made(ranges[2].buffer));
	assert_int_equal(fake_count(FAKE_UDMABUF), 2);
	spread_load_all(&one, 0);
	assert_int_equal(fake_count(FAKE_UDMABUF), 4);
	assert_int_equal(one.scene.report.brackets, 4);
	spread_drop(&one);
}

static void failure_of_one_is_not_that_of_the_next(void **state)
{
	const struct dmaload_range *ranges;
	struct spread one;

	(void)state;
	make_late(&one, 3);
	ranges = dmaload_spread_ranges(one.spread);
	fake_fail_calls(FAKE_UDMABUF, 1, 1, -EMFILE);
	assert_int_equal(spread_load(&one, 0), -EMFILE);
	check_says(one.scene.err.message, "no fd is free for the dma-buf");
	fake_check_quiet();
	assert_int_equal(dmaload_buffer_fd(ranges[0].buffer), -EMFILE);
	assert_true(dmaload_buffer_fd(ranges[2].buffer) >= 0);
	dmaload_spread_destroy(one.spread);

	/* The device is opened anew for each but the first. */
	assert_int_equal(spread_out(&one, "udmabuf", 0, DMALOAD_TO_END, 0), 0);
	ranges = dmaload_spread_ranges(one.spread);
	fake_find("/dev/udmabuf")->open_error = -EACCES;
	assert_int_equal(spread_load(&one, 0), -EACCES);
	check_says(one.scene.err.message, "/dev/udmabuf");
	assert_true(dmaload_buffer_fd(ranges[0].buffer) >= 0);
	spread_drop(&one);
}

static void destroyed_at_once(void **state)
{
	struct spread one;

	(void)state;
	make_late(&one, 4);
	dmaload_spread_destroy(one.spread);
	assert_int_equal(fake_count(FAKE_UDMABUF), 0);
	one.spread = NULL;
	dmaload_spread_destroy(NULL);
	spread_drop(&one);
}

/* Every call of every kind fails once, with each plausible code. */
static void nothing_is_left_of_half_a_spread(void **state)
{
	static const char *const sources[] = { "udmabuf", "memfd", "system" };
	unsigned n, variant, failures = 0;
	struct spread one;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (variant = 0; variant < 4; variant++) {
			for (n = 1; n < 200; n++) {
				fake_reset();
				fake_add_udmabuf();
				fake.udmabuf_limit = "1\n";
				fake.threads_late = n % 2;
				spread_make(&one, 192 * KIB + 1);
				one.spread = UNTOUCHED;
				fake_fail_nth(n, variant);
				r = spread_out(&one, sources[i], 0,
					       DMALOAD_TO_END, 64 * KIB);
				failures += r < 0;
				assert_true(r == 0 ||
					    one.spread == UNTOUCHED);
				assert_int_equal(r, r < 0 ? one.scene.err.code : 0);
				if (r < 0)
					one.spread = NULL;
				fake_fail_nothing();
				spread_drop(&one);
				fake_check_balanced();
			}
		}
	}
	assert_true(failures > 30);
}

/* A child has no threads: what was made is there, and the rest is told. */
static void child_of_fork(void **state)
{
	const struct dmaload_range *ranges;
	struct spread one;
	int status;
	pid_t pid;

	(void)state;
	make_late(&one, 3);
	ranges = dmaload_spread_ranges(one.spread);
	assert_int_equal(dmaload_buffer_wait(ranges[0].buffer, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dmaload_buffer_fd(ranges[0].buffer) < 0 ||
		    dmaload_buffer_fd(ranges[1].buffer) != -ECHILD ||
		    dmaload_buffer_wait(ranges[2].buffer, NULL) != -ECHILD)
			_exit(1);
		spread_drop(&one);
		fake_check_balanced();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	spread_drop(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(made_one_after_the_other),
		SCENE_TEST(failure_of_one_is_not_that_of_the_next),
		SCENE_TEST(destroyed_at_once),
		SCENE_TEST(nothing_is_left_of_half_a_spread),
		SCENE_TEST(child_of_fork),
	};

	return cmocka_run_group_tests_name("spread_made", tests, NULL, NULL);
}

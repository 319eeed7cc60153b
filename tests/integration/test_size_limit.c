/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_FSIZE (ulimit -f): a write beyond it fails with EFBIG, and the kernel
 * sends SIGXFSZ, which ends a process that does not expect it. The library
 * reports EFBIG, and no signal reaches the program.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"
#include "store_files.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)
#define LIMIT (4 * MIB)

static const enum dmaload_engine engines[] = {
	DMALOAD_ENGINE_URING, DMALOAD_ENGINE_THREADS,
};

static void limit_files(uint64_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == DMALOAD_UNKNOWN ? limit.rlim_max : (rlim_t)bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill(struct kit *kit)
{
	assert_int_equal(dmaload_buffer_begin(kit->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	pattern_fill(dmaload_buffer_map(kit->buffer), MEDIUM, 0);
	assert_int_equal(dmaload_buffer_end(kit->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

/* A store of the kit's buffer into the target. */
struct attempt {
	struct kit *kit;
	uint64_t length;
	struct dmaload_options options;
	/* By the context's thread instead of the caller's. */
	bool submitted;
};

static int run(const struct attempt *attempt)
{
	struct kit *kit = attempt->kit;
	struct dmaload_range range = {
		.buffer = kit->buffer, .length = attempt->length,
	};
	struct dmaload_job *job;
	int r;

	r = dmaload_file_create(&range.file, target_path(), 0, &kit->err);
	if (r < 0)
		return r;
	if (attempt->submitted) {
		r = dmaload_submit(&job, kit->ctx, DMALOAD_STORE, &range, 1,
				   &attempt->options, &kit->err);
		if (r == 0)
			r = dmaload_job_wait(job, DMALOAD_FOREVER, &kit->report,
					     &kit->err);
		dmaload_job_destroy(job);
	} else {
		r = dmaload_store(kit->ctx, &range, 1, &attempt->options,
				  &kit->report, &kit->err);
	}
	dmaload_file_close(range.file);
	return r;
}

static void check_target(uint64_t size, uint64_t pattern)
{
	unsigned char *all = calloc(1, size + 1);
	int fd = open(target_path(), O_RDONLY | O_CLOEXEC);

	assert_non_null(all);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, all, size + 1), (ssize_t)size);
	assert_int_equal(pattern_differs(all, pattern, 0), pattern);
	for (; pattern < size; pattern++)
		assert_int_equal(all[pattern], 0);
	close(fd);
	free(all);
}

static void make_target(uint64_t size)
{
	int fd = open(target_path(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

/* Check that SIGXFSZ is neither blocked nor pending. */
static void check_signal(void)
{
	sigset_t set;

	assert_int_equal(sigpending(&set), 0);
	assert_false(sigismember(&set, SIGXFSZ));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
	assert_false(sigismember(&set, SIGXFSZ));
}

/* Store into a file that would become too long, one that is too long already,
 * and one that stays short enough. */
static void by_limit(struct attempt *attempt)
{
	const struct kit *kit = attempt->kit;

	attempt->length = LIMIT + 1;
	make_target(0);
	limit_files(LIMIT);
	assert_int_equal(run(attempt), -EFBIG);
	if (!strstr(kit->err.message, "RLIMIT_FSIZE") ||
	    !strstr(kit->err.message, "4194304") ||
	    !strstr(kit->err.message, target_path()))
		fail_msg("%s", kit->err.message);
	check_signal();
	check_target(0, 0);

	limit_files(DMALOAD_UNKNOWN);
	make_target(MEDIUM);
	limit_files(LIMIT);
	assert_int_equal(run(attempt), -EFBIG);
	check_signal();
	check_target(MEDIUM, 0);

	attempt->length = LIMIT;
	assert_int_equal(run(attempt), 0);
	limit_files(DMALOAD_UNKNOWN);
	check_signal();
	check_target(MEDIUM, LIMIT);
}

/* The limit is lowered during the store, so the library cannot know it
 * before. */
static int lower(const struct dmaload_progress *progress, void *data)
{
	const struct attempt *attempt = data;

	/* The context's thread blocks all signals. */
	if (!attempt->submitted)
		check_signal();
	if (progress->bytes_done > 0)
		limit_files(MIB);
	return 0;
}

static void by_limit_later(struct attempt *attempt)
{
	make_target(0);
	attempt->length = MEDIUM;
	attempt->options.progress = lower;
	attempt->options.progress_data = attempt;
	assert_int_equal(run(attempt), -EFBIG);
	attempt->options.progress = NULL;
	limit_files(DMALOAD_UNKNOWN);
	check_signal();
}

static void by_engine(enum dmaload_engine engine)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = engine, .queue_depth = 2,
	};
	struct attempt attempt = { .options.size = sizeof(attempt.options) };
	struct kit kit;
	size_t i;

	place.granted = engine;
	kit_open(&kit, MEDIUM, MEDIUM);
	fill(&kit);
	dmaload_ctx_destroy(kit.ctx);
	assert_int_equal(dmaload_ctx_create(&kit.ctx, &config, NULL), 0);
	attempt.kit = &kit;
	for (i = 0; i < 2 * ALL_PATHS; i++) {
		attempt.options.paths = all_paths[i / 2];
		attempt.submitted = i % 2;
		if (!works_here(attempt.options.paths))
			continue;
		by_limit(&attempt);
		/* Direct writes whole blocks, so it cannot fill the rest of a
		 * block up to the limit. */
		if (attempt.options.paths == 0 || i / 2 == 3)
			by_limit_later(&attempt);
	}
	unlink(target_path());
	kit_close(&kit);
}

static void test_stores_beyond_the_limit_are_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		by_engine(engines[i]);
}

static volatile sig_atomic_t handled;

static void on_signal(int signal)
{
	(void)signal;
	handled++;
}

/* The program's handler and mask for the signal stay in effect. A SIGXFSZ of
 * its own stays pending. */
static void test_signals_of_the_program_stay_its_own(void **state)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct attempt attempt = { .options.size = sizeof(attempt.options) };
	const struct timespec now = { 0, 0 };
	struct sigaction before;
	sigset_t set, pending;
	struct kit kit;

	(void)state;
	place.granted = DMALOAD_ENGINE_URING;
	kit_open(&kit, MEDIUM, MEDIUM);
	fill(&kit);
	attempt.kit = &kit;
	assert_int_equal(sigaction(SIGXFSZ, &action, &before), 0);
	by_limit(&attempt);
	by_limit_later(&attempt);
	assert_int_equal(handled, 0);

	/* Block the signal, and make one pending. */
	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	raise(SIGXFSZ);
	make_target(MEDIUM);
	limit_files(LIMIT);
	attempt.length = MEDIUM;
	assert_int_equal(run(&attempt), -EFBIG);
	limit_files(DMALOAD_UNKNOWN);
	assert_int_equal(sigpending(&pending), 0);
	assert_true(sigismember(&pending, SIGXFSZ));
	assert_int_equal(sigtimedwait(&set, NULL, &now), SIGXFSZ);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
	assert_int_equal(handled, 0);
	unlink(target_path());
	kit_close(&kit);
}

/* Shared memory is a file, too; the memory of a heap is not. */
static void test_buffers_beyond_the_limit_are_refused(void **state)
{
	const bool shared = strncmp(place.source, "udmabuf", 7) == 0 ||
			    strcmp(place.source, "memfd") == 0;
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_error err;
	int r;

	(void)state;
	limit_files(LIMIT);
	r = dmaload_buffer_create(&buffer, place.source, 2 * LIMIT, &err);
	assert_int_equal(r, shared ? -E2BIG : 0);
	if (shared && (!strstr(err.message, "RLIMIT_FSIZE") ||
		       !strstr(err.message, "4194304")))
		fail_msg("%s", err.message);
	dmaload_buffer_destroy(buffer);
	check_signal();
	assert_int_equal(dmaload_buffer_create(&buffer, place.source, LIMIT, &err),
			 0);
	dmaload_buffer_destroy(buffer);
	limit_files(DMALOAD_UNKNOWN);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stores_beyond_the_limit_are_refused),
		cmocka_unit_test(test_signals_of_the_program_stay_its_own),
		cmocka_unit_test(test_buffers_beyond_the_limit_are_refused),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("size-limit", tests, NULL, NULL);
}

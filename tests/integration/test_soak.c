/* SPDX-License-Identifier: MIT */
/*
 * A thousand jobs of every kind and every end leave nothing: no fd, no memory,
 * no pinned or locked memory, and no larger pool.
 */
#include "jobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "footprint.h"
#include "pattern.h"

#define JOBS 1000
/* Until then caches fill: malloc()'s, the pool, the thread's stack. */
#define WARM 100
#define PART (512 * (uint64_t)1024)

struct soak {
	struct kit kit;
	struct dmaload_file *out;
	unsigned done, canceled;
};

/* Submit a load, a comparison with what was loaded before, or a store of that.
 * A canceled load leaves the same bytes, which were there before. */
static struct dmaload_job *submit_one(struct soak *soak, unsigned n)
{
	static const enum dmaload_operation operations[] = {
		DMALOAD_LOAD, DMALOAD_VERIFY, DMALOAD_STORE, DMALOAD_LOAD,
	};
	const struct dmaload_options options = {
		.size = sizeof(options),
		/* Always the same path, so that each report has the pool. */
		.paths = DMALOAD_ALLOW_BOUNCE,
		.cache = DMALOAD_CACHE_BYPASS,
	};
	struct dmaload_range ranges[2] = { { .file = NULL } };
	const enum dmaload_operation operation = operations[n % 4];
	const uint64_t offset = n / 4 % 16 * MIB;
	size_t i;

	for (i = 0; i < 2; i++)
		ranges[i] = (struct dmaload_range){
			.file = operation == DMALOAD_STORE ? soak->out :
							     soak->kit.file,
			.file_offset = offset + i * PART,
			.buffer = soak->kit.buffer,
			.buffer_offset = offset + i * PART,
			.length = PART,
			.priority = (uint32_t)i,
		};
	return submit(soak->kit.ctx, operation, ranges, 2, &options);
}

/* Run a job. Every fifth is canceled, in whatever state it is. */
static void run_one(struct soak *soak, unsigned n)
{
	struct dmaload_job *job = submit_one(soak, n);
	const bool cancel = n % 5 == 4;
	size_t i;
	int r;

	assert_true(dmaload_job_fd(job, NULL) >= 0);
	if (cancel)
		dmaload_job_cancel(job);
	r = dmaload_job_wait(job, PATIENCE_NS, &soak->kit.report, &soak->kit.err);
	if (r == 0) {
		soak->done++;
		assert_int_equal(dmaload_job_next_range(job, &i), 0);
	} else if (r == -ECANCELED && cancel) {
		soak->canceled++;
	} else {
		fail_msg("job %u: %s", n, soak->kit.err.message);
	}
	dmaload_job_destroy(job);
	if (r < 0)
		return;
	assert_in_range(soak->kit.report.pinned_bytes, 1, DMALOAD_POOL_MAX);
}

/* Cancel a load that waits for a stalled job, so that it cannot end before. */
static void cancel_waiting(struct soak *soak)
{
	const struct dmaload_range range = kit_whole(&soak->kit);
	struct dmaload_job *job;
	struct stall stall;

	stall_begin(&stall, &soak->kit, NULL);
	job = submit(soak->kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	dmaload_job_cancel(job);
	expect_end(job, -ECANCELED);
	dmaload_job_destroy(job);
	dmaload_job_cancel(stall.job);
	expect_end(stall.job, -ECANCELED);
	stall_end(&stall);
}

static void test_jobs_leave_nothing(void **state)
{
	struct footprint warm = { .fds = 0 };
	struct soak soak = { .done = 0 };
	char path[4096];
	unsigned n;

	(void)state;
	snprintf(path, sizeof(path), "%s/soak-store", place.dir);
	kit_open(&soak.kit, MEDIUM, MEDIUM);
	/* Load the whole file, so that the resident part of the mapping does
	 * not grow. */
	assert_int_equal(kit_load(&soak.kit, 0, 0, DMALOAD_TO_END, 0), 0);
	unlink(path);
	assert_int_equal(dmaload_file_create(&soak.out, path, 1, NULL), 0);
	for (n = 0; n < JOBS; n++) {
		if (n == WARM)
			warm = footprint_measure(soak.kit.ctx);
		else if (n > WARM && n % 100 == 0)
			footprint_expect_flat(soak.kit.ctx, warm);
		run_one(&soak, n);
		if (n % 50 == 0)
			cancel_waiting(&soak);
	}
	footprint_expect_flat(soak.kit.ctx, warm);
	print_message("%u done, %u canceled; %ld KiB of memory, then %ld\n", soak.done,
		      soak.canceled, warm.memory, footprint_measure(soak.kit.ctx).memory);
	assert_true(soak.done >= JOBS * 4 / 5);
	dmaload_file_close(soak.out);
	unlink(path);
	kit_close(&soak.kit);
}

/* Loads in flight together, each into its own part of the buffer. */
#define IN_FLIGHT 8
#define SMALL_MAX ((uint64_t)64 << 10)

static unsigned small_loads;

static struct dmaload_range small_range(const struct kit *kit, unsigned n)
{
	const uint64_t length = (uint64_t)4096 << n % 5;

	return (struct dmaload_range){
		.file = kit->file,
		.file_offset = pattern_word(n) % (MEDIUM - SMALL_MAX) / 4096 * 4096,
		.buffer = kit->buffer,
		.buffer_offset = n % IN_FLIGHT * SMALL_MAX,
		.length = length,
	};
}

static struct dmaload_options small_options(unsigned n)
{
	static const uint32_t paths[] = {
		0, 0, DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};

	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options), .paths = paths[n / 3 % 4],
		.cache = DMALOAD_CACHE_BYPASS,
	};
}

/* Wait for the job that used this part of the buffer. */
static void end_small(const struct kit *kit, struct dmaload_job **jobs, unsigned n)
{
	struct dmaload_job **job = &jobs[n % IN_FLIGHT];
	const struct dmaload_range range = small_range(kit, n);

	if (!*job)
		return;
	assert_int_equal(wait_for(*job), 0);
	dmaload_job_destroy(*job);
	*job = NULL;
	assert_true(buffer_holds(kit->buffer, range.buffer_offset, range.length,
				 range.file_offset));
}

static void begin_small(const struct kit *kit, struct dmaload_job **jobs, unsigned n)
{
	const struct dmaload_range range = small_range(kit, n);
	const struct dmaload_options options = small_options(n);

	if (n % 4 != 0) {
		jobs[n % IN_FLIGHT] = submit(kit->ctx, DMALOAD_LOAD, &range, 1,
					     &options);
		return;
	}
	assert_int_equal(dmaload_load(kit->ctx, &range, 1, &options, NULL, NULL),
			 0);
	assert_true(buffer_holds(kit->buffer, range.buffer_offset, range.length,
				 range.file_offset));
}

/* Small loads; most are jobs, of which several are in flight. */
static void test_small_loads_leave_nothing(void **state)
{
	struct dmaload_job *jobs[IN_FLIGHT] = { NULL };
	struct footprint warm = { .fds = 0 };
	struct kit kit;
	unsigned n, i;

	(void)state;
	kit_open(&kit, MEDIUM, IN_FLIGHT * SMALL_MAX);
	for (n = 0; n < small_loads; n++) {
		if (n >= IN_FLIGHT)
			end_small(&kit, jobs, n - IN_FLIGHT);
		begin_small(&kit, jobs, n);
		if ((n + 1) % (small_loads / 10) != 0)
			continue;
		for (i = IN_FLIGHT; i-- > 0;)
			end_small(&kit, jobs, n - i);
		if (warm.fds == 0)
			warm = footprint_measure(kit.ctx);
		else
			footprint_expect_flat(kit.ctx, warm);
	}
	print_message("%u loads; %ld KiB of memory, then %ld\n", small_loads,
		      warm.memory, footprint_measure(kit.ctx).memory);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_leave_nothing),
		cmocka_unit_test(test_small_loads_leave_nothing),
	};

	if (argc < 2 || !place_from(argc - 1, argv))
		return 2;
	small_loads = (unsigned)strtoul(argv[argc - 1], NULL, 0);
	return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}

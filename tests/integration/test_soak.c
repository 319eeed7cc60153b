/* SPDX-License-Identifier: MIT */
/*
 * A thousand jobs of every kind and every end, and nothing is left of them: no fd,
 * no memory, none that is pinned or locked, and no larger pool.
 */
#include "jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JOBS 1000
/* Until then caches fill: malloc()'s, the pool, the thread's stack. */
#define WARM 100
/* The most that the memory may grow by afterwards: 0.6 KiB a job. A job's record has
 * 25 KB. Files that are mapped do not count: the kernel evicts and reads their pages. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* Sanitizers keep what is freed for a while, and much beside. */
#define SLACK_KB 65536
#else
#define SLACK_KB 512
#endif
#define PART (512 * (uint64_t)1024)

struct footprint {
	long fds;
	/* KiB. */
	long memory, pinned, locked;
};

/* A context keeps different things from job to job: it depends on how many
 * threads have made their ring by now, and which one has the pool registered.
 * So it is trimmed before. */
static struct footprint measure(struct dmaload_ctx *ctx)
{
	struct footprint now = { .pinned = -1, .locked = -1 };
	long swapped = 0;
	char line[256];
	FILE *file;

	assert_int_equal(dmaload_ctx_trim(ctx), 0);
	now.fds = open_fds();
	file = fopen("/proc/self/status", "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "RssAnon: %ld", &now.memory);
		sscanf(line, "VmSwap: %ld", &swapped);
		sscanf(line, "VmPin: %ld", &now.pinned);
		sscanf(line, "VmLck: %ld", &now.locked);
	}
	fclose(file);
	now.memory += swapped;
	assert_true(now.memory > 0 && now.pinned >= 0 && now.locked >= 0);
	return now;
}

struct soak {
	struct kit kit;
	struct dmaload_file *out;
	struct dmaload_job *before;
	unsigned done, canceled;
};

/* Loads, verifications of what the one before loaded, and stores of that. The bytes
 * of a canceled load were there before. */
static struct dmaload_job *submit_one(struct soak *soak, unsigned n)
{
	static const enum dmaload_operation operations[] = {
		DMALOAD_LOAD, DMALOAD_VERIFY, DMALOAD_STORE, DMALOAD_LOAD,
	};
	const struct dmaload_options options = {
		.size = sizeof(options),
		/* The same path each time, so that the pool is in each report. */
		.paths = DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE),
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

/* Every fifth is canceled, wherever it is by then. */
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

static void expect_flat(struct dmaload_ctx *ctx, struct footprint warm)
{
	const struct footprint now = measure(ctx);

	assert_int_equal(now.fds, warm.fds);
	assert_int_equal(now.pinned, warm.pinned);
	assert_int_equal(now.locked, warm.locked);
	if (now.memory > warm.memory + SLACK_KB)
		fail_msg("%ld KiB of memory, and %ld before", now.memory,
			 warm.memory);
}

static void test_soak(void **state)
{
	struct footprint warm = { .fds = 0 };
	struct soak soak = { .done = 0 };
	char path[4096];
	unsigned n;

	(void)state;
	snprintf(path, sizeof(path), "%s/soak-store", place.dir);
	kit_open(&soak.kit, MEDIUM, MEDIUM);
	/* All of the file, so that what there is of the mapping does not grow. */
	assert_int_equal(kit_load(&soak.kit, 0, 0, DMALOAD_TO_END, 0), 0);
	unlink(path);
	assert_int_equal(dmaload_file_create(&soak.out, path, 1, NULL), 0);
	for (n = 0; n < JOBS; n++) {
		if (n == WARM)
			warm = measure(soak.kit.ctx);
		else if (n > WARM && n % 100 == 0)
			expect_flat(soak.kit.ctx, warm);
		run_one(&soak, n);
	}
	expect_flat(soak.kit.ctx, warm);
	print_message("%u done, %u canceled; %ld KiB of memory, then %ld\n", soak.done,
		      soak.canceled, warm.memory, measure(soak.kit.ctx).memory);
	assert_true(soak.done >= JOBS * 4 / 5);
	assert_true(soak.canceled > 0);
	dmaload_file_close(soak.out);
	unlink(path);
	kit_close(&soak.kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_soak) };

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}

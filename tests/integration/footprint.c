/* SPDX-License-Identifier: MIT */
#include "footprint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jobs.h"

/* How much the memory may grow in 900 jobs: 0.6 KiB per job. A job's record has
 * 25 KB. Mapped files are not counted: the kernel evicts and reads their
 * pages. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* Sanitizers keep freed memory for a while, and much else. */
#define SLACK_KB 65536
#else
#define SLACK_KB 512
#endif

static bool has_ring(void)
{
	char path[64], target[64] = "";
	int fd;

	for (fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 &&
		    strstr(target, "[io_uring]"))
			return true;
	}
	return false;
}

/* The context's thread uses its ring for a moment after the end of a job. */
static void trim(struct dmaload_ctx *ctx)
{
	const uint64_t start = now_ns();

	do {
		assert_int_equal(dmaload_ctx_trim(ctx), 0);
		assert_true(now_ns() - start < PATIENCE_NS);
	} while (has_ring());
}

struct footprint footprint_measure(struct dmaload_ctx *ctx)
{
	struct footprint now = { .pinned = -1, .locked = -1 };
	long swapped = 0;
	char line[256];
	FILE *file;

	trim(ctx);
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

void footprint_expect_flat(struct dmaload_ctx *ctx, struct footprint warm)
{
	const struct footprint now = footprint_measure(ctx);

	assert_int_equal(now.fds, warm.fds);
	assert_int_equal(now.pinned, warm.pinned);
	assert_int_equal(now.locked, warm.locked);
	if (now.memory > warm.memory + SLACK_KB)
		fail_msg("%ld KiB of memory, but %ld before", now.memory,
			 warm.memory);
}

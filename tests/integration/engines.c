/* SPDX-License-Identifier: MIT */
#include "engines.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

void ask_for(struct kit *kit, enum dmaload_engine engine, uint32_t depth)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = engine, .queue_depth = depth,
		.syscalls = place.syscalls,
	};

	dmaload_ctx_destroy(kit->ctx);
	assert_int_equal(dmaload_ctx_create(&kit->ctx, &config, &kit->err), 0);
}

void load_medium(struct kit *kit, uint32_t paths)
{
	kit_guard(kit);
	drop_cache(alone_path(MEDIUM));
	if (kit_load(kit, 0, 0, DMALOAD_TO_END, paths) < 0)
		fail_msg("%s", kit->err.message);
	assert_int_equal(kit->report.cache_residue_bytes, 0);
}

void load_by(struct kit *kit, enum dmaload_engine granted)
{
	place.granted = granted;
	load_medium(kit, BOUNCE);
	kit_check(kit, 0, 0, MEDIUM);
	assert_int_equal(kit->report.bytes_bounced, MEDIUM);
}

int load_with(struct kit *kit, const struct dmaload_options *options)
{
	const struct dmaload_range range = {
		.file = kit->file, .buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};

	return dmaload_load(kit->ctx, &range, 1, options, &kit->report,
			    &kit->err);
}

unsigned other_threads(void (*look)(const char *tid))
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    strtol(entry->d_name, NULL, 10) == syscall(SYS_gettid))
			continue;
		n++;
		if (look)
			look(entry->d_name);
	}
	closedir(dir);
	return n;
}

/* The threads of the program before any test; a sanitizer may have one. */
static unsigned threads_first;

static void *tell_tid(void *data)
{
	*(long *)data = syscall(SYS_gettid);
	return NULL;
}

/* A sanitizer may start its own thread beside the first one of the program. */
void threads_begin(void)
{
	pthread_t thread;
	char path[64];
	long tid;

	if (pthread_create(&thread, NULL, tell_tid, &tid) == 0) {
		pthread_join(thread, NULL);
		snprintf(path, sizeof(path), "/proc/self/task/%ld", tid);
		while (access(path, F_OK) == 0)
			usleep(1000);
	}
	threads_first = other_threads(NULL);
}

/* The kernel lists a thread for a while after it can be joined. */
unsigned threads_left(void)
{
	unsigned tries = 60000, n;

	while ((n = other_threads(NULL)) != threads_first && tries-- > 0)
		usleep(1000);
	return n - threads_first;
}

static void check_signals(const char *tid)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGALRM, SIGPROF, SIGCHLD,
				       SIGUSR1, SIGSEGV };
	char path[64], line[128];
	uint64_t blocked = 0;
	size_t i;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "SigBlk: %" SCNx64, &blocked);
	fclose(file);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!(blocked & (uint64_t)1 << (signals[i] - 1)))
			fail_msg("thread %s does not block signal %d", tid,
				 signals[i]);
}

struct seen {
	unsigned most;
};

static int look_at_threads(const struct dmaload_progress *progress, void *data)
{
	struct seen *seen = data;
	const unsigned n = other_threads(threads_first ? NULL : check_signals) -
			   threads_first;

	(void)progress;
	if (n > seen->most)
		seen->most = n;
	return 0;
}

unsigned threads_at_most(struct kit *kit, uint32_t depth)
{
	struct seen seen = { 0 };
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = BOUNCE,
		.cache = DMALOAD_CACHE_BYPASS,
		.progress = look_at_threads, .progress_data = &seen,
	};

	ask_for(kit, DMALOAD_ENGINE_THREADS, depth);
	/* The thread that populates the buffer would be counted, too. */
	assert_int_equal(dmaload_buffer_wait(kit->buffer, NULL), 0);
	assert_int_equal(threads_left(), 0);
	assert_int_equal(load_with(kit, &options), 0);
	assert_int_equal(dmaload_ctx_trim(kit->ctx), 0);
	assert_int_equal(threads_left(), 0);
	return seen.most;
}


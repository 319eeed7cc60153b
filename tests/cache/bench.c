/* SPDX-License-Identifier: MIT */
/*
 * Measure gets and puts per second of one core, if all parts are resident. It
 * is run by hand, not by the suite.
 *
 *   cache-bench FILE [THREADS [SLOTS [SECONDS]]]
 *
 * Each thread gets the parts in an order of its own. FILE needs SLOTS pages.
 */
#include <dmaload-cache.h>
#include <dmaload.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, BUFFERS = 16 };

static struct dmaload_slot_cache *cache;
static struct dmaload_file *file;
static uint64_t part;
static uint32_t slots;
static atomic_bool go, stop;

struct runner {
	pthread_t thread;
	uint64_t random, gets, failures;
	/* CPU time: other programs may use the machine, too. */
	double seconds;
};

static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *run(void *data)
{
	struct runner *runner = data;
	const struct dmaload_cache_slot *slot;
	uint64_t random = runner->random, gets = 0, n;
	double begun;

	while (!atomic_load(&go))
		;
	begun = cpu_seconds();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		random = random * UINT64_C(6364136223846793005) + 1;
		n = (random >> 33) % slots;
		if (dmaload_cache_get(cache, file, n * part, part, 0, &slot,
				      NULL) < 0)
			runner->failures++;
		else
			dmaload_cache_put(cache, slot);
		gets++;
	}
	runner->gets = gets;
	runner->seconds = cpu_seconds() - begun;
	return NULL;
}

static int fill(struct dmaload_ctx *ctx, const char *path,
		struct dmaload_error *err)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = part,
		.slots_per_buffer = (slots + BUFFERS - 1) / BUFFERS,
		.buffers = BUFFERS,
		.source = "memfd",
	};
	const struct dmaload_cache_slot *slot;
	uint32_t i;
	int r;

	r = dmaload_file_open(&file, path, err);
	if (r == 0)
		r = dmaload_cache_create(&cache, ctx, &config, err);
	for (i = 0; r == 0 && i < slots; i++) {
		r = dmaload_cache_get(cache, file, i * part, part,
				      DMALOAD_FOREVER, &slot, err);
		if (r == 0)
			dmaload_cache_put(cache, slot);
	}
	return r;
}

static void measure(unsigned threads, unsigned seconds)
{
	static struct runner runners[THREADS_MAX];
	uint64_t gets = 0, failures = 0;
	double cpu = 0;
	unsigned i;

	for (i = 0; i < threads; i++) {
		runners[i].random = i + 1;
		pthread_create(&runners[i].thread, NULL, run, &runners[i]);
	}
	atomic_store(&go, true);
	sleep(seconds);
	atomic_store(&stop, true);
	for (i = 0; i < threads; i++) {
		pthread_join(runners[i].thread, NULL);
		gets += runners[i].gets;
		failures += runners[i].failures;
		cpu += runners[i].seconds;
	}
	printf("%u threads, %" PRIu32 " slots: %.1f million gets and puts in a "
	       "second of a CPU, %.0f ns each; %" PRIu64 " missed\n", threads,
	       slots, 1e-6 * (double)gets / cpu, 1e9 * cpu / (double)gets,
	       failures);
}

int main(int argc, char **argv)
{
	const unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
	const unsigned seconds = argc > 4 ? (unsigned)atoi(argv[4]) : 2;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 2 || threads < 1 || threads > THREADS_MAX) {
		fprintf(stderr, "usage: %s FILE [THREADS [SLOTS [SECONDS]]]\n",
			argv[0]);
		return 2;
	}
	slots = argc > 3 ? (uint32_t)atoi(argv[3]) : 1024;
	part = (uint64_t)sysconf(_SC_PAGESIZE);
	r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = fill(ctx, argv[1], &err);
	if (r == 0)
		measure(threads, seconds);
	else
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_cache_destroy(cache);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r < 0 ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The reference: what fio reads from the same file by O_DIRECT, into buffers in huge
 * pages, since in its ordinary ones it may understate a disk by half (a request takes a
 * limited number of segments). Block size and depth are those that are best here: all
 * are tried once on the beginning of the file, and the best of them again.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "tool.h"

/* Of the file, for each trial. */
#define TRIAL_BYTES ((uint64_t)1 << 30)
/* That many get all their runs. */
#define FINALISTS 4
#define RUNS 3
#define OUTPUT_MAX ((size_t)1 << 20)

static const char *const engines[] = { "io_uring", "libaio" };
/*
 * Reserved huge pages, else transparent ones: glibc's malloc() asks for these on its
 * tunable, and gets them for buffers that begin at a boundary.
 */
static const char *const memories[] = { "mmaphuge", "malloc" };
#define ALIGN "--iomem_align=2097152"
static const uint64_t blocks[] = {
	BENCH_MIB / 4, BENCH_MIB / 2, BENCH_MIB, 2 * BENCH_MIB, 4 * BENCH_MIB,
};
static const unsigned depths[] = { 4, 8, 16, 32 };
#define N_ENGINES (sizeof(engines) / sizeof(engines[0]))
#define N_MEMORIES (sizeof(memories) / sizeof(memories[0]))
#define N_BLOCKS (sizeof(blocks) / sizeof(blocks[0]))
#define N_DEPTHS (sizeof(depths) / sizeof(depths[0]))

/* Everything but what runs it. The file by its fd: a name may hold what fio splits. */
static void become_fio(const struct bench_reference *how, int file, uint64_t size,
		       int out)
{
	char name[64], engine[64], memory[64], block[64], depth[64], bytes[64];
	char *const args[] = {
		(char *)"fio", (char *)"--name=reference", name,
		(char *)"--readonly", (char *)"--rw=read", (char *)"--direct=1",
		engine, block, depth, memory, (char *)ALIGN, bytes, (char *)"--thread",
		(char *)"--output-format=json", NULL,
	};
	/* Not closed by exec: its number is what fio is given. */
	const int inherited = dup(file);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	watch_end();
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	snprintf(name, sizeof(name), "--filename=/proc/self/fd/%d", inherited);
	snprintf(engine, sizeof(engine), "--ioengine=%s", how->engine);
	snprintf(memory, sizeof(memory), "--iomem=%s", how->memory);
	snprintf(block, sizeof(block), "--bs=%" PRIu64, how->block);
	snprintf(depth, sizeof(depth), "--iodepth=%u", how->depth);
	snprintf(bytes, sizeof(bytes), "--size=%" PRIu64, size);
	setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
	execvp(args[0], args);
	dprintf(STDOUT_FILENO, "fio cannot be run: %s", strerror(errno));
	_exit(127);
}

static double number(struct json_object *root, const char *path)
{
	struct json_object *value;

	return json_pointer_get(root, path, &value) == 0 ?
	       json_object_get_double(value) : 0;
}

/* Some lines may come before the object. */
static int parse(const char *text, struct bench_disk *disk, char *version,
		 size_t size)
{
	struct json_object *root = NULL, *value;
	double seconds;

	if (strchr(text, '{'))
		root = json_tokener_parse(strchr(text, '{'));
	if (!root || number(root, "/jobs/0/error") != 0 ||
	    number(root, "/jobs/0/read/io_bytes") <= 0) {
		json_object_put(root);
		return explain(&disk->error, -EIO, "fio: %.*s",
			       (int)strcspn(text, "\n"), text);
	}
	seconds = number(root, "/jobs/0/job_runtime") / 1e3;
	disk->speed = number(root, "/jobs/0/read/bw_bytes");
	disk->seconds = disk->speed > 0 ?
			number(root, "/jobs/0/read/io_bytes") / disk->speed : 0;
	disk->user = number(root, "/jobs/0/usr_cpu") / 100 * seconds;
	disk->kernel = number(root, "/jobs/0/sys_cpu") / 100 * seconds;
	if (version && json_pointer_get(root, "/fio version", &value) == 0)
		text_format(version, size, "%s", json_object_get_string(value));
	json_object_put(root);
	return 0;
}

/* False: a signal has come. */
static bool run_fio(const struct bench *bench, const struct bench_reference *how,
		    uint64_t size, struct bench_disk *disk, char *version,
		    size_t version_size)
{
	char *text = malloc(OUTPUT_MAX);
	int ends[2], status;
	bool ok = true;
	pid_t child;
	size_t got;

	*disk = (struct bench_disk){ .error.code = -ENOMEM };
	if (!text || pipe2(ends, O_CLOEXEC) < 0) {
		explain(&disk->error, -ENOMEM, "no pipe for fio");
		free(text);
		return true;
	}
	child = fork();
	if (child == 0)
		become_fio(how, bench->fd, size, ends[1]);
	close(ends[1]);
	if (child < 0) {
		explain(&disk->error, -errno, "fork: %s", strerror(errno));
	} else {
		ok = bench_collect(child, ends[0], text, OUTPUT_MAX - 1, &got,
				   &status);
		text[ok ? got : 0] = '\0';
		disk->error.code = 0;
		parse(text, disk, version, version_size);
	}
	close(ends[0]);
	free(text);
	return ok;
}

void bench_reference_run(const struct bench *bench, struct bench_disk *disk)
{
	struct dmaload_error err;

	if (bench->reference.absent[0]) {
		*disk = (struct bench_disk){ .speed = 0 };
		return;
	}
	if (bench_chill(bench, &err) < 0) {
		*disk = (struct bench_disk){ .error = err };
		return;
	}
	run_fio(bench, &bench->reference, bench->length, disk, NULL, 0);
}

/* The first engine and memory that work, in small. */
static bool find_kind(const struct bench *bench, struct bench_reference *how,
		      struct bench_disk *disk)
{
	const uint64_t size = bench->length < 4 * BENCH_MIB ? bench->length :
							      4 * BENCH_MIB;
	size_t i;

	how->block = bench->length < BENCH_MIB ? 4096 : BENCH_MIB;
	how->depth = 4;
	for (i = 0; i < N_ENGINES * N_MEMORIES; i++) {
		how->engine = engines[i / N_MEMORIES];
		how->memory = memories[i % N_MEMORIES];
		if (!run_fio(bench, how, size, disk, how->version,
			     sizeof(how->version)))
			return false;
		if (disk->error.code == 0)
			return true;
	}
	return true;
}

static bool try(const struct bench *bench, struct bench_trial *trial)
{
	const uint64_t size = bench->length < TRIAL_BYTES ? bench->length :
							    TRIAL_BYTES;
	struct bench_reference how = bench->reference;
	struct bench_statistics statistics;
	struct bench_disk disk;
	double sorted[RUNS];

	how.block = trial->block;
	how.depth = trial->depth;
	if (!run_fio(bench, &how, size, &disk, NULL, 0))
		return false;
	trial->speeds[trial->runs++] = disk.speed;
	memcpy(sorted, trial->speeds, sizeof(sorted));
	bench_statistics(sorted, trial->runs, &statistics);
	trial->speed = statistics.median;
	return true;
}

static int compare_trials(const void *a, const void *b)
{
	const struct bench_trial *left = a, *right = b;

	return (left->speed < right->speed) - (left->speed > right->speed);
}

static bool sweep(struct bench *bench)
{
	struct bench_reference *reference = &bench->reference;
	size_t i, run, n = 0;

	reference->trials = calloc(N_BLOCKS * N_DEPTHS, sizeof(*reference->trials));
	for (i = 0; reference->trials && i < N_BLOCKS * N_DEPTHS; i++) {
		struct bench_trial *trial = &reference->trials[n];

		trial->block = blocks[i / N_DEPTHS];
		trial->depth = depths[i % N_DEPTHS];
		/* What has fewer blocks than are to be in flight tells nothing. */
		if (n > 0 && trial->block * trial->depth > bench->length)
			continue;
		if (!try(bench, trial))
			return false;
		reference->trial_count = ++n;
	}
	qsort(reference->trials, n, sizeof(*reference->trials), compare_trials);
	for (run = 1; run < RUNS; run++)
		for (i = 0; i < n && i < FINALISTS; i++)
			if (!try(bench, &reference->trials[i]))
				return false;
	qsort(reference->trials, n < FINALISTS ? n : FINALISTS,
	      sizeof(*reference->trials), compare_trials);
	if (n > 0) {
		reference->block = reference->trials[0].block;
		reference->depth = reference->trials[0].depth;
	}
	return true;
}

int bench_reference_find(struct bench *bench, struct dmaload_error *err)
{
	struct bench_reference *reference = &bench->reference;
	struct bench_disk disk;
	bool ok;

	if (bench->no_fio) {
		snprintf(reference->absent, sizeof(reference->absent),
			 "not wanted (--no-fio)");
		return 0;
	}
	ok = find_kind(bench, reference, &disk);
	if (ok && disk.error.code < 0) {
		memcpy(reference->absent, disk.error.message,
		       sizeof(reference->absent));
		return 0;
	}
	if (ok && bench->fio_block == 0)
		ok = sweep(bench);
	if (ok && bench->fio_block != 0) {
		reference->block = bench->fio_block;
		reference->depth = bench->fio_depth;
	}
	return ok ? 0 : watch_check(err);
}

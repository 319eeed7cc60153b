/* SPDX-License-Identifier: MIT */
/*
 * The requests, findings and measurements of "dmaload bench".
 *
 * Always: a time is in ns unless its name says otherwise, a size in bytes, and
 * an unknown value is DMALOAD_UNKNOWN.
 */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload.h>

#define BENCH_MIB ((uint64_t)1 << 20)
/* Bytes of one read of the rivals: the library's default. */
#define BENCH_BLOCK BENCH_MIB
/* The first bytes of a file, whose arrival is timed. */
#define BENCH_FIRST (64 * BENCH_MIB)
#define BENCH_RANGES 10000
/* A source's name, with the final NUL. */
#define BENCH_SOURCE_SIZE 160
#define BENCH_CGROUP_BYTES (64 * BENCH_MIB)

enum bench_what {
	BENCH_LOAD,
	BENCH_READ,
	BENCH_READ_AHEAD,
	BENCH_MMAP,
	BENCH_PREAD,
	BENCH_MEMCPY,
	BENCH_URING,
	BENCH_URING_AGAIN,
	BENCH_URING_OWN,
};

/* The part that is timed, or the conditions. */
enum bench_view {
	/* From open(2) to the last byte, into memory that is populated. */
	BENCH_READY,
	/* From the allocation of the memory to its release. */
	BENCH_WHOLE,
	/* As READY, of a file in the page cache. */
	BENCH_WARM,
	/* As READY, in 10,000 ranges. */
	BENCH_SPLIT,
	/* As READY, with the first 64 MiB at their own priority. */
	BENCH_EARLY,
	/* As READY, in a memory cgroup of 64 MiB. */
	BENCH_CRAMPED,
};

struct bench_case {
	/* [VIEW/]WHAT/SOURCE[/ENGINE] */
	char name[192];
	enum bench_what what;
	enum bench_view view;
	char source[BENCH_SOURCE_SIZE];
	/* For BENCH_LOAD, as in struct dmaload_options. */
	uint32_t paths;
	enum dmaload_engine engine;
};

/* A case that cannot be measured here, and why. */
struct bench_absent {
	char name[192];
	char reason[DMALOAD_MESSAGE_SIZE];
};

/* One measurement. An unknown value is DMALOAD_UNKNOWN. */
struct bench_run {
	/* 0, or -errno and the reason. */
	struct dmaload_error error;
	uint64_t ns;
	/* CPU time of all threads of the process. */
	uint64_t user_ns;
	uint64_t kernel_ns;
	/* From the beginning until the first 64 MiB, or all, could be used. */
	uint64_t first_ns;
	uint64_t faults;
	uint64_t switches;
	/* Pages of the file in the page cache, before and after. */
	uint64_t cached_before;
	uint64_t cached_after;
	/* Pages of another file that were evicted. */
	uint64_t evicted;
	/* File pages of the whole machine that the kernel reclaimed. */
	uint64_t reclaimed;
	/* The maximum that was pinned for I/O. */
	uint64_t pinned;
	/* Memory of the process itself, without what was loaded. */
	uint64_t memory;
	/* The report of BENCH_LOAD. */
	struct dmaload_report report;
};

/* A run of fio. */
struct bench_disk {
	struct dmaload_error error;
	/* Bytes per second; 0: not measured. */
	double speed;
	double seconds;
	/* CPU seconds. */
	double user;
	double kernel;
};

struct bench_reference {
	/* Why there is no reference, or empty. */
	char absent[DMALOAD_MESSAGE_SIZE];
	char version[64];
	const char *engine;
	/* The value of --iomem. */
	const char *memory;
	uint64_t block;
	unsigned depth;
	/* The bytes to read in blocks in random order; 0: the file from its
	 * beginning. */
	uint64_t random_bytes;
	/* The runs that found the best settings. */
	struct bench_trial {
		uint64_t block;
		unsigned depth;
		unsigned runs;
		/* Bytes per second, the median of the runs. */
		double speeds[3];
		double speed;
	} *trials;
	size_t trial_count;
};

/* All cases once. Case i is between two runs of fio, before and after it. */
struct bench_round {
	struct bench_run *runs;
	struct bench_disk *disks;
	size_t disk_count;
	/* The runs of fio around case i are disks[before[i]] and the next. */
	size_t *before;
	/* One for each pair. */
	struct bench_pair_run *pairs;
};

struct bench_statistics {
	size_t count;
	double median;
	double min;
	double max;
	/* The medians of the lower and of the upper half. */
	double low;
	double high;
};

/* A case, over the rounds. */
struct bench_summary {
	/* Rounds that count, that failed, and that are marked. */
	size_t count;
	size_t failed;
	size_t marked;
	/* Bytes per second. */
	struct bench_statistics speed;
	/* The ratio to fio's speed in the same round. */
	struct bench_statistics ratio;
	/* CPU seconds per 10^9 bytes. */
	struct bench_statistics user;
	struct bench_statistics kernel;
	/* Seconds. */
	struct bench_statistics seconds;
	struct bench_statistics first;
	/*
	 * Bytes. The median shows what a case did: a machine may reclaim pages
	 * at any time.
	 */
	struct bench_statistics evicted;
	/* The maximum of all rounds; DMALOAD_UNKNOWN if one is unknown. */
	uint64_t residue;
	uint64_t pinned;
	uint64_t memory;
	/* The first that did not fail, or NULL. */
	const struct bench_run *run;
};

/* One fact about this machine; those of one line are printed together. */
struct bench_fact {
	const char *line;
	const char *key;
	char text[200];
};

struct bench {
	/* The request. */
	const char *name;
	/* Its fd as a path, for later opens: another file may have the name by
	 * then. */
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	uint64_t length;
	unsigned rounds;
	/* NULL: every source that works here. */
	const char *source;
	/* For cases that the library loads. */
	enum dmaload_engine engine;
	const char **patterns;
	size_t pattern_count;
	bool no_fio;
	/* 0: to be found. */
	uint64_t fio_block;
	unsigned fio_depth;
	/* A run of fio between any two cases, not only around each round. */
	bool paired;
	bool list;
	bool quiet;
	/* NULL: none; "-": to stdout, in place of the table. */
	const char *json;

	/* FILE, for queries; each measurement opens its own fd. */
	int fd;
	struct dmaload_file *file;
	uint64_t size;
	uint64_t cached;
	/* The readahead of its disk, in bytes; 0: unknown. */
	uint64_t read_ahead;
	/* Why O_DIRECT does not work on it, or empty. */
	char no_direct[DMALOAD_MESSAGE_SIZE];
	/* Why there is no io_uring, or empty. */
	char no_uring[DMALOAD_MESSAGE_SIZE];
	/* A file of the bench whose pages should stay, or -1. */
	int sentinel;
	/* The folder of a memory cgroup; or empty, and why there is none. */
	char cgroup[256];
	char no_cgroup[DMALOAD_MESSAGE_SIZE];

	struct bench_fact facts[48];
	size_t fact_count;
	struct bench_case *cases;
	size_t case_count;
	struct bench_absent *absent;
	size_t absent_count;
	struct bench_pair *pairs;
	size_t pair_count;
	struct bench_reference reference;
	/* The rival of the pair queued/64K. */
	struct bench_reference random;
	struct bench_round *results;
	/* The number of results so far. */
	size_t done;
};

#endif

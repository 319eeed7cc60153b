/* SPDX-License-Identifier: MIT */
/*
 * "dmaload bench", in the order of its work:
 *
 *   cmd_bench.c      the request
 *   bench_host.c     the machine
 *   bench_cases.c    the cases that can be measured here
 *   bench_reference.c  the speed of the disk
 *     bench_fio.c      one run of fio
 *   bench_rounds.c   all cases repeatedly, each between two runs of fio
 *     bench_run.c      one measurement
 *       bench_child.c    in its own process
 *       bench_cache.c    the page cache and the memory before it, and after
 *       bench_cgroup.c   little memory
 *       bench_target.c   the memory to load into
 *       bench_loads.c    by the library, or
 *       bench_rivals.c   by a program without it
 *       bench_uring.c    as fast as the disk fills this memory
 *     bench_pairs.c    many loads by one context, beside a rival
 *       bench_pair_run.c one measurement
 *       bench_places.c   the offsets and slots of loads
 *       bench_tally.c    their latencies and CPU time
 *       bench_small.c    one after the other
 *       bench_queued.c   several in flight, beside
 *       bench_ring.c     io_uring alone
 *       bench_urgent.c   beside a large load
 *       bench_transform.c  with a transform
 *   bench_summary.c, bench_pair_summary.c
 *                    medians, ratios
 *   bench_table.c, bench_json.c, bench_pair_out.c
 *
 * It never writes to FILE.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <dmaload.h>

#include "bench_data.h"

void bench_host(struct bench *bench);

const char *bench_what_name(enum bench_what what);
/* Return "" for BENCH_READY. */
const char *bench_view_name(enum bench_view view);
int bench_find_cases(struct bench *bench, struct dmaload_error *err);
/* Return true if the user selected the case of this name. */
bool bench_wanted(const struct bench *bench, const char *name);
void bench_leave_out(struct bench *bench, const char *name, const char *reason);
/* Make room for one more in an array of count elements. Return false without
 * memory. */
bool bench_grow(void *array, size_t count, size_t size);

/* Find the settings with which fio is fastest, unless there is no fio. */
int bench_reference_find(struct bench *bench, struct dmaload_error *err);
void bench_reference_run(const struct bench *bench, struct bench_disk *disk);
/* Return true if a pair is compared with reads in random order. */
bool bench_random_wanted(const struct bench *bench);
void bench_random_run(const struct bench *bench, struct bench_disk *disk);
/* Run fio on the first bytes of FILE; version may be NULL. Return false after a
 * signal. */
bool bench_fio(const struct bench *bench, const struct bench_reference *how,
	       uint64_t size, struct bench_disk *disk, char *version,
	       size_t version_size);

int bench_rounds(struct bench *bench, struct dmaload_error *err);
void bench_rounds_free(struct bench *bench);
/* Return true if the case uses the disk, and the runs of fio around it in round
 * n differ by more than a tenth. */
bool bench_round_marked(const struct bench *bench, size_t n, size_t i);
/* Return the speed of fio around case i, in bytes per second; 0 if there is
 * none. */
double bench_round_reference(const struct bench_round *round, size_t i);

/* Return false after a signal; otherwise run->error has the result. */
bool bench_measure(const struct bench *bench, const struct bench_case *what,
		   struct bench_run *run);
typedef void (*bench_work_fn)(const struct bench *bench, const void *what,
			      void *result);
/* Let work() fill in the result, of size bytes, in its own process. Return
 * false after a signal. The result is valid only if err->code is 0. */
bool bench_in_child(const struct bench *bench, bench_work_fn work,
		    const void *what, void *result, size_t size,
		    struct dmaload_error *err);
/* Wait for a child, whose output becomes *data. Return false after a signal;
 * the child has ended then. */
bool bench_collect(pid_t child, int fd, void *data, size_t size, size_t *got,
		   int *status);

/* Prepare the page cache. -EPERM: the kernel does not report it. */
int bench_chill(const struct bench *bench, struct dmaload_error *err);
int bench_heat(const struct bench *bench, struct dmaload_error *err);
uint64_t bench_resident(const struct bench *bench);
/* Touch a number of bytes: memory that the hypervisor has taken back costs
 * more. */
void bench_touch(size_t bytes);
int bench_sentinel(void);
/* Read all of it into the page cache; return how many bytes of it are
 * resident. */
uint64_t bench_sentinel_heat(int fd);
uint64_t bench_sentinel_resident(int fd);
/* Return the file pages that the kernel has reclaimed since boot, in bytes. */
uint64_t bench_reclaimed(void);

void bench_cgroup_make(struct bench *bench);
void bench_cgroup_remove(struct bench *bench);
int bench_cgroup_enter(const struct bench *bench, struct dmaload_error *err);

struct bench_target {
	struct dmaload_buffer *buffer;
	/* The mapping of the bench itself, or NULL. */
	void *own;
	size_t own_bytes;
};

/* Make a target of a source of the library or of the bench: "memory",
 * "memory:4K", "memfd:2M". */
int bench_target_create(struct bench_target *target, const char *source,
			uint64_t size, bool populate, struct dmaload_error *err);
void bench_target_destroy(struct bench_target *target);
/* Check that a source works here, in the size to be measured. */
int bench_source_try(const struct bench *bench, const char *source,
		     struct dmaload_error *err);
/* Query whether the library would load FILE by these paths, with a small
 * buffer. */
int bench_load_try(const struct bench *bench, const char *source, uint32_t paths,
		   enum dmaload_engine engine, struct dmaload_error *err);

/* The objects of a measurement while its memory is compared. */
struct bench_work {
	const struct bench *bench;
	const struct bench_case *what;
	struct dmaload_buffer *buffer;
	uint64_t begun_ns;
	struct bench_run *run;

	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_range *ranges;
	struct dmaload_job *job;
	int fd;
	void *memory;
	size_t memory_bytes;
};

int bench_load(struct bench_work *work, struct dmaload_error *err);
void bench_load_finish(struct bench_work *work);
int bench_rival(struct bench_work *work, struct dmaload_error *err);
/* Return true if the case is io_uring alone, of any kind. */
bool bench_uring_alone(const struct bench_case *what);
/* Run io_uring alone, of the case's kind. Return 0 or -errno. */
int bench_by_uring(struct bench_work *work);
/* Fail if memory for BENCH_URING_OWN cannot be registered. */
int bench_registering_try(struct dmaload_error *err);
/* Allocate populated memory, in huge pages if the kernel grants them. The
 * caller frees it. Return NULL without memory. */
void *bench_own_memory(size_t bytes);
/* Note how many bytes have arrived. */
void bench_arrived(struct bench_work *work, uint64_t bytes);
void bench_rival_finish(struct bench_work *work);

/* Sort the values. The median of an even number is the mean of the two in the
 * middle. */
void bench_statistics(double *values, size_t count,
		      struct bench_statistics *statistics);
void bench_summary(const struct bench *bench, size_t i,
		   struct bench_summary *summary);
/* Summarize all runs of fio. */
void bench_summary_fio(const struct bench *bench, struct bench_summary *summary);

void bench_print_table(const struct bench *bench);
/* Print the path and the engine, if anything was loaded. */
void bench_print_way(const struct dmaload_report *report);
/* Print everything; failure is why there is no more, or NULL. */
int bench_print_json(const struct bench *bench, const struct dmaload_error *failure,
		     struct dmaload_error *err);

struct json_object;
/* Add null if there are no values. */
void bench_json_statistics(struct json_object *object, const char *key,
			   const struct bench_statistics *statistics);
/* Add nothing after a success. */
void bench_json_error(struct json_object *object, const struct dmaload_error *error);

#endif

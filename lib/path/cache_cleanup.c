/* SPDX-License-Identifier: MIT */
#include "io/engine.h"
#include "path/cache_cleanup.h"

#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/fallback.h"
#include "sys/filter.h"
#include "sys/sys.h"

/* QUERY_CHUNKS: how many chunks are queried together, since each query takes
 * time. NEAR_CHUNKS: the residency of how many chunks must be known ahead, so
 * that a buffered read can announce them, or the plan can decide whether
 * resident pages are worth a copy. */
#define QUERY_CHUNKS 16u
#define NEAR_CHUNKS 6u

/* Tries of 1 ms each; and after a failure. */
#define TRIES 100u
#define TRIES_FAILED 200u

static struct interval wanted_interval(const struct chunk *chunk)
{
	const uint64_t start = chunk->file_offset + chunk->skip;

	return (struct interval){ start, start + chunk->data_length };
}

void cache_cleanup_query(struct load *load)
{
	const uint64_t chunk = load->seat.engine->chunk_bytes;
	struct interval near;
	struct load_file *load_file;
	struct place place;
	struct interval gap;

	if (!plan_peek(&load->plan, QUERY_CHUNKS * chunk, &place))
		return;
	load_file = &load->files[place.file];
	near = place.interval;
	if (near.end - near.start > NEAR_CHUNKS * chunk)
		near.end = near.start + NEAR_CHUNKS * chunk;
	/* No one needs the residency, and nothing will be read in. */
	if (!load->request.reports && load->request.options.cache == DMALOAD_CACHE_BYPASS &&
	    load->request.operation != DMALOAD_STORE && load_file->file->proven)
		return;
	if (load_file->file->stream || load_file->residency.status < 0 ||
	    !intervals_gap(&load_file->residency.queried, near, &gap))
		return;
	residency_query(&load_file->residency, load_file->file, place.interval);
	load_file->drop = load_file->residency.status < 0 &&
		    load->request.options.cache != DMALOAD_CACHE_KEEP;
}

void cache_cleanup_note(const struct load *load, struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	const struct load_file *load_file =
		&load->files[load->routes[chunk->route].file];

	slot->absent = !load_file->file->stream &&
		residency_was_absent(&load_file->residency, load_file->file, wanted_interval(chunk));
}

/*
 * The page cache may have more of the file than before: other processes may
 * have read it, or the file system may have read it through the page cache in
 * spite of O_DIRECT.
 */
static int cached_by_direct_reads(struct load *load,
				  struct load_file *load_file, uint64_t *left)
{
	uint64_t more;
	int r;

	*left = 0;
	if (load_file->file->proven)
		return 0;
	/* To query page by page takes 10 ms a GiB (Linux 6.18), and no read is
	 * left to do meanwhile. The extents answer sooner. */
	if (!filter_permits(DMALOAD_SYSCALLS_ALL) &&
	    load_file->directness == DIRECTNESS_PROVEN &&
	    fallback_is_excluded(load, load_file))
		return 0;
	r = residency_grown(&load_file->residency, load_file->file,
			    load_file->bounds, &more);
	if (r == 0 && more > 0 && !fallback_is_excluded(load, load_file))
		*left = more;
	return r;
}

/* Return the bytes of a file that this load left in the page cache, or
 * DMALOAD_UNKNOWN. */
static uint64_t residue_of(struct load *load, struct load_file *load_file,
			   bool keep_cached)
{
	const struct interval all = { 0, UINT64_MAX };
	uint64_t left, direct = 0;

	if (load->request.operation != DMALOAD_STORE && !keep_cached &&
	    load_file->residency.queried.count > 0 &&
	    load_file->residency.brought.count == 0 &&
	    cached_by_direct_reads(load, load_file, &direct) < 0)
		return DMALOAD_UNKNOWN;
	if (!keep_cached)
		residency_drop(&load_file->residency, load_file->file, all);
	if (residency_left(&load_file->residency, load_file->file, &left) < 0)
		return DMALOAD_UNKNOWN;
	return direct > left ? direct : left;
}

static uint64_t residue(struct load *load, bool keep_cached)
{
	uint64_t sum = 0, one;
	uint32_t i;

	for (i = 0; i < load->n_files; i++) {
		if (load->files[i].file->stream)
			continue;
		one = residue_of(load, &load->files[i], keep_cached);
		if (one == DMALOAD_UNKNOWN)
			return one;
		sum += one;
	}
	return sum;
}

static uint64_t resident_before(const struct load *load)
{
	const struct load_file *load_file;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < load->n_files; i++) {
		load_file = &load->files[i];
		if (load_file->file->stream)
			continue;
		if (load_file->residency.status < 0)
			return DMALOAD_UNKNOWN;
		sum += residency_bytes(&load_file->residency, load_file->file,
				       load_file->bounds);
	}
	return sum;
}

/* Return true if waiting may help to drop the pages that are left. */
static bool may_become_less(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_files; i++)
		if (load->files[i].residency.brought.count > 0 &&
		    !file_is_memory(load->files[i].file))
			return true;
	return false;
}

/*
 * A page that the kernel is migrating cannot be dropped until that is done.
 * Pages that were announced and are still being read, as after a failure, take
 * longer. On tmpfs pages stay, so there is no wait.
 */
void cache_cleanup_finish(struct load *load, int result)
{
	const bool keep_cached = load->request.options.cache == DMALOAD_CACHE_KEEP &&
			  load->request.operation != DMALOAD_STORE;
	unsigned tries = keep_cached ? 0 : result < 0 ? TRIES_FAILED : TRIES;
	uint64_t left;

	left = residue(load, keep_cached);
	while (left > 0 && left != DMALOAD_UNKNOWN && tries-- > 0 &&
	       may_become_less(load)) {
		sys_nap();
		left = residue(load, keep_cached);
	}
	stats_cache(&load->stats, resident_before(load), left);
}

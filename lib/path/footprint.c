/* SPDX-License-Identifier: MIT */
#include "io/engine.h"
#include "path/footprint.h"

#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/fallback.h"
#include "sys/filter.h"
#include "sys/sys.h"

/* Chunks that are looked at together, since a look has its price; and those that are
 * to be known: what is announced ahead of a buffered read, and what a run of pages
 * behind the next chunk takes to be worth a copy. */
#define LOOK_CHUNKS 16u
#define NEAR_CHUNKS 6u

/* Times 1 ms; and after a failure. */
#define TRIES 100u
#define TRIES_FAILED 200u

static struct interval span_of(const struct chunk *chunk)
{
	const uint64_t start = chunk->file_offset + chunk->skip;

	return (struct interval){ start, start + chunk->span };
}

void footprint_look(struct load *load)
{
	const uint64_t chunk = load->seat.engine->chunk_bytes;
	struct interval near;
	struct load_file *own;
	struct place place;
	struct interval gap;

	if (!plan_peek(&load->plan, LOOK_CHUNKS * chunk, &place))
		return;
	own = &load->files[place.file];
	near = place.part;
	if (near.end - near.start > NEAR_CHUNKS * chunk)
		near.end = near.start + NEAR_CHUNKS * chunk;
	/* Nobody asks what is resident, and nothing will be brought in. */
	if (!load->request.reports && load->request.options.cache == DMALOAD_CACHE_BYPASS &&
	    load->request.operation != DMALOAD_STORE && own->file->proven)
		return;
	if (own->file->stream || own->residency.status < 0 ||
	    !intervals_gap(&own->residency.looked, near, &gap))
		return;
	residency_look(&own->residency, own->file, place.part);
	own->drop = own->residency.status < 0 &&
		    load->request.options.cache != DMALOAD_CACHE_KEEP;
}

void footprint_note(const struct load *load, struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	const struct load_file *own =
		&load->files[load->routes[chunk->route].file];

	slot->absent = !own->file->stream &&
		residency_was_absent(&own->residency, own->file, span_of(chunk));
}

/*
 * There may be more in the page cache than there was because others have read the
 * file, or because the file system took O_DIRECT for less than it is.
 */
static int look_behind_direct_reads(struct load *load, struct load_file *own,
				    uint64_t *left)
{
	uint64_t more;
	int r;

	*left = 0;
	if (own->file->proven)
		return 0;
	/* Page by page it takes 10 ms a GiB, when no read is left to hide that behind
	 * (Linux 6.18). The extents tell sooner. */
	if (!filter_permits(DMALOAD_SYSCALLS_ALL) &&
	    own->directness == DIRECTNESS_PROVEN &&
	    fallback_is_excluded(load, own))
		return 0;
	r = residency_grown(&own->residency, own->file, own->hull, &more);
	if (r == 0 && more > 0 && !fallback_is_excluded(load, own))
		*left = more;
	return r;
}

/* Return the bytes of a file that this load left in the page cache; or
 * UNKNOWN. */
static uint64_t residue_of(struct load *load, struct load_file *own, bool keep)
{
	const struct interval all = { 0, UINT64_MAX };
	uint64_t left, direct = 0;

	if (load->request.operation != DMALOAD_STORE && !keep &&
	    own->residency.looked.count > 0 &&
	    own->residency.brought.count == 0 &&
	    look_behind_direct_reads(load, own, &direct) < 0)
		return DMALOAD_UNKNOWN;
	if (!keep)
		residency_drop(&own->residency, own->file, all);
	if (residency_left(&own->residency, own->file, &left) < 0)
		return DMALOAD_UNKNOWN;
	return direct > left ? direct : left;
}

static uint64_t residue(struct load *load, bool keep)
{
	uint64_t sum = 0, one;
	uint32_t i;

	for (i = 0; i < load->n_files; i++) {
		if (load->files[i].file->stream)
			continue;
		one = residue_of(load, &load->files[i], keep);
		if (one == DMALOAD_UNKNOWN)
			return one;
		sum += one;
	}
	return sum;
}

static uint64_t resident_before(const struct load *load)
{
	const struct load_file *own;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < load->n_files; i++) {
		own = &load->files[i];
		if (own->file->stream)
			continue;
		if (own->residency.status < 0)
			return DMALOAD_UNKNOWN;
		sum += residency_bytes(&own->residency, own->file, own->hull);
	}
	return sum;
}

/* Return true if it is worth while to wait for pages that could not be
 * dropped. */
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
 * A page that the kernel is moving elsewhere cannot be dropped; a little later it can.
 * Those that were announced and are still being read, as after a failure, take longer.
 * On tmpfs they stay, and there nothing is waited for.
 */
void footprint_after(struct load *load, int result)
{
	const bool keep = load->request.options.cache == DMALOAD_CACHE_KEEP &&
			  load->request.operation != DMALOAD_STORE;
	unsigned tries = keep ? 0 : result < 0 ? TRIES_FAILED : TRIES;
	uint64_t left;

	left = residue(load, keep);
	while (left > 0 && left != DMALOAD_UNKNOWN && tries-- > 0 &&
	       may_become_less(load)) {
		sys_nap();
		left = residue(load, keep);
	}
	stats_cache(&load->stats, resident_before(load), left);
}

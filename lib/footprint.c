/* SPDX-License-Identifier: MIT */
#include "footprint.h"

#include "file.h"
#include "load.h"
#include "sys.h"

/*
 * Whoever reads a page that somebody else's readahead has marked sets off the next
 * readahead, even with RWF_NOWAIT and POSIX_FADV_RANDOM (read in the source of Linux
 * 6.12, and seen). So pages appear behind what was read; no readahead is longer
 * than this.
 */
#define READAHEAD_MAX ((uint64_t)32 << 20)

/* Times 1 ms. */
#define DROP_TRIES 200

void footprint_before(struct load *load)
{
	uint64_t bytes = 0;
	bool known = true;
	uint32_t i;

	for (i = 0; i < load->n_files; i++) {
		struct load_file *own = &load->files[i];

		if (own->file->stream)
			continue;
		residency_take(&own->before, own->file, own->hull.start,
			       own->hull.end - own->hull.start + READAHEAD_MAX);
		own->drop = own->before.status < 0 &&
			    load->options.cache != DMALOAD_CACHE_KEEP;
		known &= own->before.status == 0;
		bytes += residency_bytes(&own->before, own->hull.start,
					 own->hull.end - own->hull.start);
	}
	if (known)
		load->report.cache_before_bytes = bytes;
}

static void drop_pending(struct load_file *own)
{
	const uint64_t start = own->pending.start;

	if (start < own->pending.end)
		residency_drop_new(&own->before, own->file, start,
				   own->pending.end - start);
	own->pending = (struct run){ 0, 0 };
}

/* What lies behind an extent is usually in the next or around it: so what overlaps is
 * looked through as one. */
static void add_pending(struct load_file *own, const struct extent *extent)
{
	const uint64_t start = extent->file_offset;
	const uint64_t end = start + extent->length + READAHEAD_MAX;
	struct run *pending = &own->pending;

	if (start > pending->end || end < pending->start)
		drop_pending(own);
	if (pending->end == 0 || start < pending->start)
		pending->start = start;
	if (end > pending->end)
		pending->end = end;
}

/* Only those of our ranges and close behind: others may have brought in the rest. */
static void drop_what_we_brought(struct load *load)
{
	struct load_file *own;
	size_t i;

	for (i = 0; i < load->plan.count; i++) {
		own = load_file_of(load, load->plan.extents[i].route);
		if (own->cached)
			add_pending(own, &load->plan.extents[i]);
	}
	for (i = 0; i < load->n_files; i++)
		drop_pending(&load->files[i]);
}

/* What of a file, and so many bytes behind it, is in the page cache now and was not
 * before; or UNKNOWN. */
static uint64_t residue_of(const struct load_file *own, uint64_t behind)
{
	const uint64_t length = own->hull.end - own->hull.start + behind;
	uint64_t before, after;

	if (own->before.status < 0 ||
	    residency_count(own->file, own->hull.start, length, &after) < 0)
		return DMALOAD_UNKNOWN;
	before = residency_bytes(&own->before, own->hull.start, length);
	return after > before ? after - before : 0;
}

/*
 * Pages that were announced and are still being read, as after a failure, cannot be
 * dropped; a little later they can.
 */
static uint64_t drop_and_count(struct load *load, bool keep)
{
	uint64_t residue = 0, one;
	unsigned tries = 0;
	bool ours;
	uint32_t i;

	do {
		if (tries > 0)
			sys_nap();
		if (!keep)
			drop_what_we_brought(load);
		residue = 0;
		ours = false;
		for (i = 0; i < load->n_files; i++) {
			if (load->files[i].file->stream)
				continue;
			one = residue_of(&load->files[i], 0);
			if (one == DMALOAD_UNKNOWN)
				return one;
			residue += one;
			ours |= load->files[i].cached &&
				residue_of(&load->files[i], READAHEAD_MAX) > 0;
		}
	} while (ours && !keep && ++tries < DROP_TRIES);
	return residue;
}

void footprint_after(struct load *load)
{
	const bool keep = load->options.cache == DMALOAD_CACHE_KEEP &&
			  load->operation != DMALOAD_STORE;

	load->report.cache_residue_bytes = drop_and_count(load, keep);
}

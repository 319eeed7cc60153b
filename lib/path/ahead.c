/* SPDX-License-Identifier: MIT */
/*
 * The kernel's readahead does not know where the range ends, so it leaves pages
 * behind that the load does not need. POSIX_FADV_WILLNEED reads exactly the
 * bytes that it is given.
 */
#include "path/ahead.h"

#include <fcntl.h>

#include "file/file.h"
#include "io/engine.h"
#include "load/load.h"
#include "sys/sys.h"

/* How many chunks are announced ahead of the current one. */
#define AHEAD 4u

/* A file description that the caller shares keeps its readahead, which reads
 * beyond the requested bytes. No readahead is longer than this. */
#define READAHEAD_MAX ((uint64_t)32 << 20)

/* Pages that are resident by now belong to other readers. */
static void announce_one(struct load_file *load_file, struct interval interval)
{
	residency_query(&load_file->residency, load_file->file, interval);
	residency_bring(&load_file->residency, load_file->file, interval);
	sys_fadvise(load_file->file->fd, interval.start,
		    interval.end - interval.start,
		    POSIX_FADV_WILLNEED);
}

void ahead_announce(const struct load *load, struct load_file *load_file,
		    const struct chunk *chunk)
{
	const uint32_t step = load->seat.engine->chunk_bytes;
	uint64_t end = chunk->file_offset + (1 + AHEAD) * (uint64_t)step;
	const uint64_t limit = end;

	if (load_file->residency.status < 0 || load_file->piece < step ||
	    load->request.options.cache == DMALOAD_CACHE_KEEP)
		return;
	/* Stop at the end of the extent: the bytes behind it may be
	 * unwanted. */
	if (end > load_file->bounds.end)
		end = load_file->bounds.end;
	if (load->plan.extents[chunk->extent].file_offset +
	    load->plan.extents[chunk->extent].length < end)
		end = load->plan.extents[chunk->extent].file_offset +
		      load->plan.extents[chunk->extent].length;
	/* With priorities, the position may go back. */
	if (load_file->announced < chunk->file_offset ||
	    load_file->announced > limit)
		load_file->announced = chunk->file_offset;
	/* One chunk a call: the kernel cuts a longer one at the readahead
	 * size. */
	for (; load_file->announced < end; load_file->announced += step)
		announce_one(load_file, (struct interval){
			load_file->announced, end - load_file->announced < step ?
					end : load_file->announced + step });
}

void ahead_expect(struct load_file *load_file, struct interval interval)
{
	/* Readahead uses the current size, and the file may have grown. */
	const uint64_t size = load_file->file->shared ? file_size_now(load_file->file) : 0;

	if (interval.end < size)
		interval.end = size - interval.end < READAHEAD_MAX ? size :
			   interval.end + READAHEAD_MAX;
	residency_query(&load_file->residency, load_file->file, interval);
	residency_bring(&load_file->residency, load_file->file, interval);
}

/* SPDX-License-Identifier: MIT */
/*
 * The kernel's readahead does not know where the range ends, and leaves pages behind
 * that nobody asked for. POSIX_FADV_WILLNEED brings in exactly the bytes it is given.
 */
#include "path/ahead.h"

#include <fcntl.h>

#include "file/file.h"
#include "io/engine.h"
#include "load/load.h"
#include "sys/sys.h"

/* Chunks that are announced ahead of the one that is read. */
#define AHEAD 4u

/* A description that the caller shares keeps its readahead, which goes beyond the
 * bytes that are read; no readahead is longer than this. */
#define READAHEAD_MAX ((uint64_t)32 << 20)

/* Pages that are resident by now belong to others. */
static void announce_one(struct load_file *own, struct interval part)
{
	residency_look(&own->residency, own->file, part);
	residency_bring(&own->residency, own->file, part);
	sys_fadvise(own->file->fd, part.start, part.end - part.start,
		    POSIX_FADV_WILLNEED);
}

void ahead_announce(const struct load *load, struct load_file *own,
		    const struct chunk *chunk)
{
	const uint32_t step = load->seat.engine->chunk_bytes;
	uint64_t end = chunk->file_offset + (1 + AHEAD) * (uint64_t)step;
	const uint64_t most = end;

	if (own->residency.status < 0 || own->piece < step ||
	    load->request.options.cache == DMALOAD_CACHE_KEEP)
		return;
	/* Not beyond the extent: nobody may want what follows. */
	if (end > own->hull.end)
		end = own->hull.end;
	if (load->plan.extents[chunk->extent].file_offset +
	    load->plan.extents[chunk->extent].length < end)
		end = load->plan.extents[chunk->extent].file_offset +
		      load->plan.extents[chunk->extent].length;
	/* By priorities it may go back. */
	if (own->announced < chunk->file_offset || own->announced > most)
		own->announced = chunk->file_offset;
	/* One chunk a call: the kernel cuts a longer one at the readahead size. */
	for (; own->announced < end; own->announced += step)
		announce_one(own, (struct interval){
			own->announced, end - own->announced < step ?
					end : own->announced + step });
}

void ahead_expect(struct load_file *own, struct interval part)
{
	/* It may have grown, and readahead knows. */
	const uint64_t size = own->file->shared ? file_size_now(own->file) : 0;

	if (part.end < size)
		part.end = size - part.end < READAHEAD_MAX ? size :
			   part.end + READAHEAD_MAX;
	residency_look(&own->residency, own->file, part);
	residency_bring(&own->residency, own->file, part);
}

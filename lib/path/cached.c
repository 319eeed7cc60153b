/* SPDX-License-Identifier: MIT */
/*
 * Copy resident pages from the page cache. The route's own path reads the pages
 * that were evicted after the query, as far as that can be detected.
 */
#include "path/path.h"

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/sink.h"
#include "sys/sys.h"

/* Return true if the whole chunk was there. A failed copy is not repeated: the
 * route's own path reads the chunk. */
static bool copy(struct load *load, const struct chunk *chunk, void *data)
{
	struct load_file *load_file = load_file_of(load, chunk->route);
	const uint64_t start = sys_now();
	bool copied;

	stats_request(&load->stats);
	copied = residency_copy(&load_file->residency, load_file->file,
				chunk->file_offset,
				data, chunk->length);
	stats_read(&load->stats, sys_now() - start);
	return copied;
}

static int cached_move(struct load *load, struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	int r;

	if (!load_inspects(load))
		return copy(load, chunk, (char *)
			    load_buffer_of(load, chunk->route)->map +
			    chunk->buffer_offset) ? 0 : PATH_DECLINED;

	r = path_need_stage(load, load_file_of(load, chunk->route)->file);
	if (r < 0)
		return r;
	if (!copy(load, chunk, load->stage.memory))
		return PATH_DECLINED;
	return sink_put(load, chunk, load->stage.memory);
}

const struct path_ops path_cached = {
	.id = DMALOAD_PATH_CACHED,
	.name = "cached",
	.move = cached_move,
};

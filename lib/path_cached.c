/* SPDX-License-Identifier: MIT */
/*
 * Copying what the page cache holds. It is asked not to wait for the disk
 * (RWF_NOWAIT): a page that has been evicted since the cache was looked at is read
 * by the route's own path instead. What readahead brings in nevertheless is dropped
 * when the load ends.
 */
#include "path.h"

#include <errno.h>
#include <linux/fs.h>

#include "account.h"
#include "buffer.h"
#include "file.h"
#include "load.h"
#include "sink.h"
#include "sys.h"

static int cached_open(struct load *load, struct route *route)
{
	(void)load;
	(void)route;
	return 0;
}

static int cached_probe(struct load *load, struct route *route)
{
	(void)load;
	(void)route;
	return 0;
}

/* Whether all of the chunk was there. Nothing that fails is tried twice: the
 * route's own path is the second try. */
static bool read_now(struct load *load, const struct dmaload_file *file,
		     const struct chunk *chunk, void *data)
{
	const uint64_t start = sys_now();
	uint32_t got = 0;
	int flags = RWF_NOWAIT;
	ssize_t n = 1;

	while (n > 0 && got < chunk->length) {
		account_request(load);
		n = sys_read_at(file->fd, (char *)data + got,
				chunk->length - got, chunk->file_offset + got,
				flags);
		if (n > 0)
			got += (uint32_t)n;
		if (n > 0 && got < chunk->length)
			load->report.retries++;
		/* tmpfs, for one, cannot be asked not to wait; nor has it a disk. */
		if (n == -EOPNOTSUPP && flags != 0) {
			load->report.retries++;
			flags = 0;
			n = 1;
		}
	}
	load->report.read_ns += sys_now() - start;
	return got == chunk->length;
}

static int cached_move(struct load *load, struct transfer *transfer)
{
	const struct chunk *chunk = &transfer->chunk;
	struct load_file *own = load_file_of(load, chunk->route);
	int r;

	own->cached = true;

	if (load->operation == DMALOAD_LOAD &&
	    read_now(load, own->file, chunk,
		     (char *)load_buffer_of(load, chunk->route)->map +
		     chunk->buffer_offset))
		return 0;
	if (load->operation == DMALOAD_LOAD)
		return PATH_DECLINED;

	r = path_need_stage(load, own->file);
	if (r < 0)
		return r;
	if (!read_now(load, own->file, chunk, load->stage.memory))
		return PATH_DECLINED;
	return sink_put(load, chunk, load->stage.memory);
}

const struct path_ops path_cached = {
	.id = DMALOAD_PATH_CACHED,
	.name = "cached",
	.open = cached_open,
	.probe = cached_probe,
	.move = cached_move,
};

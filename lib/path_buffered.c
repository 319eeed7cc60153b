/* SPDX-License-Identifier: MIT */
/*
 * Reading through the page cache, and leaving it as it was.
 *
 * The kernel's readahead does not know where the range ends and leaves pages
 * behind that nobody asked for. So it is switched off for this fd, and its work
 * done here: the next reads are announced by POSIX_FADV_WILLNEED, which brings
 * in exactly what it is told. Behind each chunk the pages that were not resident
 * before the load are dropped, so that even a huge file takes a few MiB of the
 * page cache at a time.
 *
 * Where the kernel does not tell what was resident, that would drop the pages
 * of others. There the read itself is asked to drop what it brings in
 * (RWF_DONTCACHE, Linux 6.14), and where that is not known either the pages
 * stay, and the report says that it does not know.
 */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "account.h"
#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "pool.h"
#include "sys.h"
#include "verdict.h"

/* Chunks that are announced ahead of the one that is read. */
#define AHEAD 4u

#define TRIES_MAX 1000

struct reader {
	struct load *load;
	struct chunk chunk;
	uint32_t progress;
	/* Up to here the pages have been announced. */
	uint64_t announced;
	bool drop;
	/* A chunk's worth of memory, where the mapping is not read into. */
	struct pool stage;
};

static int buffered_open(struct load *load)
{
	(void)load;
	return 0;
}

/* The last resort takes whatever there is. */
static int buffered_probe(struct load *load)
{
	(void)load;
	return 0;
}

static void announce(struct reader *reader)
{
	const struct load *load = reader->load;
	const uint64_t range_end = load->range.file_offset + load->range.length;
	const uint32_t step = load->ctx->chunk_bytes;
	uint64_t end = reader->chunk.file_offset + (1 + AHEAD) * (uint64_t)step;

	if (load->before.status < 0)
		return;
	if (reader->announced < reader->chunk.file_offset)
		reader->announced = reader->chunk.file_offset;
	if (end > range_end)
		end = range_end;
	/* One chunk a call: the kernel cuts a longer one at the readahead size. */
	for (; reader->announced < end; reader->announced += step)
		sys_fadvise(load->file->fd, reader->announced,
			    end - reader->announced < step ?
			    end - reader->announced : step,
			    POSIX_FADV_WILLNEED);
}

static void *target(const struct reader *reader)
{
	if (reader->stage.memory)
		return reader->stage.memory;
	return (char *)reader->load->buffer->map + reader->chunk.buffer_offset;
}

/* Some file systems pin the memory even so (FUSE, 9p), and a heap's cannot be. */
static int use_stage(struct reader *reader)
{
	struct load *load = reader->load;
	int r;

	r = pool_init(&reader->stage, 1, load->ctx->chunk_bytes);
	if (r < 0)
		return fail(load->err, r, "no memory to read %s into: %s",
			    load->file->name, error_text(r));
	reader->progress = 0;
	return 0;
}

/* What can be done about an error: 0 to read again, or -errno. */
static int recover(struct reader *reader, int code)
{
	struct load *load = reader->load;

	if (code == -EFAULT && !reader->stage.memory)
		return use_stage(reader);
	if ((code == -EOPNOTSUPP || code == -EINVAL) && reader->drop) {
		reader->drop = false;
		return 0;
	}
	return account_read_error(load, code, reader->chunk.file_offset +
					  reader->progress);
}

static int read_chunk(struct reader *reader)
{
	struct load *load = reader->load;
	unsigned tries = 0;
	uint64_t start;
	ssize_t n;
	int r = 0;

	reader->progress = 0;
	while (r == 0 && reader->progress < reader->chunk.want) {
		account_read(load);
		start = sys_now();
		n = sys_read_at(load->file->fd,
				(char *)target(reader) + reader->progress,
				reader->chunk.want - reader->progress,
				reader->chunk.file_offset + reader->progress,
				reader->drop);
		load->report.read_ns += sys_now() - start;

		switch (verdict_of(&reader->chunk, 1, n, &reader->progress)) {
		case VERDICT_DONE:
			break;
		case VERDICT_MORE:
		case VERDICT_AGAIN:
			load->report.retries++;
			tries = n > 0 ? 0 : tries + 1;
			if (tries > TRIES_MAX)
				r = recover(reader, (int)n);
			break;
		case VERDICT_SHORT:
			r = account_short_read(load, reader->chunk.file_offset +
						   reader->progress);
			break;
		case VERDICT_DECLINE:
		case VERDICT_FAIL:
			r = recover(reader, (int)n);
			break;
		}
	}
	return r;
}

static int finish_chunk(struct reader *reader)
{
	struct load *load = reader->load;
	const struct chunk *chunk = &reader->chunk;
	int r = 0;

	if (reader->stage.memory)
		r = load->sink(load, chunk, reader->stage.memory);
	residency_drop_new(&load->before, load->file, chunk->file_offset,
			   chunk->want);
	if (r < 0)
		return r;
	account_bytes(load, &load->report.bytes_buffered, chunk->want);
	return account_progress(load);
}

static int buffered_run(struct load *load)
{
	const struct geometry geometry = {
		.block = 1,
		.mem_align = 1,
		.chunk = load->ctx->chunk_bytes,
		.in_place = !load->compare,
	};
	struct reader reader = {
		.load = load,
		.drop = load->before.status < 0,
	};
	int r = 0;

	if (load->before.status == 0 && !load->file->shared)
		sys_fadvise(load->file->fd, 0, 0, POSIX_FADV_RANDOM);
	load->cached = true;
	if (load->compare)
		r = use_stage(&reader);

	while (r == 0 && plan_take(&load->plan, &geometry, &reader.chunk)) {
		announce(&reader);
		r = read_chunk(&reader);
		if (r == 0)
			r = finish_chunk(&reader);
	}
	pool_finish(&reader.stage);
	return r;
}

const struct path_ops path_buffered = {
	.id = DMALOAD_PATH_BUFFERED,
	.name = "buffered",
	.open = buffered_open,
	.probe = buffered_probe,
	.run = buffered_run,
};

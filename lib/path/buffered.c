/* SPDX-License-Identifier: MIT */
/*
 * Read and write through the page cache, and leave it as it was.
 *
 * The kernel's readahead is off for this fd, and ahead.c does its work. Pages
 * that were absent before the load are dropped behind each chunk. So even a
 * huge file takes a few MiB of the page cache at a time.
 *
 * If the kernel does not report which pages were resident, dropping could hit
 * pages of other readers. The read itself is then asked to drop the pages that
 * it reads in (RWF_DONTCACHE, Linux 6.14). Without that flag the pages stay,
 * and the report says that the residue is unknown.
 *
 * Written pages are dirty and cannot be dropped before they are written back;
 * job/store.c does that.
 */
#include "path/path.h"

#include <errno.h>
#include <fcntl.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/io_result.h"
#include "io/slot.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/ahead.h"
#include "path/sink.h"
#include "sys/error.h"
#include "sys/filter.h"
#include "sys/sys.h"
#include "sys/uapi.h"

#define TRIES_MAX 1000

/* A read(2) in progress cannot be interrupted. So the first one is short, to
 * measure its time, and slow file systems, such as some by FUSE, get only short
 * ones. */
#define PIECE_FIRST 16384u
#define PIECE_MIN 4096u
#define SLOW_NS 200000000u

static int buffered_open(struct load *load, struct route *route)
{
	const struct load_file *load_file = &load->files[route->file];
	const bool keep_cached = load->request.options.cache == DMALOAD_CACHE_KEEP;

	if (load_file->file->direct_only)
		return path_decline(load, DMALOAD_PATH_BUFFERED, "%s was "
				    "opened with O_DIRECT and cannot be "
				    "reopened, so it bypasses the page cache",
				    load_file->file->name);
	/* Pages that are kept may be read ahead, too. An earlier load may have
	 * turned that off. */
	if (load_file->residency.status == 0 && !load_file->file->shared &&
	    load->request.operation != DMALOAD_STORE)
		sys_fadvise(load_file->file->fd, 0, 0,
			    keep_cached ? POSIX_FADV_NORMAL :
							POSIX_FADV_RANDOM);
	return 0;
}

/* The last resort: it accepts every buffer. */
static int buffered_probe(struct load *load, struct route *route)
{
	route->geometry = (struct geometry){
		.block = 1,
		.mem_align = 1,
		.chunk = load->seat.engine->chunk_bytes,
		.in_place = !load_inspects(load),
	};
	return 0;
}

/* Return the mapping itself, if reads into it work and the chunk has one
 * place. */
static void *target(struct load *load, const struct chunk *chunk)
{
	if (load->stage.memory || load_inspects(load))
		return load->stage.memory;
	return (char *)load_buffer_of(load, chunk->route)->map +
	       chunk->buffer_offset;
}

/* Some file systems (FUSE, 9p) pin the memory of a buffered read, too, and a
 * heap's memory cannot be pinned. */
static int use_stage(struct load *load, struct slot *slot)
{
	struct chunk *chunk = &slot->chunk;
	int r;

	r = path_need_stage(load, load_file_of(load, chunk->route)->file);
	if (r < 0)
		return r;
	slot->progress = 0;
	if (load->request.operation == DMALOAD_STORE)
		sink_get(load, chunk, load->stage.memory);
	return 0;
}

/* Recover from an error. Return 0 to try again, or -errno. */
static int recover(struct load *load, struct slot *slot, int code)
{
	struct load_file *load_file = load_file_of(load, slot->chunk.route);

	if (code == -EFAULT && !load->stage.memory)
		return use_stage(load, slot);
	/* EPERM and ENOSYS come from a seccomp filter: without the flag, the
	 * read is another system call. */
	if ((code == -EOPNOTSUPP || code == -EINVAL || code == -EPERM ||
	     code == -ENOSYS) && load_file->drop) {
		load_file->drop = false;
		return 0;
	}
	return load_failure(load, load_file->file, code,
			    slot->chunk.file_offset +
			       slot->chunk.skip + slot->progress);
}

static uint32_t next_piece(const struct load *load,
			   const struct load_file *load_file,
			   uint32_t length)
{
	const uint32_t piece = load_file->piece != 0 ? load_file->piece : PIECE_FIRST;

	if (load->request.operation == DMALOAD_STORE || length < piece)
		return length;
	return piece;
}

/* Read a whole chunk in one call if that is quick; otherwise as much as comes
 * in a short time. */
static void learn_speed(const struct load *load, struct load_file *load_file,
			uint32_t length, uint64_t ns)
{
	if (ns < SLOW_NS)
		load_file->piece = load_file->piece != 0 && load_file->piece < PIECE_FIRST ?
			     2 * load_file->piece : load->seat.engine->chunk_bytes;
	else
		load_file->piece = length / 2 > PIECE_MIN ? length / 2 : PIECE_MIN;
}

/* Move the rest of the chunk's requested bytes, or a piece of it, by one
 * call. */
static ssize_t move_some(struct load *load, const struct slot *slot,
			 uint32_t *asked)
{
	const struct chunk *chunk = &slot->chunk;
	struct load_file *load_file = load_file_of(load, chunk->route);
	const uint64_t offset = chunk->file_offset + chunk->skip +
				slot->progress;
	char *data = (char *)target(load, chunk) + slot->progress;
	const uint32_t length = next_piece(load, load_file,
					   chunk->data_length - slot->progress);
	const uint64_t start = sys_now();
	uint64_t took;
	ssize_t n;

	*asked = length;
	/* In the stage, an edge begins behind the skipped bytes. */
	if (load->stage.memory)
		data += chunk->skip;
	stats_request(&load->stats);
	if (load->request.operation == DMALOAD_STORE)
		n = sys_write_at(load_file->file->fd, data, length, offset);
	else
		n = sys_read_at(load_file->file->fd, data, length, offset,
				load_file->drop && filter_permits(DMALOAD_SYSCALLS_ALL) ?
				RWF_DONTCACHE : 0);
	took = sys_now() - start;
	stats_read(&load->stats, took);
	learn_speed(load, load_file, length, took);
	return n;
}

static int move_all(struct load *load, struct slot *slot)
{
	/* Check the requested bytes alone, as a chunk with blocks of one
	 * byte. */
	const struct chunk plain = { .wanted = slot->chunk.data_length,
				     .data_length = slot->chunk.data_length };
	const struct dmaload_file *file =
		load_file_of(load, slot->chunk.route)->file;
	uint32_t asked = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && slot->progress < plain.data_length) {
		r = load_check_stop(load);
		if (r < 0)
			return r;
		n = move_some(load, slot, &asked);
		switch (io_result_of(&plain, 1, n, &slot->progress)) {
		case IO_DONE:
			break;
		case IO_MORE:
		case IO_AGAIN:
			if (n < (ssize_t)asked)
				stats_retry(&load->stats);
			slot->tries = n > 0 ? 0 : slot->tries + 1;
			if (slot->tries > TRIES_MAX)
				r = recover(load, slot, (int)n);
			break;
		case IO_SHORT:
			r = load_short(load, file,
					  slot->chunk.file_offset +
					  slot->chunk.skip +
					  slot->progress);
			break;
		case IO_DECLINE:
		case IO_FAIL:
			r = recover(load, slot, (int)n);
			break;
		}
	}
	return r;
}

static int buffered_move(struct load *load, struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct load_file *load_file = load_file_of(load, chunk->route);
	const struct interval interval = { chunk->file_offset + chunk->skip,
				       chunk->file_offset + chunk->skip +
				       chunk->data_length };
	int r = 0;

	ahead_expect(load_file, interval);
	if (load->request.operation == DMALOAD_STORE) {
		/* The kernel does not read uncached memory by wide loads. */
		if (!plan_is_one_piece(&load->plan, chunk) ||
		    load_buffer_of(load, chunk->route)->uncached)
			r = path_need_stage(load, load_file->file);
		if (r < 0)
			return r;
		if (load->stage.memory)
			sink_get(load, chunk, load->stage.memory);
		return move_all(load, slot);
	}
	if (load_inspects(load))
		r = path_need_stage(load, load_file->file);
	if (r < 0)
		return r;
	ahead_announce(load, load_file, chunk);
	buffer_wait_near(load_buffer_of(load, chunk->route),
			 chunk->buffer_offset + chunk->wanted);
	r = move_all(load, slot);
	if (r == 0 && load->stage.memory)
		r = sink_put(load, chunk, load->stage.memory);
	if (load->request.options.cache != DMALOAD_CACHE_KEEP)
		residency_drop(&load_file->residency, load_file->file,
			       interval);
	return r;
}

const struct path_ops path_buffered = {
	.id = DMALOAD_PATH_BUFFERED,
	.name = "buffered",
	.open = buffered_open,
	.probe = buffered_probe,
	.move = buffered_move,
};

/* SPDX-License-Identifier: MIT */
/*
 * Read a stream in the order in which its bytes come.
 *
 * A step reads what is there and returns the rest of its chunk to the plan. So
 * the load can stop at any time, even on a slow stream. A step waits until the
 * deadline at most, and a stop ends the wait.
 */
#include "path/path.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/copy.h"
#include "io/engine.h"
#include "io/slot.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/sink.h"
#include "sys/error.h"
#include "sys/sys.h"

static int stream_probe(struct load *load, struct route *route)
{
	route->geometry = (struct geometry){
		.block = 1,
		.mem_align = 1,
		.chunk = load->seat.engine->chunk_bytes,
		.whole = true,
	};
	return 0;
}

/* The longest wait: the thread that runs the first job also checks the
 * deadlines of the waiting jobs. */
#define CHECK_NS 50000000u

static uint64_t wait_until(const struct load *load, uint64_t now)
{
	const uint64_t deadline = load->request.options.deadline_ns;

	if (deadline != 0 && deadline < now + CHECK_NS)
		return deadline;
	return now + CHECK_NS;
}

/* Return the bytes read, 0 at the end of the stream, -EAGAIN if nothing has
 * come, or -errno. */
static ssize_t receive(struct load *load, struct dmaload_file *file, void *data,
		       size_t length)
{
	const uint64_t start = sys_now();
	ssize_t n;
	int r;

	r = sys_wait_readable(file->fd, load->wake_fd,
			      wait_until(load, start));
	if (r <= 0) {
		stats_read_since(&load->stats, start);
		return r < 0 && r != -EINTR ? r : -EAGAIN;
	}
	stats_request(&load->stats);
	n = sys_read(file->fd, data, length);
	stats_read_since(&load->stats, start);
	if (n > 0)
		file->position += (uint64_t)n;
	if (n != -EINTR && n != -EAGAIN)
		return n;
	stats_retry(&load->stats);
	return -EAGAIN;
}

/* Read into the mapping, or by way of the stage once it is allocated. */
static ssize_t receive_chunk(struct load *load, struct dmaload_file *file,
			     const struct chunk *chunk)
{
	char *at = (char *)load_buffer_of(load, chunk->route)->map +
		   chunk->buffer_offset;
	ssize_t n;

	if (!load->stage.memory)
		return receive(load, file, at, chunk->wanted);
	n = receive(load, file, load->stage.memory, chunk->wanted);
	if (n > 0)
		copy_out(at, load->stage.memory, (size_t)n);
	return n;
}

/* Read and discard the bytes before the next range. */
static ssize_t skip(struct load *load, struct dmaload_file *file, uint64_t until)
{
	const uint64_t length = until - file->position;
	const uint32_t max = load->seat.engine->chunk_bytes;

	return receive(load, file, load->stage.memory,
		       length < max ? (size_t)length : max);
}

/* Allocate the stage, and read again into it. */
static int with_stage(struct load *load, const struct dmaload_file *file)
{
	const int r = path_need_stage(load, file);

	return r < 0 ? r : PATH_RETRY;
}

static int ended(struct load *load, const struct dmaload_file *file)
{
	if (load->open_ended && load->done > 0)
		return PATH_EOF;
	return fail(load->err, -ENODATA, "%s has ended after %" PRIu64 " bytes%s",
		    file->name, file->position, file->position == 0 ? "" :
		    ", and more was to come");
}

/* The buffer is full: find out whether the stream has ended. Return 1 if that
 * is not known yet. */
int path_stream_end(struct load *load)
{
	struct dmaload_file *file = load->files[0].file;
	char byte;
	ssize_t n;

	n = receive(load, file, &byte, 1);
	if (n == -EAGAIN)
		return 1;
	if (n == 0)
		return 0;
	if (n < 0)
		return load_failure(load, file, (int)n, file->position);
	return fail(load->err, -ENOSPC, "%s has more than the %" PRIu64
		    " bytes that fit", file->name, load->total);
}

/* Read into the stage, behind what is there of a unit. Return the bytes of the
 * whole units, 0 at the end of the stream, -EAGAIN if there is no whole unit
 * yet, or -errno. */
static ssize_t receive_units(struct load *load, struct dmaload_file *file,
			     const struct chunk *chunk)
{
	const uint32_t unit = load->request.transform.unit;
	ssize_t n;

	n = receive(load, file, (char *)load->stage.memory + load->carried,
		    chunk->wanted - load->carried);
	if (n < 0)
		return n;
	/* The last unit of a stream may be incomplete. */
	if (n == 0 && !load->open_ended)
		return 0;
	if (n == 0) {
		n = load->carried;
		load->carried = 0;
		return n;
	}
	n += load->carried;
	load->carried = (uint32_t)n == chunk->wanted ? 0 : (uint32_t)n % unit;
	n -= load->carried;
	return n == 0 ? -EAGAIN : n;
}

/* Give the received units to the transform, and keep the rest. */
static int give(struct load *load, const struct chunk *chunk)
{
	unsigned char *stage = load->stage.memory;
	const int r = sink_put(load, chunk, stage);

	memmove(stage, stage + chunk->wanted, load->carried);
	return r;
}

static int stream_move(struct load *load, struct slot *slot)
{
	struct chunk *chunk = &slot->chunk;
	struct dmaload_file *file = load_file_of(load, chunk->route)->file;
	const uint64_t position = file->position - load->carried;
	const bool gives = load->request.transform.function;
	ssize_t n;
	int r;

	if (chunk->file_offset < position)
		return fail(load->err, -EINVAL, "%s is at position %" PRIu64
			    " already, and cannot be read from %" PRIu64,
			    file->name, position, chunk->file_offset);
	if ((position < chunk->file_offset || gives) && !load->stage.memory)
		return with_stage(load, file);
	if (position < chunk->file_offset) {
		n = skip(load, file, chunk->file_offset);
		if (n > 0)
			return PATH_RETRY;
	} else if (gives) {
		n = receive_units(load, file, chunk);
	} else {
		/* Allocate before anything is read from the stream. */
		r = !load->stage.memory ? 0 :
		    buffer_populate_range(load_buffer_of(load, chunk->route),
					  chunk->buffer_offset, chunk->wanted,
					  load->err);
		if (r < 0)
			return r;
		n = receive_chunk(load, file, chunk);
	}
	if (n == -EAGAIN)
		return PATH_RETRY;
	/* A device that pins its target cannot pin a heap's memory. */
	if (n == -EFAULT && !load->stage.memory)
		return with_stage(load, file);
	if (n == 0)
		return ended(load, file);
	if (n < 0)
		return load_failure(load, file, (int)n, file->position);

	r = plan_shorten(&load->plan, chunk, (uint32_t)n);
	if (r < 0)
		return fail(load->err, r, "no memory to note what is still to be "
			    "read of %s", file->name);
	return gives ? give(load, chunk) : 0;
}

const struct path_ops path_stream = {
	.id = DMALOAD_PATH_STREAM,
	.name = "stream",
	.probe = stream_probe,
	.move = stream_move,
};

/* SPDX-License-Identifier: MIT */
/*
 * Prove that all readers see the bytes written with O_DIRECT.
 *
 * Another process that reads the file meanwhile can prevent the kernel from
 * invalidating a page under a direct write. The kernel may then have written
 * through the page cache. Or old bytes stay there, and the next caller that
 * asks gets EIO (iomap, "Page cache invalidation failure").
 *
 * So after direct writes the file is always written back, which is quick if
 * nothing is dirty. If that returns EIO, all written bytes are read and
 * compared. Pages that differ are invalidated and read again.
 */
#include "io/engine.h"
#include "job/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/copy.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/path.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Tries of 1 ms each, while a page is in use. */
#define TRIES 100

/* Compare the file's bytes, cached or on the disk, with the expected ones.
 * Return 0, -EBADMSG, or the error of the read. */
static int compare(struct load *load, struct dmaload_file *file,
		   const unsigned char *wanted, struct interval interval)
{
	const size_t length = (size_t)(interval.end - interval.start);
	unsigned char differs;
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = sys_read_at(file->fd, (char *)load->stage.memory + done,
				length - done, interval.start + done, 0);
		if (n < 0 && n != -EINTR)
			return (int)n;
		if (n == 0)
			return -EBADMSG;
		done += n > 0 ? (size_t)n : 0;
	}
	return copy_compare(wanted, load->stage.memory, length, &differs) ==
	       length ? 0 : -EBADMSG;
}

static int prove_part(struct load *load, struct load_file *load_file,
		      const unsigned char *wanted, struct interval interval)
{
	unsigned tries = 0;
	int r;

	residency_bring(&load_file->residency, load_file->file, interval);
	do {
		if (tries > 0)
			sys_nap();
		/* Drop these pages, even if another process read them in: they
		 * are old. */
		sys_fadvise(load_file->file->fd, interval.start,
			    interval.end - interval.start,
			    POSIX_FADV_DONTNEED);
		r = compare(load, load_file->file, wanted, interval);
	} while (r == -EBADMSG && ++tries < TRIES && load_check_stop(load) == 0);
	if (r == -EBADMSG)
		return fail(load->err, -EIO, "cannot verify %s at offset %"
			    PRIu64 " to %" PRIu64 ": the page cache has old "
			    "bytes, or they were not written, since another "
			    "process uses these pages",
			    load_file->file->name, interval.start,
			    interval.end);
	return r < 0 ? load_failure(load, load_file->file, r,
				    interval.start) : 0;
}

/* Check the part of an interval that lies in an extent, chunk by chunk. */
static int prove_extent(struct load *load, struct load_file *load_file,
			const struct extent *extent, struct interval interval)
{
	const unsigned char *map = load_buffer_of(load, extent->route)->map;
	const uint64_t end = extent->file_offset + extent->length;
	struct interval one;
	int r = 0;

	if (interval.start < extent->file_offset)
		interval.start = extent->file_offset;
	if (interval.end > end)
		interval.end = end;
	for (; r == 0 && interval.start < interval.end; interval.start = one.end) {
		one = interval;
		if (one.end - one.start > load->seat.engine->chunk_bytes)
			one.end = one.start + load->seat.engine->chunk_bytes;
		r = prove_part(load, load_file, map + extent->buffer_offset +
			       (one.start - extent->file_offset), one);
		residency_drop(&load_file->residency, load_file->file, one);
	}
	return r;
}

static int prove_all(struct load *load, struct load_file *record)
{
	const struct extent *extent = load->plan.extents;
	struct load_file *load_file;
	size_t e, i;
	int r;

	/* Readahead would bring in pages that are not compared. */
	if (!record->file->shared)
		sys_fadvise(record->file->fd, 0, 0, POSIX_FADV_RANDOM);
	r = path_need_stage(load, record->file);
	for (e = 0; r == 0 && e < load->plan.count; e++, extent++) {
		load_file = load_file_of(load, extent->route);
		if (&load->files[load_file->same] != record)
			continue;
		i = intervals_find(&record->written, extent->file_offset);
		for (; r == 0 && i < record->written.count; i++)
			r = prove_extent(load, load_file, extent,
					 record->written.items[i]);
	}
	return r;
}

int store_prove(struct load *load, struct load_file *record)
{
	const struct intervals *written = &record->written;
	int r = 0;

	if (written->count > 0)
		r = store_write_back(load, record, (struct interval){
			written->items[0].start,
			written->items[written->count - 1].end }, true);
	if (r == -EIO)
		r = prove_all(load, record);
	intervals_finish(&record->written);
	return r;
}

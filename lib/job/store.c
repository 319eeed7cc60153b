/* SPDX-License-Identifier: MIT */
/*
 * The parts of a store besides the pipeline.
 *
 * Space is allocated first. So a full disk is noticed before anything is
 * written, and direct writes do not have to wait for each other to extend the
 * file.
 *
 * Buffered writes leave dirty pages. Each chunk is written back at once, and
 * the pages WINDOW behind it are waited for and dropped. So a store of any size
 * takes a few MiB of the page cache.
 */
#include "job/store.h"

#include <errno.h>
#include <inttypes.h>

#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/path.h"
#include "sys/error.h"
#include "sys/sys.h"

#define WINDOW ((uint64_t)8 << 20)

/* The kernel may fill partial pages with zeros as it allocates (ext4). Pages
 * that appear then were absent before, so they are dropped in the end. */
static void expect_pages(struct load_file *load_file, struct interval interval)
{
	residency_query(&load_file->residency, load_file->file, interval);
	residency_bring(&load_file->residency, load_file->file,
			(struct interval){ interval.start, interval.start + 1 });
	residency_bring(&load_file->residency, load_file->file,
			(struct interval){ interval.end - 1, interval.end });
}

/* If a file system cannot allocate ahead, a full disk shows during the
 * writes. */
static int allocate(struct load *load, struct load_file *load_file)
{
	const uint64_t size = atomic_load(&load_file->file->size);
	const uint64_t start = load_file->bounds.start > size ? load_file->bounds.start : size;
	int r;

	if (load_file->bounds.end <= start)
		return 0;
	expect_pages(load_file, (struct interval){ start, load_file->bounds.end });
	do {
		/* On tmpfs this takes long, and signals interrupt it. */
		r = load_check_stop(load);
		if (r < 0)
			return r;
		r = sys_allocate(load_file->file->fd, start,
				 load_file->bounds.end - start);
	} while (r == -EINTR);
	if (r != -ENOSPC && r != -EDQUOT && r != -EFBIG)
		return 0;
	return fail(load->err, r, "cannot allocate space for the %" PRIu64
		    " bytes of %s at offset %" PRIu64 ": %s",
		    load_file->bounds.end - start,
		    load_file->file->name, start, error_text(r));
}

/* Ends that are not whole blocks are written through the page cache. */
static int check_ends(struct load *load)
{
	const struct extent *extent;
	struct dmaload_file *file;
	char why[DMALOAD_REASON_SIZE];
	uint64_t block;
	size_t i;

	for (i = 0; i < load->plan.count; i++) {
		extent = &load->plan.extents[i];
		file = load_file_of(load, extent->route)->file;
		if (!file->direct_only ||
		    file_open_direct(file, why, sizeof(why)) < 0)
			continue;
		block = path_block(load, file);
		if (extent->file_offset % block == 0 &&
		    extent->length % block == 0)
			continue;
		return fail(load->err, -EINVAL, "%s was opened with O_DIRECT "
			    "and cannot be reopened: only blocks of %" PRIu64
			    " bytes can be stored, not %" PRIu64 " bytes at "
			    "offset %" PRIu64, file->name, block,
			    extent->length, extent->file_offset);
	}
	return 0;
}

/* Report the limit before anything is written. */
static int check_size(struct load *load, const struct load_file *load_file,
		      uint64_t limit)
{
	if (load_file->file->block_device || load_file->bounds.end <= limit)
		return 0;
	return fail(load->err, -EFBIG, "cannot store %s up to offset %" PRIu64
		    ": %s; RLIMIT_FSIZE is %" PRIu64 " bytes: raise it (ulimit "
		    "-f)", load_file->file->name, load_file->bounds.end,
		    error_text(-EFBIG), limit);
}

static int check_sizes(struct load *load)
{
	const uint64_t limit = sys_file_size_max();
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_files; i++)
		r = check_size(load, &load->files[i], limit);
	return r;
}

int store_begin(struct load *load)
{
	uint32_t i;
	int r;

	sys_hold_xfsz(&load->signal);
	load->signal_held = true;
	r = check_ends(load);
	if (r == 0)
		r = check_sizes(load);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = allocate(load, &load->files[i]);
	return r;
}

/* An overlay only passes on fsync(2). */
static int write_back(const struct dmaload_file *file, struct interval interval,
		      bool wait)
{
	if (file->overlay)
		return wait ? sys_fsync(file->fd) : 0;
	return sys_write_back(file->fd, interval.start, interval.end - interval.start, wait);
}

int store_write_back(struct load *load, struct load_file *load_file,
		     struct interval interval, bool wait)
{
	int r;

	do {
		r = write_back(load_file->file, interval, wait);
	} while (r == -EINTR);
	/* Some files cannot be written back by ranges; they need fsync(2). */
	if (r == -ESPIPE || r == -EINVAL)
		r = 0;
	if (r < 0)
		return fail(load->err, error_of_others(r, true), "cannot write "
			    "back %s at offset %" PRIu64 " to %" PRIu64 ": %s "
			    "(%s)", load_file->file->name, interval.start,
			    interval.end,
			    error_text(r), error_name(r));
	return 0;
}

void store_wrote_directly(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct load_file *load_file =
		&load->files[load_file_of(load, chunk->route)->same];
	const uint64_t start = chunk->file_offset + chunk->skip;

	if (slot->path == DMALOAD_PATH_BUFFERED)
		return;
	/* If there is no memory to record it, it is not checked later. */
	intervals_add(&load_file->written,
		      (struct interval){ start, start + chunk->data_length });
}

int store_wrote(struct load *load, struct load_file *load_file,
		const struct chunk *chunk)
{
	const uint64_t start = chunk->file_offset + chunk->skip;
	const uint64_t end = start + chunk->data_length;
	uint64_t from = load_file->announced;
	int r;

	r = store_write_back(load, load_file, (struct interval){ start, end }, false);
	/* Writes do not always go forward, for example with priorities. */
	if (from < load_file->bounds.start || from > start)
		from = load_file->announced = load_file->bounds.start;
	if (r < 0 || end - from < 2 * WINDOW)
		return r;
	load_file->announced = end - WINDOW;
	r = store_write_back(load, load_file, (struct interval){
			     from, load_file->announced }, true);
	if (r == 0)
		residency_drop(&load_file->residency, load_file->file, (struct interval){
			from, load_file->announced });
	return r;
}

/* Allow loading the stored bytes even if the size cannot be queried. */
static void learn_size(struct load_file *load_file, int result)
{
	struct dmaload_file *file = load_file->file;
	struct sys_stat st;

	if (file->block_device)
		return;
	if (sys_stat_fd(file->fd, &st) == 0)
		atomic_store(&file->size, st.size);
	else if (result == 0 && file->size < load_file->bounds.end)
		atomic_store(&file->size, load_file->bounds.end);
}

int store_end(struct load *load, int result)
{
	uint32_t i;
	int r;

	store_abandon(load);
	for (i = 0; i < load->n_files; i++) {
		struct load_file *load_file = &load->files[i];

		if (result == 0 && (load->request.options.flags & DMALOAD_DURABLE)) {
			r = sys_fsync(load_file->file->fd);
			if (r < 0)
				result = fail(load->err, error_of_others(r, true),
					      "cannot make %s durable: %s (%s)",
					      load_file->file->name,
					      error_text(r), error_name(r));
		}
		learn_size(load_file, result);
	}
	if (load->signal_held)
		sys_release_xfsz(&load->signal);
	load->signal_held = false;
	return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * Which pages of a file the page cache holds.
 *
 * cachestat(2) (Linux 6.5) counts the pages of a range and is quick, since it
 * walks only those that exist; but it does not say which they are. mincore(2)
 * says which, at about 100 ns for each page asked for, which for 16 GiB is as
 * long as a tenth of the load. So ranges are counted first: nothing resident or
 * everything resident, the usual cases, are settled by that; a mixed range is
 * halved until it is small, and only then asked page by page.
 *
 * Both calls tell only those who own the file or may write it. mincore() then
 * claims that everything is resident, which must not be believed: its permission
 * is checked here before.
 */
#include "residency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "error.h"
#include "file.h"
#include "sys.h"

/* The most that is asked page by page at a time: 4 KiB of mincore()'s answer. */
#define WINDOW_PAGES 4096u

static struct run page_range(uint64_t offset, uint64_t length)
{
	const uint64_t mask = sys_page_size() - 1;

	return (struct run){ offset & ~mask, (offset + length + mask) & ~mask };
}

static int add_run(struct residency *residency, struct run run)
{
	struct run *runs = residency->runs;
	size_t room = residency->room;

	residency->bytes += run.end - run.start;
	if (residency->count > 0 &&
	    runs[residency->count - 1].end == run.start) {
		runs[residency->count - 1].end = run.end;
		return 0;
	}
	if (residency->count == room) {
		room = room ? 2 * room : 16;
		runs = realloc(runs, room * sizeof(*runs));
		if (!runs)
			return -ENOMEM;
		residency->runs = runs;
		residency->room = room;
	}
	runs[residency->count++] = run;
	return 0;
}

/* The kernel's rule for mincore(): the file's owner, or who may write it. */
static int may_ask_mincore(struct dmaload_file *file)
{
	struct sys_stat st;

	if (sys_may_write(file->fd) == 0)
		return 0;
	if (sys_stat_fd(file->fd, &st) == 0 && st.uid == sys_user())
		return 0;
	return -EPERM;
}

/* Adds the resident runs of at most WINDOW_PAGES pages. */
static int ask_pages(struct residency *residency, struct dmaload_file *file,
		     struct run window)
{
	const uint64_t page = sys_page_size();
	unsigned char vec[WINDOW_PAGES];
	const size_t length = (size_t)(window.end - window.start);
	uint64_t at = window.start;
	size_t i;
	void *map;
	int r;

	r = sys_map(&map, length, PROT_READ, MAP_SHARED, file->fd, window.start);
	if (r < 0)
		return r;
	r = sys_mincore(map, length, vec);
	sys_unmap(map, length);

	for (i = 0; r == 0 && i < length / page; i++, at += page)
		if (vec[i] & 1)
			r = add_run(residency, (struct run){ at, at + page });
	return r;
}

static int ask_all_pages(struct residency *residency, struct dmaload_file *file,
			 struct run range)
{
	const uint64_t step = WINDOW_PAGES * sys_page_size();
	struct run window;
	int r;

	r = may_ask_mincore(file);
	for (; r == 0 && range.start < range.end; range.start = window.end) {
		window.start = range.start;
		window.end = range.end - range.start > step ?
			     range.start + step : range.end;
		r = ask_pages(residency, file, window);
	}
	return r;
}

/* The depth is the logarithm of the file's size in windows: 50 at the most. */
static int ask(struct residency *residency, struct dmaload_file *file,
	       struct run range)
{
	const uint64_t page = sys_page_size();
	const uint64_t pages = (range.end - range.start) / page;
	struct run left = range, right = range;
	uint64_t resident;
	int r;

	r = sys_cachestat(file->fd, range.start, range.end - range.start,
			  &resident);
	if (r < 0)
		return ask_all_pages(residency, file, range);
	if (resident == 0)
		return 0;
	if (resident >= pages)
		return add_run(residency, range);
	if (pages <= WINDOW_PAGES)
		return ask_all_pages(residency, file, range);

	left.end = right.start = range.start + pages / 2 * page;
	r = ask(residency, file, left);
	return r < 0 ? r : ask(residency, file, right);
}

void residency_take(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, uint64_t length)
{
	*residency = (struct residency){ .range = page_range(offset, length) };
	residency->status = ask(residency, file, residency->range);
}

void residency_finish(struct residency *residency)
{
	free(residency->runs);
	residency->runs = NULL;
	residency->count = residency->room = 0;
}

int residency_count(struct dmaload_file *file, uint64_t offset,
		    uint64_t length, uint64_t *bytes)
{
	struct run range = page_range(offset, length);
	struct residency now;
	uint64_t pages;

	if (sys_cachestat(file->fd, range.start, range.end - range.start,
			  &pages) == 0) {
		*bytes = pages * sys_page_size();
		return 0;
	}
	residency_take(&now, file, offset, length);
	*bytes = now.bytes;
	residency_finish(&now);
	return now.status;
}

size_t residency_find(const struct residency *residency, uint64_t offset)
{
	size_t low = 0, high = residency->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (residency->runs[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t residency_bytes(const struct residency *residency, uint64_t offset,
			 uint64_t length)
{
	const struct run part = page_range(offset, length);
	size_t i = residency_find(residency, part.start);
	uint64_t bytes = 0, start, end;

	for (; i < residency->count && residency->runs[i].start < part.end;
	     i++) {
		start = residency->runs[i].start;
		end = residency->runs[i].end;
		bytes += (end < part.end ? end : part.end) -
			 (start > part.start ? start : part.start);
	}
	return bytes;
}

bool residency_was_absent(const struct residency *residency, uint64_t offset,
			  uint64_t length)
{
	struct run part = page_range(offset, length);
	size_t i = residency_find(residency, part.start);

	if (residency->status < 0)
		return false;
	return i == residency->count || residency->runs[i].start >= part.end;
}

void residency_drop_new(const struct residency *residency,
			struct dmaload_file *file, uint64_t offset,
			uint64_t length)
{
	struct run part = page_range(offset, length);
	uint64_t at = part.start, gap;
	size_t i;

	if (residency->status < 0)
		return;
	/* Of what lies behind nothing is known. */
	if (part.end > residency->range.end)
		part.end = residency->range.end;
	for (i = residency_find(residency, at); at < part.end; i++) {
		gap = i < residency->count ? residency->runs[i].start : part.end;
		if (gap > part.end)
			gap = part.end;
		if (gap > at)
			sys_fadvise(file->fd, at, gap - at, POSIX_FADV_DONTNEED);
		if (i >= residency->count)
			break;
		at = residency->runs[i].end;
	}
}

int dmaload_file_resident(struct dmaload_file *file, uint64_t offset,
			  uint64_t length, uint64_t *bytes,
			  struct dmaload_error *err)
{
	int r;

	if (!file || !bytes)
		return fail(err, -EINVAL, "no file, or no place for the count");
	*bytes = 0;
	if (offset >= file->size || length == 0)
		return 0;
	if (length > file->size - offset)
		length = file->size - offset;
	r = residency_count(file, offset, length, bytes);
	if (r == -EPERM)
		return fail(err, r, "the kernel tells the page cache of %s only "
			    "to its owner and to those who may write it",
			    file->name);
	if (r < 0)
		return fail(err, r, "the page cache of %s: %s", file->name,
			    error_text(r));
	return 0;
}

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
#include <stdlib.h>
#include <sys/mman.h>

#include "file.h"
#include "sys.h"

/* The most that is asked page by page at a time: 4 KiB of mincore()'s answer. */
#define WINDOW_PAGES 4096u
/* The most that is mapped for it: 1 GiB of pages of 4 KiB. */
#define VIEW_WINDOWS 64u

/* A file that is asked about: all that may be, and what is mapped of it. */
struct view {
	struct dmaload_file *file;
	struct run range;
	struct run seen;
	void *map;
};

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

static void see_nothing(struct view *view)
{
	if (view->map)
		sys_unmap(view->map, view->seen.end - view->seen.start);
	view->map = NULL;
}

static int see_run(struct view *view, struct run run)
{
	int r = sys_map(&view->map, run.end - run.start, PROT_READ, MAP_SHARED,
			view->file->fd, run.start);

	view->seen = run;
	if (r < 0)
		view->map = NULL;
	return r;
}

/*
 * Maps what is asked about, and what lies behind it: to map and to unmap waits for
 * whoever populates the buffer meanwhile, so it is done as seldom as may be.
 */
static int see(struct view *view, struct run window)
{
	const uint64_t most = VIEW_WINDOWS * WINDOW_PAGES * sys_page_size();
	struct run run = { window.start, view->range.end };
	int r;

	if (view->map && window.start >= view->seen.start &&
	    window.end <= view->seen.end)
		return 0;
	see_nothing(view);
	r = may_ask_mincore(view->file);
	if (r < 0)
		return r;
	if (run.end - run.start > most)
		run.end = run.start + most;
	r = see_run(view, run);
	/* Address space may be limited. */
	if (r == -ENOMEM && run.end > window.end)
		r = see_run(view, window);
	return r;
}

/* Adds the resident runs of at most WINDOW_PAGES pages. */
static int ask_pages(struct residency *residency, struct view *view,
		     struct run window)
{
	const uint64_t page = sys_page_size();
	unsigned char vec[WINDOW_PAGES];
	const size_t length = (size_t)(window.end - window.start);
	uint64_t at = window.start;
	size_t i;
	int r;

	r = see(view, window);
	if (r == 0)
		r = sys_mincore((char *)view->map + (window.start -
						     view->seen.start),
				length, vec);
	for (i = 0; r == 0 && i < length / page; i++, at += page)
		if (vec[i] & 1)
			r = add_run(residency, (struct run){ at, at + page });
	return r;
}

static int ask_all_pages(struct residency *residency, struct view *view,
			 struct run range)
{
	const uint64_t step = WINDOW_PAGES * sys_page_size();
	struct run window;
	int r = 0;

	for (; r == 0 && range.start < range.end; range.start = window.end) {
		window.start = range.start;
		window.end = range.end - range.start > step ?
			     range.start + step : range.end;
		r = ask_pages(residency, view, window);
	}
	return r;
}

/* The depth is the logarithm of the file's size in windows: 50 at the most. */
static int ask(struct residency *residency, struct view *view, struct run range)
{
	const uint64_t page = sys_page_size();
	const uint64_t pages = (range.end - range.start) / page;
	struct run left = range, right = range;
	uint64_t resident;
	int r;

	r = sys_cachestat(view->file->fd, range.start, range.end - range.start,
			  &resident);
	if (r < 0)
		return ask_all_pages(residency, view, range);
	if (resident == 0)
		return 0;
	if (resident >= pages)
		return add_run(residency, range);
	if (pages <= WINDOW_PAGES)
		return ask_all_pages(residency, view, range);

	left.end = right.start = range.start + pages / 2 * page;
	r = ask(residency, view, left);
	return r < 0 ? r : ask(residency, view, right);
}

void residency_take(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, uint64_t length)
{
	struct view view = { .file = file, .range = residency_pages(offset, length) };

	*residency = (struct residency){ .range = view.range };
	residency->status = ask(residency, &view, view.range);
	see_nothing(&view);
}

int residency_count(struct dmaload_file *file, uint64_t offset,
		    uint64_t length, uint64_t *bytes)
{
	struct run range = residency_pages(offset, length);
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

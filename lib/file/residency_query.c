/* SPDX-License-Identifier: MIT */
/*
 * Which pages of a file the page cache holds.
 *
 * cachestat(2) (Linux 6.5) counts the pages of a range. It is fast, since it
 * walks only existing pages, but it does not report which they are. mincore(2)
 * does, at about 100 ns for each page: for 16 GiB that is a tenth of the time
 * of the load.
 *
 * So ranges are counted first. The count settles the usual cases: nothing
 * resident, or everything. A mixed range is halved until it is small, and only
 * then queried page by page. On overlayfs cachestat() always counts none, so
 * only mincore() is used.
 *
 * Both calls report only to the owner of the file, or to processes that may
 * write it. For others, mincore() reports everything as resident, which must
 * not be believed. So the permission is checked here before.
 */
#include "file/residency.h"

#include <errno.h>
#include <sys/mman.h>

#include "file/file.h"
#include "sys/filter.h"
#include "sys/sys.h"

/* The maximum queried page by page at a time: 4 KiB of mincore()'s answer. */
#define WINDOW_PAGES 4096u
/* The maximum that is mapped for it: at least a window, and within 32 bits. */
#define VIEW_BYTES ((uint64_t)1 << 30)

/* The file to query, and where the result goes. */
struct query {
	struct dmaload_file *file;
	struct view *view;
	struct intervals *resident;
};

static struct interval whole_pages(struct interval interval)
{
	const uint64_t mask = sys_page_size() - 1;

	return (struct interval){ interval.start & ~mask, (interval.end + mask) & ~mask };
}

static int count_pages(struct dmaload_file *file, struct interval range,
		       uint64_t *pages)
{
	if (file->overlay || !filter_permits(DMALOAD_SYSCALLS_ALL))
		return -ENOSYS;
	return sys_cachestat(file->fd, range.start, range.end - range.start,
			     pages);
}

static int check_mincore(const struct query *query)
{
	struct view *view = query->view;
	int r;

	if (view->mincore_permitted)
		return 0;
	r = filter_permits(DMALOAD_SYSCALLS_OLD) ?
	    sys_may_mincore(query->file->fd) : -EPERM;
	view->mincore_permitted = r == 0;
	return r;
}

void residency_close_view(struct view *view)
{
	if (view->map.at)
		sys_unmap_file(&view->map);
	view->map.at = NULL;
}

static int map_part(struct view *view, struct dmaload_file *file,
		    struct interval interval)
{
	const uint64_t length = interval.end - interval.start;
	uint64_t pages;
	bool resident = count_pages(file, interval, &pages) == 0 &&
			pages >= length / sys_page_size();
	int r = sys_map_file(&view->map, (size_t)length, file->fd,
			     interval.start,
			     resident);

	view->range = interval;
	if (r < 0) {
		view->map.at = NULL;
		return r;
	}
	sys_madvise(view->map.at, view->map.length, MADV_RANDOM);
	return 0;
}

/*
 * Map what lies behind as well: mapping and unmapping wait for a thread that
 * populates the buffer meanwhile, so they must be rare.
 */
int residency_view(struct view *view, struct dmaload_file *file,
		   struct interval interval)
{
	const uint64_t size = atomic_load(&file->size);
	struct interval more;
	int r;

	interval = whole_pages(interval);
	if (view->map.at && interval.start >= view->range.start &&
	    interval.end <= view->range.end)
		return 0;
	residency_close_view(view);
	more = interval;
	if (size > interval.end)
		more = whole_pages((struct interval){ interval.start, size });
	if (more.end - more.start > VIEW_BYTES)
		more.end = more.start + VIEW_BYTES > interval.end ?
			   more.start + VIEW_BYTES : interval.end;
	r = map_part(view, file, more);
	/* Address space may be limited. */
	if (r == -ENOMEM && more.end > interval.end)
		r = map_part(view, file, interval);
	return r;
}

/* Add the resident pages of at most WINDOW_PAGES. */
static int query_pages(const struct query *query, struct interval window)
{
	const uint64_t page = sys_page_size();
	unsigned char vec[WINDOW_PAGES];
	const size_t length = (size_t)(window.end - window.start);
	struct view *view = query->view;
	uint64_t at = window.start;
	size_t i;
	int r;

	r = residency_view(view, query->file, window);
	if (r == 0)
		r = sys_mincore((char *)view->map.at +
				(window.start - view->range.start), length, vec);
	for (i = 0; r == 0 && i < length / page; i++, at += page)
		if (vec[i] & 1)
			r = intervals_add(query->resident,
					  (struct interval){ at, at + page });
	return r;
}

/* Limit a range to the pages of the file: a store may write far beyond its
 * end. */
static struct interval within_file(const struct dmaload_file *file,
				   struct interval range)
{
	struct interval all = { .start = 0 };

	if (range.end <= atomic_load(&file->size))
		return range;
	all.end = file_size_now(file);
	all = whole_pages(all);
	if (range.end > all.end)
		range.end = all.end;
	return range;
}

static int query_all_pages(const struct query *query, struct interval range)
{
	const uint64_t step = WINDOW_PAGES * sys_page_size();
	struct interval window;
	int r;

	range = within_file(query->file, range);
	r = check_mincore(query);
	for (; r == 0 && range.start < range.end; range.start = window.end) {
		window.start = range.start;
		window.end = range.end - range.start > step ?
			     range.start + step : range.end;
		r = query_pages(query, window);
	}
	return r;
}

/* The depth is the logarithm of the file's size in windows: 50 at most. */
static int query_halves(const struct query *query, struct interval range)
{
	const uint64_t page = sys_page_size();
	const uint64_t pages = (range.end - range.start) / page;
	struct interval left = range, right = range;
	uint64_t resident;
	int r;

	r = count_pages(query->file, range, &resident);
	if (r < 0)
		return query_all_pages(query, range);
	if (resident == 0)
		return 0;
	if (resident >= pages)
		return intervals_add(query->resident, range);
	if (pages <= WINDOW_PAGES)
		return query_all_pages(query, range);

	left.end = right.start = range.start + pages / 2 * page;
	r = query_halves(query, left);
	return r < 0 ? r : query_halves(query, right);
}

int residency_query_range(struct intervals *resident, struct view *view,
			  struct dmaload_file *file, struct interval range)
{
	return query_halves(&(struct query){ file, view, resident }, range);
}

int residency_count(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes)
{
	struct intervals now = { .count = 0 };
	uint64_t pages;
	int r;

	interval = whole_pages(interval);
	if (count_pages(file, interval, &pages) == 0) {
		*bytes = pages * sys_page_size();
		return 0;
	}
	r = residency_query_range(&now, &residency->view, file, interval);
	*bytes = intervals_bytes(&now, interval);
	intervals_finish(&now);
	return r;
}

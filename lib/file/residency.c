/* SPDX-License-Identifier: MIT */
/*
 * Each part of a file is queried once, shortly before it is read. After an
 * earlier query, more pages that other processes read meanwhile would count as
 * ours.
 *
 * The unit is a page; or a block, if the file system has larger blocks (XFS,
 * Linux 6.12), because the page cache then keeps and drops whole blocks.
 */
#include "file/residency.h"

#include <errno.h>
#include <fcntl.h>

#include "file/file.h"
#include "sys/error.h"
#include "sys/filter.h"
#include "sys/sys.h"

/* Evicted pages are read from the disk one by one; a single page is
 * acceptable. */
#define COPY_CHECKED (sys_page_size() + 1)

static struct interval whole_units(const struct dmaload_file *file,
				   struct interval interval)
{
	const uint64_t mask = file->cache_unit - 1;

	if (interval.end > UINT64_MAX - mask)
		interval.end = UINT64_MAX - mask;
	return (struct interval){ interval.start & ~mask, (interval.end + mask) & ~mask };
}

void residency_finish(struct residency *residency)
{
	residency_close_view(&residency->view);
	intervals_finish(&residency->queried);
	intervals_finish(&residency->before);
	intervals_finish(&residency->brought);
}

void residency_query(struct residency *residency, struct dmaload_file *file,
		     struct interval interval)
{
	struct interval gap;

	interval = whole_units(file, interval);
	while (residency->status == 0 &&
	       intervals_gap(&residency->queried, interval, &gap)) {
		residency->status = residency_query_range(&residency->before,
							  &residency->view,
							  file, gap);
		if (residency->status == 0)
			residency->status = intervals_add(&residency->queried,
							  gap);
		interval.start = gap.end;
	}
}

uint64_t residency_bytes(const struct residency *residency,
			 const struct dmaload_file *file,
			 struct interval interval)
{
	return intervals_bytes(&residency->before, whole_units(file, interval));
}

bool residency_was_absent(const struct residency *residency,
			  const struct dmaload_file *file,
			  struct interval interval)
{
	struct interval found;

	interval = whole_units(file, interval);
	return residency->status == 0 &&
	       !intervals_gap(&residency->queried, interval, &found) &&
	       !intervals_next(&residency->before, interval, &found);
}

/* If there is no memory to record which pages are ours, the residue is
 * unknown. */
void residency_bring(struct residency *residency,
		     const struct dmaload_file *file, struct interval interval)
{
	if (residency->status == 0)
		residency->status = intervals_add(&residency->brought,
						  whole_units(file, interval));
}

/* Find the next bytes that were read in and were absent before. */
static bool next_of_ours(const struct residency *residency,
			 struct interval interval, struct interval *ours)
{
	struct interval brought;

	while (intervals_next(&residency->brought, interval, &brought)) {
		if (intervals_gap(&residency->before, brought, ours))
			return true;
		interval.start = brought.end;
	}
	return false;
}

void residency_drop(struct residency *residency, struct dmaload_file *file,
		    struct interval interval)
{
	struct interval ours;

	if (residency->status < 0)
		return;
	/* Linux does not drop mapped pages (fadvise(2)). */
	residency_close_view(&residency->view);
	interval = whole_units(file, interval);
	while (next_of_ours(residency, interval, &ours)) {
		sys_fadvise(file->fd, ours.start, ours.end - ours.start,
			    POSIX_FADV_DONTNEED);
		interval.start = ours.end;
	}
}

int residency_left(struct residency *residency, struct dmaload_file *file,
		   uint64_t *bytes)
{
	struct interval interval = { 0, UINT64_MAX }, ours;
	uint64_t resident;
	int r = residency->status;

	*bytes = 0;
	while (r == 0 && next_of_ours(residency, interval, &ours)) {
		r = residency_count(residency, file, ours, &resident);
		if (r == 0)
			*bytes += resident;
		interval.start = ours.end;
	}
	return r;
}

int residency_grown(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes)
{
	uint64_t before, now;
	int r = residency->status;

	interval = whole_units(file, interval);
	before = residency_bytes(residency, file, interval);
	if (r == 0)
		r = residency_count(residency, file, interval, &now);
	*bytes = r == 0 && now > before ? now - before : 0;
	return r;
}

/*
 * The kernel copies from the mapping. read(2) will not do: if it reads a page
 * that another reader's readahead has marked, it starts the next readahead,
 * even with RWF_NOWAIT and POSIX_FADV_RANDOM. A mapping with MADV_RANDOM does
 * not (Linux 6.12, read and tried). memcpy(3) will not do either: on a
 * truncated file it gets SIGBUS.
 */
bool residency_copy(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, void *to, size_t length)
{
	const struct interval interval = { offset, offset + length };
	const char *from;
	uint64_t resident;
	ssize_t n = 0;
	size_t done;

	if (length >= COPY_CHECKED &&
	    (residency_count(residency, file, interval, &resident) < 0 ||
	     resident < length))
		return false;
	if (residency_view(&residency->view, file, interval) < 0)
		return false;
	from = (char *)residency->view.map.at +
	       (offset - residency->view.range.start);
	for (done = 0; done < length; done += (size_t)n) {
		n = sys_copy_mapped((char *)to + done, from + done,
				    length - done);
		if (n <= 0)
			return false;
	}
	/* Behind the end of a file, its last page has zeros. */
	return !file_ends_at(file, interval.end - 1);
}

int dmaload_file_resident(struct dmaload_file *file, uint64_t offset,
			  uint64_t length, uint64_t *bytes,
			  struct dmaload_error *err)
{
	struct residency now = { .status = 0 };
	struct filter before, decided;
	bool known;
	int r;

	if (!file || !bytes)
		return fail(err, -EINVAL, "no file, or the pointer for the "
			    "count is NULL");
	*bytes = 0;
	if (offset >= file->size || length == 0)
		return 0;
	if (length > file->size - offset)
		length = file->size - offset;
	before = filter_enter(DMALOAD_SYSCALLS_AUTO);
	r = residency_count(&now, file,
			    (struct interval){ offset, offset + length }, bytes);
	residency_finish(&now);
	known = filter_permits(DMALOAD_SYSCALLS_OLD);
	decided = filter_leave(before);
	if (r == -EPERM && !known)
		return fail(err, r, "cannot query the page cache of %s: %s, "
			    "and may forbid cachestat and mincore", file->name,
			    decided.fact);
	if (r == -EPERM)
		return fail(err, r, "cannot query the page cache of %s: the "
			    "kernel reports it only to the owner and to "
			    "processes that may write the file",
			    file->name);
	if (r < 0)
		return fail(err, r, "cannot query the page cache of %s: %s",
			    file->name,
			    error_text(r));
	return 0;
}

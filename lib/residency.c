/* SPDX-License-Identifier: MIT */
#include "residency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "error.h"
#include "file.h"
#include "sys.h"

struct run residency_pages(uint64_t offset, uint64_t length)
{
	const uint64_t mask = sys_page_size() - 1;

	return (struct run){ offset & ~mask, (offset + length + mask) & ~mask };
}

void residency_finish(struct residency *residency)
{
	free(residency->runs);
	residency->runs = NULL;
	residency->count = residency->room = 0;
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
	const struct run part = residency_pages(offset, length);
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
	struct run part = residency_pages(offset, length);
	size_t i = residency_find(residency, part.start);

	if (residency->status < 0)
		return false;
	return i == residency->count || residency->runs[i].start >= part.end;
}

void residency_drop_new(const struct residency *residency,
			struct dmaload_file *file, uint64_t offset,
			uint64_t length)
{
	struct run part = residency_pages(offset, length);
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

/* SPDX-License-Identifier: MIT */
/* The page cache: which pages are resident, and the calls that query or drop
 * them. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "model.h"

void fake_cache(struct fake_node *node, uint64_t offset, uint64_t length)
{
	FAKE_LOCKED;
	const uint64_t last = (node->size + FAKE_PAGE - 1) / FAKE_PAGE;
	uint64_t page, end = (offset + length + FAKE_PAGE - 1) / FAKE_PAGE;

	if (end > last)
		end = last;
	for (page = offset / FAKE_PAGE; page < end; page++)
		node->resident[page] = true;
}

bool fake_cached(const struct fake_node *node, uint64_t offset)
{
	FAKE_LOCKED;
	return offset / FAKE_PAGE < node->cached_pages &&
	       node->resident[offset / FAKE_PAGE];
}

void fake_dirty(struct fake_node *node, uint64_t offset, uint64_t length)
{
	FAKE_LOCKED;
	uint64_t i;

	fake_cache(node, offset, length);
	for (i = offset; i < offset + length; i++)
		node->bytes[i] ^= 0x5c;
	for (i = offset / FAKE_PAGE; i * FAKE_PAGE < offset + length; i++)
		node->dirty[i] = true;
}

void fake_uncache(struct fake_node *node, uint64_t offset, uint64_t length)
{
	FAKE_LOCKED;
	uint64_t page = (offset + FAKE_PAGE - 1) / FAKE_PAGE;
	uint64_t end = length ? offset + length : node->size;

	if (node->memory)
		return;
	for (; page < node->cached_pages; page++)
		if (node->dirty[page])
			continue;
		else if ((page + 1) * FAKE_PAGE <= end || end >= node->size)
			node->resident[page] = false;
		else
			break;
}

int sys_fadvise(int fd, uint64_t offset, uint64_t length, int advice)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_FADVISE);

	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	switch (advice) {
	case POSIX_FADV_RANDOM:
	case POSIX_FADV_NORMAL:
		if (desc->refs > 1)
			fake_trap("the library changed readahead of the "
				  "caller's description");
		desc->random = advice == POSIX_FADV_RANDOM;
		return 0;
	case POSIX_FADV_WILLNEED:
		fake_cache(desc->node, offset, length);
		return 0;
	case POSIX_FADV_DONTNEED:
		if (desc->node->stale > 0 && desc->node->stale_at >= offset &&
		    desc->node->stale_at < offset + length)
			desc->node->stale--;
		fake_uncache(desc->node, offset, length);
		return 0;
	}
	fake_trap("fadvise with %d", advice);
}

bool fake_tells(const struct fake_node *node)
{
	FAKE_LOCKED;
	return node->may_write || node->st.uid == geteuid();
}

int sys_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *pages)
{
	FAKE_LOCKED;
	struct fake_desc *desc = fake_desc_of(fd);
	int r = fake_enter(FAKE_CACHESTAT);
	uint64_t page, end;

	fake_filter(DMALOAD_SYSCALLS_ALL);
	if (r < 0 || !desc)
		return r < 0 ? r : -EBADF;
	if (fake.no_cachestat)
		return -ENOSYS;
	if (!fake_tells(desc->node))
		return -EPERM;
	end = length ? offset + length : desc->node->size;
	end = (end + FAKE_PAGE - 1) / FAKE_PAGE;
	if (end > desc->node->cached_pages)
		end = desc->node->cached_pages;
	*pages = 0;
	for (page = offset / FAKE_PAGE; page < end && !desc->node->overlay;
	     page++)
		*pages += desc->node->resident[page];
	return 0;
}

int sys_extents(int fd, uint64_t offset, uint64_t length,
		struct sys_extent extents[SYS_EXTENTS])
{
	FAKE_LOCKED;
	const struct fake_node *node = fake_node_of(fd);
	int r = fake_enter(FAKE_EXTENTS), n = 0;
	uint64_t middle = node->silently_buffered && !node->unmarked ?
			  node->buffered_from : node->size;

	if (r < 0)
		return r;
	if (node->no_extents || node->memory)
		return -EOPNOTSUPP;
	if (offset < middle && middle > 0)
		extents[n++] = (struct sys_extent){ .end = middle };
	if (offset + length > middle && middle < node->size)
		extents[n++] = (struct sys_extent){
			.start = middle,
			.end = (node->size + FAKE_PAGE - 1) / FAKE_PAGE *
			       FAKE_PAGE,
			.marked = true,
		};
	return n;
}

/* SPDX-License-Identifier: MIT */
/*
 * Why huge pages: a disk accepts a limited number of segments a request (254 on
 * virtio, 256 in a bio). Scattered 4 KiB pages use up one each. So a read of 1
 * MiB is split, and the disk runs at a third of its speed. In huge pages it is
 * one segment. Measured: 3.1 GB/s, and 1.1 to 1.7 GB/s in scattered pages. With
 * pages of 16 KiB it is 64 segments at most, so nothing is split.
 */
#include "io/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer/pages.h"
#include "buffer/room.h"
#include "io/pool_layout.h"
#include "sys/error.h"
#include "sys/sys.h"
#include "sys/uapi.h"

static int populate(void *memory, size_t bytes)
{
	int r = pages_populate(memory, bytes);

	if (r == -EINVAL) {
		/* Before Linux 5.14. */
		memset(memory, 0, bytes);
		r = 0;
	}
	return r;
}

static int map_anonymous(struct pool *pool, size_t bytes, int flags)
{
	int r;

	r = sys_map(&pool->map, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	pool->mapped = r == 0 ? bytes : 0;
	return r;
}

/* Otherwise, a child of fork() that writes would get the pinned pages. */
static int make_present(struct pool *pool)
{
	int r;

	sys_madvise(pool->memory, pool->bytes, MADV_DONTFORK);
	r = populate(pool->memory, pool->bytes);
	if (r < 0)
		pool_finish(pool);
	return r;
}

/*
 * Reserved huge pages: if there are none, the kernel refuses to map them. If a
 * cgroup has none, it refuses to populate them.
 */
static int init_reserved(struct pool *pool)
{
	int r;

	if (pool->bytes % POOL_ALIGN != 0)
		return -EINVAL;
	r = map_anonymous(pool, pool->bytes, MAP_HUGETLB | MAP_HUGE_2MB);
	if (r < 0)
		return r;
	pool->memory = pool->map;
	pool->pages = DMALOAD_PAGES_HUGETLB;
	return make_present(pool);
}

/* Ordinary memory, aligned so that the kernel can use large folios. Without
 * them, it is advised in vain. */
static int map_ordinary(struct pool *pool, const struct pool_layout *layout)
{
	int r;

	r = map_anonymous(pool, layout->mapped, 0);
	if (r < 0)
		return r;
	pool->memory = pool_begin(pool->map, layout);
	if (layout->align == POOL_ALIGN)
		sys_madvise(pool->memory, pool->bytes, MADV_HUGEPAGE);
	pool->pages = DMALOAD_PAGES_UNKNOWN;
	return make_present(pool);
}

/* Populating memory beyond a cgroup's limit would kill the process, so use a
 * smaller pool. */
static int init_ordinary(struct pool *pool, const struct pool_layout *layout)
{
	struct promise promise = { 0 };
	int r;

	r = room_reserve(&promise, ROOM_POOL, pool->bytes, NULL);
	if (r == 0)
		r = map_ordinary(pool, layout);
	promise_end(&promise);
	return r;
}

static enum dmaload_pages what_pages(const struct pool *pool)
{
	struct pages pages;

	if (pool->pages == DMALOAD_PAGES_HUGETLB)
		return DMALOAD_PAGES_HUGETLB;
	if (pages_inspect(pool->memory, pool->bytes, &pages) < 0)
		return DMALOAD_PAGES_UNKNOWN;
	return pages.huge >= pool->bytes ? DMALOAD_PAGES_TRANSPARENT :
					   DMALOAD_PAGES_BASE;
}

int pool_init(struct pool *pool, unsigned slots, size_t slot_bytes)
{
	const struct pool_layout layout = pool_layout(slots, slot_bytes,
						      sys_page_size());
	int r;

	*pool = (struct pool){
		.slots = slots,
		.slot_bytes = layout.slot_bytes,
		.bytes = layout.bytes,
		.unit = layout.unit,
	};
	assert(pool->bytes / pool->unit <= POOL_UNITS_MAX);

	r = init_reserved(pool);
	if (r < 0)
		r = init_ordinary(pool, &layout);
	if (r < 0)
		return r;
	pool->pages = what_pages(pool);
	return 0;
}

/*
 * Use fewer slots and not shorter ones. The plan stays as it is, and the speed
 * too while the pool still fills a huge page. Measured with pools of 8, 4, 2
 * and 1 MiB: 2.8, 3.2, 3.0 and 1.2 GB/s; with slots of 512 KiB, from 4 MiB on,
 * 3.2, 3.0 and 1.5 (medians of 11 interleaved rounds). If not even one slot can
 * be allocated, the buffered path needs none.
 */
int pool_init_max(struct pool *pool, unsigned slots, size_t slot_bytes,
		  char *refused, size_t size)
{
	size_t used = 0;
	int r = -ENOMEM, n;

	*refused = '\0';
	for (; r < 0 && slots > 0; slots /= 2) {
		r = pool_init(pool, slots, slot_bytes);
		if (r == 0 || used >= size)
			continue;
		n = snprintf(refused + used, size - used, "%s%zu%s (%s)",
			     used ? ", " : "", pool->bytes,
			     used ? "" : " bytes were refused",
			     error_name(r));
		used += n > 0 ? (size_t)n : 0;
	}
	return r;
}

void pool_finish(struct pool *pool)
{
	if (pool->memory)
		sys_unmap(pool->map, pool->mapped);
	pool->memory = NULL;
}

static unsigned units_of(const struct pool *pool, size_t bytes)
{
	return (unsigned)((bytes + pool->unit - 1) / pool->unit);
}

static bool is_free(const struct pool *pool, unsigned first, unsigned count)
{
	while (count > 0 && !pool->used[first + count - 1])
		count--;
	return count == 0;
}

static void mark(struct pool *pool, unsigned first, unsigned count, bool used)
{
	pool->in_use = used ? pool->in_use + count : pool->in_use - count;
	for (; count > 0; count--)
		pool->used[first + count - 1] = used;
}

/*
 * Large pieces come from the front, at multiples of their size, and small ones
 * from the back. So small ones leave whole slots to the large.
 */
void *pool_get(struct pool *pool, size_t bytes)
{
	const unsigned units = (unsigned)(pool->bytes / pool->unit);
	const unsigned count = units_of(pool, bytes);
	const bool large = bytes > pool->slot_bytes / 2;
	const unsigned step = large ? units_of(pool, pool->slot_bytes) : count;
	unsigned i, first;

	assert(pool->memory && bytes <= pool->bytes);
	for (i = 0; i * step + count <= units; i++) {
		first = large ? i * step : units - (i + 1) * step;
		if (!is_free(pool, first, count))
			continue;
		mark(pool, first, count, true);
		return (char *)pool->memory + first * pool->unit;
	}
	return NULL;
}

void pool_put(struct pool *pool, const void *at, size_t bytes)
{
	const size_t offset = (size_t)((const char *)at -
				       (const char *)pool->memory);

	mark(pool, (unsigned)(offset / pool->unit), units_of(pool, bytes),
	     false);
}

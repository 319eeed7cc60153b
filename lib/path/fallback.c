/* SPDX-License-Identifier: MIT */
/*
 * Some file systems accept O_DIRECT and still read through the page cache:
 * btrfs for compressed data, ext4 with data=journal. The pages that appear show
 * it.
 *
 * But pages also appear when other processes read the file, or their readahead
 * does. Giving up direct reads then would cost the load its speed and those
 * readers their pages. So pages that appear where none were are only a
 * suspicion.
 *
 * Two things settle it. The first is FIEMAP, which marks compressed and inline
 * extents. The second is a test: read single blocks with O_DIRECT that are
 * absent from the page cache, and query each right before and right after. One
 * that stays absent proves that O_DIRECT bypasses the page cache. If all of
 * them appear, it does not. Another reader would have to hit each of these
 * blocks in the fraction of a millisecond that its read takes.
 *
 * Once a chunk was seen to stay absent, the whole file is trusted, if the file
 * system reports the alignment of direct I/O (STATX_DIOALIGN, Linux 6.1). Such
 * a file system also reports when there is none.
 */
#include "path/fallback.h"

#include <errno.h>

#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/path.h"
#include "sys/sys.h"

/* After which chunks of a route the page cache is queried: the first chunks,
 * and then one of this number. The very first is not enough: btrfs reads the
 * parts directly that did not compress, such as the last block. */
#define CHECK_FIRST 32
#define CHECK_EVERY 64

/* How many blocks are read to settle a suspicion, and how many places are tried
 * to find one. Suppose another reader's readahead hits every third block in
 * time: then fewer than one load in a thousand is misjudged. */
#define TEST_BLOCKS 8
#define PLACES 16
/* Search this far first: compressed extents have neighbors. */
#define NEAR ((uint64_t)16 << 20)

static struct interval wanted_interval(const struct load_file *load_file,
				       const struct chunk *chunk)
{
	const uint64_t size = atomic_load(&load_file->file->size);
	const uint64_t end = chunk->file_offset + chunk->length;

	return (struct interval){ chunk->file_offset, end < size ? end : size };
}

static struct interval common(struct interval a, struct interval b)
{
	return (struct interval){ a.start > b.start ? a.start : b.start,
				  a.end < b.end ? a.end : b.end };
}

/* Record as read in by this load all bytes of an interval that the file system
 * cannot have read directly. Return their number, or -errno if the file system
 * does not report it. */
static int64_t bring_marked(struct load_file *load_file,
			    struct interval interval)
{
	struct sys_extent extents[SYS_EXTENTS];
	struct interval marked;
	int64_t bytes = 0;
	int i, n;

	while (interval.start < interval.end) {
		n = sys_extents(load_file->file->fd, interval.start,
				interval.end - interval.start, extents);
		if (n < 0)
			return n;
		for (i = 0; i < n; i++) {
			marked = common(interval, (struct interval){
				extents[i].start, extents[i].end });
			if (!extents[i].marked || marked.start >= marked.end)
				continue;
			residency_bring(&load_file->residency, load_file->file,
					marked);
			bytes += (int64_t)(marked.end - marked.start);
		}
		if (n == 0 || extents[n - 1].end <= interval.start)
			break;
		interval.start = extents[n - 1].end;
	}
	return bytes;
}

/* Find a block of the interval that is absent from the page cache. The places
 * are scattered. */
static bool find_place(struct load_file *load_file, struct interval interval,
		       uint64_t *seed, uint64_t *place)
{
	const uint64_t block = load_file->file->block;
	struct interval one;
	uint64_t blocks, resident;
	unsigned i;

	interval.start = (interval.start + block - 1) & ~(block - 1);
	blocks = interval.end > interval.start ? (interval.end - interval.start) / block : 0;
	for (i = 0; blocks > 0 && i < PLACES; i++) {
		*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		one.start = interval.start + (*seed >> 33) % blocks * block;
		one.end = one.start + block;
		if (residency_count(&load_file->residency, load_file->file, one,
				    &resident) == 0 && resident == 0) {
			*place = one.start;
			return true;
		}
	}
	return false;
}

/* Read a block with O_DIRECT. Return 1 if it is resident afterwards, 0 if not,
 * or -errno. */
static int try_block(struct load_file *load_file, uint64_t place, void *memory)
{
	const struct interval one = { place, place + load_file->file->block };
	uint64_t resident;
	ssize_t n;
	int r;

	/* Query it now, or the load would later take it for resident before. */
	residency_query(&load_file->residency, load_file->file, one);
	n = sys_read_at(load_file->file->direct_fd, memory,
			load_file->file->block, place,
			0);
	if (n <= 0)
		return n < 0 ? (int)n : -ENODATA;
	r = residency_count(&load_file->residency, load_file->file, one,
			    &resident);
	return r < 0 ? r : resident > 0;
}

/* Return true if test blocks prove that the file system reads the file through
 * the page cache. The blocks lie behind a place, or else anywhere in the
 * requested bytes. Too few blocks prove nothing. */
static bool show_by_reading(struct load_file *load_file, uint64_t behind)
{
	struct interval near = { behind, behind + NEAR };
	uint64_t seed = behind ^ load_file->file->ino, places[TEST_BLOCKS];
	unsigned shown = 0, i;
	struct pool pool;
	int r = 1;

	near = common(near, load_file->bounds);
	if (load_file->file->block == 0 ||
	    pool_init(&pool, 1, load_file->file->block) < 0)
		return false;
	while (r == 1 && shown < TEST_BLOCKS &&
	       (find_place(load_file, near, &seed, &places[shown]) ||
		find_place(load_file, load_file->bounds, &seed, &places[shown]))) {
		r = try_block(load_file, places[shown], pool.memory);
		shown += r == 1;
	}
	pool_finish(&pool);
	if (r == 0)
		load_file->directness = DIRECTNESS_PROVEN;
	if (shown < TEST_BLOCKS)
		return false;
	for (i = 0; i < TEST_BLOCKS; i++)
		residency_bring(&load_file->residency, load_file->file, (struct interval){
			places[i], places[i] + load_file->file->block });
	return true;
}

/* All pages of a chunk appeared: find out whether direct reads are the
 * cause. */
static bool is_shown(struct load_file *load_file, struct interval interval)
{
	const int64_t marked = bring_marked(load_file, interval);

	if (marked > 0)
		return true;
	if (marked == 0 && load_file->directness == DIRECTNESS_PROVEN)
		return false;
	return show_by_reading(load_file, interval.end);
}

/* Record the bytes that were read before it was noticed: by the extents if they
 * are marked, else all. */
static void bring_moved(struct load_file *load_file, struct interval moved)
{
	if (bring_marked(load_file, moved) <= 0)
		residency_bring(&load_file->residency, load_file->file, moved);
}

static void note_moved(struct route *route, struct interval interval)
{
	if (route->moved.end == 0 || interval.start < route->moved.start)
		route->moved.start = interval.start;
	if (interval.end > route->moved.end)
		route->moved.end = interval.end;
}

static bool is_due(struct route *route, struct load_file *load_file)
{
	if (load_file->file->proven)
		load_file->directness = DIRECTNESS_PROVEN;
	if (load_file->directness == DIRECTNESS_PROVEN &&
	    load_file->file->align_known)
		return false;
	return route->checked_chunks++ < CHECK_FIRST || route->checked_chunks % CHECK_EVERY == 0;
}

static void judge(struct load *load, struct route *route,
		  struct interval interval)
{
	struct load_file *load_file = &load->files[route->file];
	uint64_t resident;

	if (residency_count(&load_file->residency, load_file->file, interval,
			    &resident) < 0)
		return;
	if (resident == 0) {
		load_file->directness = DIRECTNESS_PROVEN;
		load_file->file->proven = load_file->file->align_known;
		return;
	}
	/* If only some parts of a chunk are compressed, drop those. */
	if (resident < interval.end - interval.start) {
		bring_marked(load_file, interval);
		residency_drop(&load_file->residency, load_file->file,
			       interval);
		return;
	}
	if (!is_shown(load_file, interval))
		return;
	bring_moved(load_file, route->moved);
	route->fell_back = true;
	path_leave_direct_io(load, route);
}

void fallback_check(struct load *load, const struct slot *slot)
{
	struct route *route = &load->routes[slot->chunk.route];
	struct load_file *load_file = &load->files[route->file];
	const struct interval interval = wanted_interval(load_file,
							 &slot->chunk);

	if (load->request.operation == DMALOAD_STORE || !slot->absent)
		return;
	/* The chunk was in flight when the fallback was noticed. */
	if (route->fell_back) {
		residency_bring(&load_file->residency, load_file->file,
				interval);
		residency_drop(&load_file->residency, load_file->file,
			       interval);
		return;
	}
	note_moved(route, interval);
	if (route->path && route->path->id == slot->path &&
	    is_due(route, load_file))
		judge(load, route, interval);
}

bool fallback_is_excluded(struct load *load, struct load_file *load_file)
{
	const uint32_t number = (uint32_t)(load_file - load->files);
	bool known = true;
	uint32_t i;

	for (i = 0; i < load->n_routes; i++)
		if (load->routes[i].file == number)
			known &= bring_marked(load_file,
						  load->routes[i].moved) >= 0;
	residency_drop(&load_file->residency, load_file->file,
		       load_file->bounds);
	if (load_file->file->align_known ||
	    (known && load_file->directness == DIRECTNESS_PROVEN))
		return true;
	return !show_by_reading(load_file, load_file->bounds.start) &&
	       load_file->directness == DIRECTNESS_PROVEN;
}

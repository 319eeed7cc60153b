/* SPDX-License-Identifier: MIT */
/*
 * Some file systems take O_DIRECT and read through the page cache: btrfs what is
 * compressed, ext4 with data=journal. Their pages show it. But pages appear because
 * others read the file, too, or because their readahead does; and to give up direct
 * reads for that would cost the load its speed, and them their pages.
 *
 * So pages that appear where none were are a suspicion and no more. It is settled by
 * what the file system says of the extents (FIEMAP: compressed or inline ones are
 * marked), or by a trial: single blocks that are not in the page cache are read by
 * O_DIRECT, one after the other, each looked at right before and right after. One
 * that stays away shows that O_DIRECT passes by the page cache. If all of them appear,
 * it does not: another reader would have to come to these blocks, of all, in the
 * fraction of a millisecond that each takes.
 *
 * A file of which a chunk was seen to stay away is trusted as a whole where the file
 * system knows the alignment of direct I/O (STATX_DIOALIGN, Linux 6.1): then it also
 * says if there is none.
 */
#include "path/fallback.h"

#include <errno.h>

#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/path.h"
#include "sys/sys.h"

/* Chunks of a route after which the page cache is looked at: the first ones, and then
 * every so many. Not the very first one only: btrfs reads those parts of a file
 * directly that did not compress, such as its last block. */
#define LOOK_FIRST 32
#define LOOK_EVERY 64

/* Blocks that are read to settle a suspicion, and places that are tried for one. As many
 * as it takes that a reader whose readahead comes to every third of them in time is
 * not mistaken once in a thousand loads. */
#define TRIALS 8
#define PLACES 16
/* Where such a place is looked for first: compressed extents have neighbours. */
#define NEAR ((uint64_t)16 << 20)

static struct interval wanted_of(const struct load_file *own,
				 const struct chunk *chunk)
{
	const uint64_t size = atomic_load(&own->file->size);
	const uint64_t end = chunk->file_offset + chunk->length;

	return (struct interval){ chunk->file_offset, end < size ? end : size };
}

static struct interval common(struct interval a, struct interval b)
{
	return (struct interval){ a.start > b.start ? a.start : b.start,
				  a.end < b.end ? a.end : b.end };
}

/* Note that the bytes of a part that the file system cannot have read directly
 * have come through the page cache by our reads. Return how many, or -errno
 * where it does not tell. */
static int64_t bring_marked(struct load_file *own, struct interval part)
{
	struct sys_extent extents[SYS_EXTENTS];
	struct interval marked;
	int64_t bytes = 0;
	int i, n;

	while (part.start < part.end) {
		n = sys_extents(own->file->fd, part.start,
				part.end - part.start, extents);
		if (n < 0)
			return n;
		for (i = 0; i < n; i++) {
			marked = common(part, (struct interval){
				extents[i].start, extents[i].end });
			if (!extents[i].marked || marked.start >= marked.end)
				continue;
			residency_bring(&own->residency, own->file, marked);
			bytes += (int64_t)(marked.end - marked.start);
		}
		if (n == 0 || extents[n - 1].end <= part.start)
			break;
		part.start = extents[n - 1].end;
	}
	return bytes;
}

/* A block of the part that is not in the page cache; the places are scattered. */
static bool find_place(struct load_file *own, struct interval part,
		       uint64_t *seed, uint64_t *place)
{
	const uint64_t block = own->file->block;
	struct interval one;
	uint64_t blocks, resident;
	unsigned i;

	part.start = (part.start + block - 1) & ~(block - 1);
	blocks = part.end > part.start ? (part.end - part.start) / block : 0;
	for (i = 0; blocks > 0 && i < PLACES; i++) {
		*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		one.start = part.start + (*seed >> 33) % blocks * block;
		one.end = one.start + block;
		if (residency_count(&own->residency, own->file, one,
				    &resident) == 0 && resident == 0) {
			*place = one.start;
			return true;
		}
	}
	return false;
}

/* Read a block by O_DIRECT. 1 if it is in the page cache then, 0 if not, or -errno. */
static int try_block(struct load_file *own, uint64_t place, void *memory)
{
	const struct interval one = { place, place + own->file->block };
	uint64_t resident;
	ssize_t n;
	int r;

	/* Or it would be taken for what was there, when the load comes to it. */
	residency_look(&own->residency, own->file, one);
	n = sys_read_at(own->file->direct_fd, memory, own->file->block, place,
			0);
	if (n <= 0)
		return n < 0 ? (int)n : -ENODATA;
	r = residency_count(&own->residency, own->file, one, &resident);
	return r < 0 ? r : resident > 0;
}

/* Return true if blocks behind a place, or else anywhere in the wanted bytes,
 * show that the file system reads the file through the page cache. Too few of
 * them show nothing. */
static bool show_by_trial(struct load_file *own, uint64_t behind)
{
	struct interval near = { behind, behind + NEAR };
	uint64_t seed = behind ^ own->file->ino, places[TRIALS];
	unsigned shown = 0, i;
	struct pool pool;
	int r = 1;

	near = common(near, own->hull);
	if (own->file->block == 0 ||
	    pool_init(&pool, 1, own->file->block) < 0)
		return false;
	while (r == 1 && shown < TRIALS &&
	       (find_place(own, near, &seed, &places[shown]) ||
		find_place(own, own->hull, &seed, &places[shown]))) {
		r = try_block(own, places[shown], pool.memory);
		shown += r == 1;
	}
	pool_finish(&pool);
	if (r == 0)
		own->directness = DIRECTNESS_PROVEN;
	if (shown < TRIALS)
		return false;
	for (i = 0; i < TRIALS; i++)
		residency_bring(&own->residency, own->file, (struct interval){
			places[i], places[i] + own->file->block });
	return true;
}

/* All pages of a chunk are there, and were not: what it is to be put down to. */
static bool is_shown(struct load_file *own, struct interval part)
{
	const int64_t marked = bring_marked(own, part);

	if (marked > 0)
		return true;
	if (marked == 0 && own->directness == DIRECTNESS_PROVEN)
		return false;
	return show_by_trial(own, part.end);
}

/* Note the bytes that were read before it was noticed: by the extents if they
 * tell, else all. */
static void bring_moved(struct load_file *own, struct interval moved)
{
	if (bring_marked(own, moved) <= 0)
		residency_bring(&own->residency, own->file, moved);
}

static void note_moved(struct route *route, struct interval part)
{
	if (route->moved.end == 0 || part.start < route->moved.start)
		route->moved.start = part.start;
	if (part.end > route->moved.end)
		route->moved.end = part.end;
}

static bool is_due(struct route *route, struct load_file *own)
{
	if (own->file->proven)
		own->directness = DIRECTNESS_PROVEN;
	if (own->directness == DIRECTNESS_PROVEN && own->file->align_known)
		return false;
	return route->judged++ < LOOK_FIRST || route->judged % LOOK_EVERY == 0;
}

static void judge(struct load *load, struct route *route,
		  struct interval part)
{
	struct load_file *own = &load->files[route->file];
	uint64_t resident;

	if (residency_count(&own->residency, own->file, part, &resident) < 0)
		return;
	if (resident == 0) {
		own->directness = DIRECTNESS_PROVEN;
		own->file->proven = own->file->align_known;
		return;
	}
	/* If only some parts of a chunk are compressed, drop those. */
	if (resident < part.end - part.start) {
		bring_marked(own, part);
		residency_drop(&own->residency, own->file, part);
		return;
	}
	if (!is_shown(own, part))
		return;
	bring_moved(own, route->moved);
	route->fell_back = true;
	path_leave_direct_io(load, route);
}

void fallback_check(struct load *load, const struct slot *slot)
{
	struct route *route = &load->routes[slot->chunk.route];
	struct load_file *own = &load->files[route->file];
	const struct interval part = wanted_of(own, &slot->chunk);

	if (load->request.operation == DMALOAD_STORE || !slot->absent)
		return;
	/* It was in flight when that was noticed. */
	if (route->fell_back) {
		residency_bring(&own->residency, own->file, part);
		residency_drop(&own->residency, own->file, part);
		return;
	}
	note_moved(route, part);
	if (route->path && route->path->id == slot->path &&
	    is_due(route, own))
		judge(load, route, part);
}

bool fallback_is_excluded(struct load *load, struct load_file *own)
{
	const uint32_t number = (uint32_t)(own - load->files);
	bool tells = true;
	uint32_t i;

	for (i = 0; i < load->n_routes; i++)
		if (load->routes[i].file == number)
			tells &= bring_marked(own, load->routes[i].moved) >= 0;
	residency_drop(&own->residency, own->file, own->hull);
	if (own->file->align_known ||
	    (tells && own->directness == DIRECTNESS_PROVEN))
		return true;
	return !show_by_trial(own, own->hull.start) &&
	       own->directness == DIRECTNESS_PROVEN;
}

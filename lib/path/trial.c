/* SPDX-License-Identifier: MIT */
/*
 * Which is faster, direct or bounce? Not always the one that copies less: a disk takes a
 * limited number of segments a request, and each page of a buffer may be one. Into
 * pages that lie far and wide it reads at a third of its speed, where it reads into
 * the pool at all of it; into base pages that happen to be neighbours it is somewhere
 * in between; and an NVMe disk may not care at all. How a buffer's pages lie is not
 * for a process to see, so both are tried on the first bytes of a load that is long
 * enough, and the rest goes the faster way.
 *
 * In huge pages there is nothing to be tried: direct does the least, and where bounce was
 * as fast at best, it took five times the CPU (doc/performance.md).
 */
#include "io/engine.h"
#include "io/slot.h"
#include "path/trial.h"

#include "buffer/buffer.h"
#include "buffer/pages.h"
#include "load/load.h"
#include "path/path.h"
#include "sys/sys.h"

/* In pools: what is measured of a lap, which has one more to begin with; and the
 * load that is long enough not to mind 18 MiB of it being slow, 384 MiB. */
#define LAP 3u
#define LONG 64u

/* A copy is work, and takes memory bandwidth from others: worth this much speed. */
#define GAIN_PERCENT 10u

/* Enough of what has been read into to know what its pages are. */
#define LOOK ((uint64_t)32 << 20)

static uint64_t pool_bytes(const struct load *load)
{
	return (uint64_t)load->seat.engine->chunk_bytes * load->seat.engine->queue_depth;
}

static bool is_long(const struct load *load, const struct route *route)
{
	const struct extent *extents = load->plan.extents;
	const uint64_t enough = LONG * pool_bytes(load);
	uint64_t bytes = 0;
	size_t i;

	for (i = route->first; i < route->last && bytes < enough; i++)
		if (&load->routes[extents[i].route] == route)
			bytes += extents[i].length;
	return bytes >= enough;
}

/* These are there by now, also of a buffer that is still being made. */
static bool in_huge_pages(struct load *load, const struct chunk *chunk)
{
	const uint64_t end = chunk->buffer_offset + chunk->length;
	const uint64_t start = end > LOOK ? end - LOOK : 0;
	struct pages pages;

	return pages_look((char *)load_buffer_of(load, chunk->route)->map + start,
			  end - start, &pages) == 0 &&
	       pages_kind(&pages) == DMALOAD_PAGES_TRANSPARENT;
}

void trial_begin(struct load *load, struct route *route)
{
	if (load->trial.route || load->request.operation != DMALOAD_LOAD ||
	    route->tried ||
	    !(load->request.options.paths & DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE)) ||
	    !is_long(load, route))
		return;
	route->tried = true;
	load->trial = (struct trial){ .route = route };
}

bool trial_count(struct lap *lap, uint64_t bytes, uint64_t now, uint64_t lead,
		 uint64_t enough)
{
	uint64_t counted;

	if (lap->rate > 0)
		return false;
	lap->arrived += bytes;
	if (lap->begun == 0) {
		if (lap->arrived >= lead) {
			lap->begun = now;
			lap->lead = lap->arrived;
		}
		return false;
	}
	counted = lap->arrived - lap->lead;
	if (counted < enough || now <= lap->begun)
		return false;
	lap->rate = (uint64_t)((double)counted * 1e9 /
			       (double)(now - lap->begun));
	return lap->rate > 0;
}

static void give_up(struct load *load)
{
	load->trial.route = NULL;
}

/* Where there is no memory for a pool, direct goes on, and says why. */
static int bounce(struct load *load, const struct chunk *chunk)
{
	int r = PATH_DECLINED;

	if (!in_huge_pages(load, chunk))
		r = path_switch(load, load->trial.route, &path_bounce);
	if (r != 0)
		give_up(load);
	return r < 0 ? r : 0;
}

static int decide(struct load *load)
{
	struct route *route = load->trial.route;
	const uint64_t direct = load->trial.direct.rate;
	const uint64_t bounced = load->trial.bounced.rate;
	int r = 0;

	stats_rates(&load->stats, direct, bounced);
	give_up(load);
	if (bounced / (100 + GAIN_PERCENT) < direct / 100)
		r = path_switch(load, route, &path_direct);
	else
		path_decline(load, DMALOAD_PATH_DIRECT, "bounce is faster here, "
			     "as tried on the first bytes: %.2f GB/s, and %.2f "
			     "into the %s buffer's own pages",
			     (double)bounced / 1e9, (double)direct / 1e9,
			     load_buffer_of(load, (uint32_t)
					    (route - load->routes))->label);
	return r < 0 ? r : 0;
}

int trial_note(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct trial *trial = &load->trial;
	const uint64_t pool = pool_bytes(load);

	if (trial->route != &load->routes[chunk->route] || chunk->cached ||
	    (!chunk->in_place && slot->path != DMALOAD_PATH_BOUNCE))
		return 0;
	/* A path was found out to be none, and the route goes its own way. */
	if (trial->route->path != (trial->direct.rate > 0 ? &path_bounce :
							   &path_direct)) {
		give_up(load);
		return 0;
	}
	if (!trial_count(chunk->in_place ? &trial->direct : &trial->bounced,
			 chunk->want, sys_now(), pool, LAP * pool))
		return 0;
	return chunk->in_place ? bounce(load, chunk) : decide(load);
}

/* What is refused to the pool may not be to the buffer. */
bool trial_ends(struct load *load, const struct slot *slot)
{
	struct route *route = load->trial.route;

	if (!route || route != &load->routes[slot->chunk.route])
		return false;
	give_up(load);
	return slot->path == DMALOAD_PATH_BOUNCE &&
	       path_switch(load, route, &path_direct) == 0;
}

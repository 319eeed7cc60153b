/* SPDX-License-Identifier: MIT */
/* Shared by direct and bounce: O_DIRECT, a ring and the pool. */
#include "path/path.h"

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/pump.h"
#include "io/slot.h"
#include "load/load.h"
#include "path/sink.h"
#include "sys/error.h"
#include "sys/sys.h"

/*
 * A store writes its edges through the page cache, which works in whole units:
 * pages, or larger blocks of the file system. Directly written bytes never
 * share a unit with others, if chunks are long enough.
 */
uint32_t path_block(const struct load *load, const struct dmaload_file *file)
{
	const uint32_t page = (uint32_t)sys_page_size();
	uint32_t unit = (uint32_t)file->cache_unit;

	if (unit > load->seat.engine->chunk_bytes)
		unit = page;
	if (load->request.operation == DMALOAD_STORE && file->block < unit)
		return unit;
	return file->block;
}

/* Nothing else can be in flight, so the thread itself reads or writes, unless
 * the caller chose a ring. */
static bool is_single(const struct load *load)
{
	const struct extent *extent = load->plan.extents;
	const uint64_t chunk = load->seat.engine->chunk_bytes;

	return load->seat.engine->kind == DMALOAD_ENGINE_AUTO && !load->request.probes &&
	       !load->seat.shared &&
	       load->plan.count == 1 && extent->length <= chunk &&
	       extent->file_offset / chunk ==
	       (extent->file_offset + extent->length - 1) / chunk;
}

static int need_ring(struct load *load, enum dmaload_path path)
{
	char why[DMALOAD_REASON_SIZE];
	int r;

	r = engine_open(&load->seat, why, sizeof(why));
	if (error_is_shortage(r))
		return fail(load->err, r, "%s", why);
	return r < 0 ? path_decline(load, path, "%s", why) : 0;
}

int path_open_direct_io(struct load *load, struct route *route,
			enum dmaload_path path)
{
	struct dmaload_file *file = load->files[route->file].file;
	char why[DMALOAD_REASON_SIZE];
	int r;

	r = is_single(load) ? 0 : need_ring(load, path);
	if (r != 0)
		return r;
	r = file_open_direct(file, why, sizeof(why));
	if (error_is_shortage(r))
		return fail(load->err, r, "%s", why);
	if (r < 0)
		return path_decline(load, path, "%s", why);
	if (path_block(load, file) > load->seat.engine->chunk_bytes)
		return path_decline(load, path, "direct I/O on %s needs blocks "
				    "of %u bytes, more than the %u of a chunk",
				    file->name, path_block(load, file),
				    load->seat.engine->chunk_bytes);
	return 0;
}

static bool any_direct(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_routes; i++)
		if (load->routes[i].path == &path_direct || load->routes[i].benchmarking)
			return true;
	return false;
}

/* Reads in place leave the pool unregistered, since registering pins it. So no
 * more is pinned than may be in flight. */
static void offer_pool(struct load *load, enum dmaload_path path)
{
	struct seat *seat = &load->seat;

	if (seat->pool_offered || path != DMALOAD_PATH_BOUNCE ||
	    any_direct(load) || seat_is_in_place(seat))
		return;
	seat->pool_offered = true;
	seat->registered =
		engine_register(seat, stats_register_reason(&load->stats),
				DMALOAD_REASON_SIZE) == 0;
	stats_registered(&load->stats, seat->registered);
}

int path_need_pool(struct load *load, enum dmaload_path path)
{
	char refused[DMALOAD_REASON_SIZE - 48];
	struct pool pool;
	int r;

	if (load->seat.pool_settled)
		return 0;
	r = engine_need_pool(load->seat.engine, &pool, refused, sizeof(refused));
	if (r < 0)
		return path_decline(load, path, "no memory for the bounce pool: "
				    "%s", refused);
	load->seat.pool_settled = true;
	stats_pool(&load->stats, pool.pages, pool.bytes, refused);
	if (load->request.probes)
		offer_pool(load, path);
	return 0;
}

static int queue(struct load *load, struct slot *slot)
{
	int r;

	r = need_ring(load, slot->path);
	if (r != 0) {
		engine_put_slot(&load->seat, slot);
		return r;
	}
	if (slot->chunk.in_place && !load->seat.withdrawn) {
		load->seat.withdrawn = true;
		engine_withdraw(&load->seat);
	}
	offer_pool(load, slot->path);
	slot_queue(slot);
	return PATH_QUEUED;
}

/* A store copies before the write, and a load after the read. */
int path_move_direct_io(struct load *load, struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct dmaload_buffer *buffer = load_buffer_of(load, chunk->route);

	slot->fd = load_file_of(load, chunk->route)->file->direct_fd;
	slot->write = load->request.operation == DMALOAD_STORE;
	if (chunk->in_place)
		slot->memory = (char *)buffer->map + chunk->buffer_offset;
	if (!engine_get_slot(&load->seat, slot))
		return PATH_BLOCKED;
	if (chunk->in_place)
		buffer_wait_near(buffer, chunk->buffer_offset + chunk->length);
	else if (load->request.operation == DMALOAD_STORE)
		sink_get(load, chunk, slot->memory);
	if (!is_single(load) || load->seat.taken > 0)
		return queue(load, slot);
	slot->here = true;
	slot_perform(slot);
	return PATH_ARRIVED;
}

int path_need_stage(struct load *load, const struct dmaload_file *file)
{
	int r;

	if (load->stage.memory)
		return 0;
	r = pool_init(&load->stage, 1, load->seat.engine->chunk_bytes);
	if (r < 0)
		return fail(load->err, r, "no memory to stage %s: %s",
			    file->name, error_text(r));
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The memory that all loads of a context share. */
#include "io/engine.h"

#include <errno.h>

#include "io/pump.h"
#include "io/ring.h"
#include "io/seat.h"
#include "io/slot.h"
#include "sys/sys.h"

/* Everything here is called with pool_lock held. */

/* The limit of memory for single blocks, if the blocks are small. */
#define EDGES_BYTES (256u << 10)

static bool is_enough(const struct pool *pool, unsigned slots, size_t slot_bytes)
{
	return pool->memory && pool->slots >= slots &&
	       pool->slot_bytes >= slot_bytes;
}

/* Return how many blocks to provide: one for each request that may be in
 * flight. Each takes a page at least. */
static unsigned edges_of(const struct engine *engine, uint32_t block)
{
	const unsigned max = engine->budget.slots_max;
	const size_t page = sys_page_size();
	const unsigned fit = (unsigned)(EDGES_BYTES / (block > page ? block : page));

	if (fit >= max)
		return max;
	return fit > engine->queue_depth ? fit : engine->queue_depth;
}

/*
 * Remove a pool, unless it is in use or there are more loads than the caller's.
 * A load that has found a pool relies on it, even while it has no piece of it.
 */
static int remove_pool(struct engine *engine, struct pool *pool, unsigned own_loads,
		       struct pool *out)
{
	struct pump *pump = NULL;
	int r = 0;

	*out = (struct pool){ .memory = NULL };
	pthread_mutex_lock(&engine->lock);
	if (pool == &engine->pool)
		pump = engine->registered;
	if (pool->memory && (pool->in_use > 0 || engine->loads > own_loads)) {
		r = -EBUSY;
	} else {
		*out = *pool;
		*pool = (struct pool){ .memory = NULL };
		if (pump)
			engine->registered = NULL;
	}
	pthread_mutex_unlock(&engine->lock);
	if (r == 0 && pump)
		engine_unregister(engine, pump);
	return r;
}

static void put_in(struct engine *engine, struct pool *pool,
		   const struct pool *fresh)
{
	pthread_mutex_lock(&engine->lock);
	*pool = *fresh;
	pthread_mutex_unlock(&engine->lock);
}

/* Free the old pool first, since it may be what fills the limit. */
static int make_pool(struct engine *engine, char *refused, size_t size)
{
	struct pool pool;
	int r;

	r = remove_pool(engine, &engine->pool, 1, &pool);
	if (r < 0)
		return r;
	pool_finish(&pool);
	r = pool_init_max(&pool, engine->queue_depth, engine->chunk_bytes,
			  refused, size);
	if (r == 0)
		put_in(engine, &engine->pool, &pool);
	return r;
}

int engine_need_pool(struct engine *engine, struct pool *now, char *refused,
		     size_t size)
{
	int r = 0;

	*refused = '\0';
	pthread_mutex_lock(&engine->pool_lock);
	if (!is_enough(&engine->pool, engine->queue_depth, engine->chunk_bytes))
		r = make_pool(engine, refused, size);
	/* Another load uses the smaller pool, so this one can use it, too. */
	r = r == -EBUSY ? 0 : r;
	pthread_mutex_lock(&engine->lock);
	*now = engine->pool;
	pthread_mutex_unlock(&engine->lock);
	pthread_mutex_unlock(&engine->pool_lock);
	return r;
}

/* If there is no memory for larger blocks, another file still needs the smaller
 * ones. */
int engine_need_edges(struct engine *engine, uint32_t block)
{
	const unsigned slots = edges_of(engine, block);
	struct pool edges, before = { .memory = NULL };
	int r = 0;

	pthread_mutex_lock(&engine->pool_lock);
	if (!is_enough(&engine->edges, slots, block)) {
		r = pool_init(&edges, slots, block);
		if (r == 0)
			r = remove_pool(engine, &engine->edges, 1, &before);
		if (r == 0)
			put_in(engine, &engine->edges, &edges);
		else if (r == -EBUSY)
			pool_finish(&edges);
	}
	pthread_mutex_unlock(&engine->pool_lock);
	pool_finish(&before);
	return r;
}

void engine_free_pools(struct engine *engine)
{
	struct pool pool, edges;

	pthread_mutex_lock(&engine->pool_lock);
	remove_pool(engine, &engine->pool, 0, &pool);
	remove_pool(engine, &engine->edges, 0, &edges);
	pthread_mutex_unlock(&engine->pool_lock);
	pool_finish(&pool);
	pool_finish(&edges);
}

uint64_t engine_pinned(const struct seat *seat)
{
	const uint64_t registered = engine_registered(seat->engine);
	uint64_t now = registered;
	struct slot *slot = NULL;
	bool edges = false;

	while ((slot = pump_next(seat->pump, seat, slot))) {
		if (slot->state != SLOT_IN_FLIGHT && !slot->here)
			continue;
		if (!slot->chunk.in_place &&
		    slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge)
			edges = true;
		else if (slot->chunk.in_place || registered == 0)
			now += slot->chunk.length;
	}
	return now + (edges ? seat->engine->edges.bytes : 0);
}

/* SPDX-License-Identifier: MIT */
#include "io/engine.h"

#include <assert.h>
#include <errno.h>

#include "io/pump.h"
#include "io/ring.h"
#include "io/seat.h"
#include "io/slot.h"
#include "sys/lock.h"
#include "sys/sys.h"
#include "sys/timespec.h"

int engine_init(struct engine *engine, const struct dmaload_config *config,
		const struct dmaload_config *asked)
{
	engine->chunk_bytes = config->chunk_bytes;
	engine->queue_depth = config->queue_depth;
	engine->kind = (enum dmaload_engine)config->engine;
	engine->syscalls = (enum dmaload_syscalls)config->syscalls;
	engine->any_chunk = asked->chunk_bytes == 0;
	engine->any_depth = asked->queue_depth == 0;
	/* Many small requests may be in flight, as long as their bytes stay
	 * within the limit. */
	engine->budget = (struct budget){
		.slots_max = engine->any_depth ? SLOTS_MAX : config->queue_depth,
		.bytes_max = (uint64_t)config->chunk_bytes * config->queue_depth,
	};
	if (hands_init(&engine->hands) < 0)
		return -ENOMEM;
	if (lock_init(&engine->lock, &engine->changed) < 0)
		goto no_lock;
	if (pthread_mutex_init(&engine->pool_lock, NULL) == 0)
		return 0;
	lock_finish(&engine->lock, &engine->changed);
no_lock:
	hands_destroy(&engine->hands);
	return -ENOMEM;
}

void engine_finish(struct engine *engine)
{
	assert(engine->loads == 0);
	engine_trim(engine);
	hands_destroy(&engine->hands);
	pthread_mutex_destroy(&engine->pool_lock);
	lock_finish(&engine->lock, &engine->changed);
}

/* Remove the pumps that no thread uses. Called with the lock held. */
static struct pump *take_unused(struct engine *engine)
{
	struct pump **at = &engine->pumps, *unused = NULL, *pump;

	while ((pump = *at)) {
		if (pump->in_use) {
			at = &pump->next;
			continue;
		}
		*at = pump->next;
		pump->next = unused;
		unused = pump;
		if (engine->registered == pump)
			engine->registered = NULL;
	}
	return unused;
}

void engine_trim(struct engine *engine)
{
	struct pump *unused, *next;

	pthread_mutex_lock(&engine->pool_lock);
	pthread_mutex_lock(&engine->lock);
	unused = take_unused(engine);
	engine->refused[0] = '\0';
	engine->tuner = (struct tuner){ .by = NULL };
	pthread_mutex_unlock(&engine->lock);
	pthread_mutex_unlock(&engine->pool_lock);
	for (; unused; unused = next) {
		next = unused->next;
		engine_unregister(engine, unused);
		pump_destroy(unused);
	}
	engine_free_pools(engine);
	hands_trim(&engine->hands);
}

void engine_disown(struct engine *engine)
{
	const struct pump *pump;

	for (pump = engine->pumps; pump; pump = pump->next)
		if (pump->ring)
			ring_disown(pump->ring);
}

/* Find an unused pump, if possible the one with the pool registered. A load
 * that needs no ring leaves those with rings to others. Called with the lock
 * held. */
static struct pump *find_unused(struct engine *engine, bool ringless)
{
	struct pump *pump = engine->registered, *found = NULL;

	if (pump && !pump->in_use && !ringless)
		return pump;
	for (pump = engine->pumps; pump; pump = pump->next) {
		if (pump->in_use)
			continue;
		if (!pump->ring == ringless)
			return pump;
		if (!ringless)
			found = pump;
	}
	return found;
}

struct pump *engine_get_pump(struct engine *engine, bool ringless)
{
	struct pump *pump;

	pthread_mutex_lock(&engine->lock);
	pump = find_unused(engine, ringless);
	if (pump)
		pump->in_use = true;
	pthread_mutex_unlock(&engine->lock);
	if (pump)
		return pump;
	pump = pump_new();
	if (!pump)
		return NULL;
	pthread_mutex_lock(&engine->lock);
	pump->in_use = true;
	pump->next = engine->pumps;
	engine->pumps = pump;
	pthread_mutex_unlock(&engine->lock);
	return pump;
}

void engine_put_pump(struct engine *engine, struct pump *pump)
{
	bool rests;

	if (pump->broken)
		engine_drop_ring(engine, pump);
	pthread_mutex_lock(&engine->lock);
	pump->in_use = false;
	rests = engine->loads == 0 && engine->registered && !engine->keeps;
	pthread_mutex_unlock(&engine->lock);
	if (rests)
		engine_release_idle(engine);
}

int engine_enter(struct seat *seat)
{
	struct engine *engine = seat->engine;

	if (!seat->pump)
		seat->pump = engine_get_pump(engine, seat->ringless);
	if (!seat->pump)
		return -ENOMEM;
	pthread_mutex_lock(&engine->lock);
	engine->loads++;
	tuner_stop(&engine->tuner, NULL);
	pthread_mutex_unlock(&engine->lock);
	seat->entered = true;
	return 0;
}

void engine_leave(struct seat *seat)
{
	struct engine *engine = seat->engine;
	struct pump *pump = seat->pump;

	engine_yield(seat);
	if (seat->entered) {
		pthread_mutex_lock(&engine->lock);
		tuner_stop(&engine->tuner, seat);
		engine->loads--;
		pthread_mutex_unlock(&engine->lock);
	}
	seat->entered = false;
	seat->pump = NULL;
	if (pump && !seat->shared)
		engine_put_pump(engine, pump);
}

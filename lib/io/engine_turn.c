/* SPDX-License-Identifier: MIT */
/*
 * Slots, and whose turn it is to take one.
 *
 * A load waits in line only while its thread does nothing else. So other loads
 * never wait for that thread.
 */
#include "io/engine.h"

#include <stddef.h>

#include "io/pump.h"
#include "io/ring.h"
#include "io/seat.h"
#include "io/slot.h"
#include "sys/sys.h"
#include "sys/timespec.h"

/* Called with the lock held. */
static void note_change(struct engine *engine)
{
	engine->changes++;
	pthread_cond_broadcast(&engine->changed);
}

/* Return the waiting load that can have a slot now, or NULL. Called with the
 * lock held. */
static const struct seat *find_next(const struct engine *engine)
{
	const struct ticket *first = budget_first(&engine->budget);

	if (!first || !budget_is_next(&engine->budget, first))
		return NULL;
	return (const struct seat *)((const char *)first -
				     offsetof(struct seat, ticket));
}

/* Called with the lock held. */
static void wake_sleepers(struct engine *engine)
{
	struct pump *pump;

	for (pump = engine->pumps; pump; pump = pump->next) {
		if (pump->asleep)
			ring_wake(pump->ring);
		pump->asleep = false;
	}
}

/* Wake the load whose turn it is. Called with the lock held. */
static void wake_next(struct engine *engine, const struct seat *next)
{
	note_change(engine);
	if (next->shared)
		wake_sleepers(engine);
}

/* Called with the lock held. */
static void note_room(struct engine *engine)
{
	const struct seat *next = find_next(engine);

	if (next)
		wake_next(engine, next);
}

static struct pool *pool_of(struct engine *engine, const struct slot *slot)
{
	return slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge ?
	       &engine->edges : &engine->pool;
}

bool engine_has_slot(struct seat *seat)
{
	struct engine *engine = seat->engine;
	bool has;

	pthread_mutex_lock(&engine->lock);
	seat->ticket.bytes_max = seat->bytes_max;
	has = budget_is_next(&engine->budget, &seat->ticket);
	if (!has)
		budget_wait(&engine->budget, &seat->ticket);
	pthread_mutex_unlock(&engine->lock);
	return has;
}

/* Called with the lock held. */
static void give(struct engine *engine, uint32_t length)
{
	budget_put(&engine->budget, length);
	if (engine->budget.slots == 0)
		engine->busy_ns += sys_now() - engine->busy_since;
}

uint64_t engine_busy_ns(struct engine *engine)
{
	uint64_t busy;

	pthread_mutex_lock(&engine->lock);
	busy = engine->busy_ns;
	if (engine->budget.slots > 0)
		busy += sys_now() - engine->busy_since;
	pthread_mutex_unlock(&engine->lock);
	return busy;
}

/* Called with the lock held. */
static bool get_slot(struct engine *engine, struct seat *seat,
		     struct slot *slot)
{
	const uint32_t length = slot->chunk.length;

	seat->ticket.bytes_max = seat->bytes_max;
	if (!budget_get(&engine->budget, &seat->ticket, length))
		return false;
	seat->bytes += length;
	if (engine->budget.slots == 1)
		engine->busy_since = sys_now();
	if (slot->chunk.in_place)
		return true;
	slot->memory = pool_get(pool_of(engine, slot), length);
	if (slot->memory)
		return true;
	give(engine, length);
	seat->bytes -= length;
	budget_wait(&engine->budget, &seat->ticket);
	return false;
}

bool engine_get_slot(struct seat *seat, struct slot *slot)
{
	struct engine *engine = seat->engine;
	const struct seat *next;
	bool taken;

	pthread_mutex_lock(&engine->lock);
	taken = get_slot(engine, seat, slot);
	/* Another thread may have checked while this load was in line before
	 * that thread's load. */
	next = taken ? find_next(engine) : NULL;
	if (next && next->pump != seat->pump)
		wake_next(engine, next);
	pthread_mutex_unlock(&engine->lock);
	return taken;
}

void engine_put_slot(struct seat *seat, struct slot *slot)
{
	struct engine *engine = seat->engine;
	const uint32_t length = slot->chunk.length;

	pthread_mutex_lock(&engine->lock);
	give(engine, length);
	seat->bytes -= length;
	if (!slot->chunk.in_place)
		pool_put(pool_of(engine, slot), slot->memory, length);
	note_room(engine);
	pthread_mutex_unlock(&engine->lock);
	slot->memory = NULL;
}

void engine_yield(struct seat *seat)
{
	struct engine *engine = seat->engine;

	if (!seat->ticket.waiting)
		return;
	pthread_mutex_lock(&engine->lock);
	budget_leave(&engine->budget, &seat->ticket);
	note_room(engine);
	pthread_mutex_unlock(&engine->lock);
}

/* A whole chunk must fit into the budget besides the slots of paused loads. */
bool engine_pause(struct seat *seat)
{
	struct engine *engine = seat->engine;
	const struct budget *budget = &engine->budget;
	bool goes;

	engine_yield(seat);
	if (seat->taken == 0)
		return true;
	pthread_mutex_lock(&engine->lock);
	goes = engine->paused_slots + seat->taken < budget->slots_max &&
	       engine->paused_bytes + seat->bytes + engine->chunk_bytes <=
	       budget->bytes_max;
	if (goes) {
		engine->paused_slots += seat->paused_slots = seat->taken;
		engine->paused_bytes += seat->paused_bytes = seat->bytes;
	}
	pthread_mutex_unlock(&engine->lock);
	return goes;
}

void engine_resume(struct seat *seat)
{
	struct engine *engine = seat->engine;

	if (seat->paused_slots == 0)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->paused_slots -= seat->paused_slots;
	engine->paused_bytes -= seat->paused_bytes;
	pthread_mutex_unlock(&engine->lock);
	seat->paused_slots = 0;
	seat->paused_bytes = 0;
}

void engine_hurry(struct seat *seat)
{
	struct engine *engine = seat->engine;

	pthread_mutex_lock(&engine->lock);
	seat->ticket.urgent = true;
	note_change(engine);
	wake_sleepers(engine);
	pthread_mutex_unlock(&engine->lock);
}

bool engine_is_blocked(struct seat *seat)
{
	if (seat->blocked && !seat->ticket.waiting)
		seat->blocked = !engine_has_slot(seat);
	return seat->blocked;
}

void engine_wait(struct engine *engine, unsigned seen, uint64_t until)
{
	const struct timespec time = timespec_of(until);
	int r = 0;

	pthread_mutex_lock(&engine->lock);
	while (r == 0 && engine->changes == seen)
		r = until == 0 ?
		    pthread_cond_wait(&engine->changed, &engine->lock) :
		    pthread_cond_timedwait(&engine->changed, &engine->lock,
					   &time);
	pthread_mutex_unlock(&engine->lock);
}

/* Return false if the thread must not wait, since something has changed. */
static bool begin_sleep(struct engine *engine, struct pump *pump, unsigned seen)
{
	bool sleeps;

	/* Arm the ring before other threads may wake it. */
	ring_arm(pump->ring);
	pthread_mutex_lock(&engine->lock);
	sleeps = engine->changes == seen;
	pump->asleep = sleeps;
	pthread_mutex_unlock(&engine->lock);
	return sleeps;
}

void engine_wait_for_pump(struct engine *engine, struct pump *pump,
			  unsigned seen, uint64_t until)
{
	if (pump->in_flight == 0) {
		engine_wait(engine, seen, until);
		return;
	}
	if (begin_sleep(engine, pump, seen))
		pump_wait(pump, until);
	else
		pump_reap(pump, false);
	pthread_mutex_lock(&engine->lock);
	pump->asleep = false;
	pthread_mutex_unlock(&engine->lock);
}

void engine_wake(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	note_change(engine);
	wake_sleepers(engine);
	pthread_mutex_unlock(&engine->lock);
}

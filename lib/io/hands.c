/* SPDX-License-Identifier: MIT */
#include "io/hands.h"

#include <errno.h>
#include <stddef.h>

#include "common/thread.h"
#include "io/engine.h"
#include "io/seat.h"
#include "io/slot.h"
#include "sys/lock.h"

int hands_init(struct hands *hands)
{
	if (lock_init(&hands->lock, &hands->done) < 0)
		return -ENOMEM;
	if (pthread_cond_init(&hands->call, NULL) == 0)
		return 0;
	lock_finish(&hands->lock, &hands->done);
	return -ENOMEM;
}

/* Return whether a thread may begin a slot, for all seats or for one. */
static bool may_begin(const struct slot *slot, const struct seat *seat)
{
	return (!seat || slot->seat == seat) &&
	       !(slot->seat->serial && slot->seat->begun > 0);
}

/* Begin the first slot, of all seats or of one. Called with the lock held. */
static struct slot *begin(struct hands *hands, const struct seat *seat)
{
	struct slot **at = &hands->first, *before = NULL, *slot;

	while (*at && !may_begin(*at, seat)) {
		before = *at;
		at = &(*at)->next;
	}
	slot = *at;
	if (!slot)
		return NULL;
	*at = slot->next;
	if (hands->last == slot)
		hands->last = before;
	hands->waiting--;
	hands->working++;
	slot->seat->begun++;
	return slot;
}

/* Called with the lock held. */
static void end_one(struct hands *hands, struct seat *seat)
{
	hands->working--;
	seat->begun--;
}

/* Called with the lock held; releases it while the function runs. */
static void do_one(struct hands *hands, struct slot *slot)
{
	struct seat *seat = slot->seat;

	pthread_mutex_unlock(&hands->lock);
	slot->work(slot);
	pthread_mutex_lock(&hands->lock);
	end_one(hands, seat);
	slot->next = seat->finished;
	seat->finished = slot;
	pthread_cond_broadcast(&hands->done);
}

/* Wake the load's thread, which may wait for the disk. Called with the lock
 * held; releases it meanwhile. */
static void wake(struct hands *hands, struct engine *engine)
{
	pthread_mutex_unlock(&hands->lock);
	engine_wake(engine);
	pthread_mutex_lock(&hands->lock);
}

/* The next slot is begun before the load's thread could take it. */
static void *serve(void *arg)
{
	struct hands *hands = arg;
	struct engine *engine;
	struct slot *slot;

	pthread_mutex_lock(&hands->lock);
	slot = begin(hands, NULL);
	while (slot || !hands->closing) {
		if (!slot) {
			hands->idle++;
			pthread_cond_wait(&hands->call, &hands->lock);
			hands->idle--;
			slot = begin(hands, NULL);
			continue;
		}
		/* The load may end as soon as its last slot is finished. */
		engine = slot->seat->engine;
		do_one(hands, slot);
		slot = begin(hands, NULL);
		wake(hands, engine);
	}
	pthread_mutex_unlock(&hands->lock);
	return NULL;
}

/* Return whether one thread is not enough. Called with the lock held. */
static bool needs_thread(const struct hands *hands, const struct seat *seat)
{
	return hands->waiting > hands->idle && (!seat->serial || seat->given == 1);
}

/* End all threads. Called without the lock. */
static void end(struct hands *hands, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		pthread_join(hands->threads[i], NULL);
	pthread_mutex_lock(&hands->lock);
	hands->count = 0;
	hands->closing = false;
	pthread_mutex_unlock(&hands->lock);
}

void hands_trim(struct hands *hands)
{
	unsigned count;

	pthread_mutex_lock(&hands->lock);
	count = hands->first || hands->working > 0 || hands->closing ?
		0 : hands->count;
	hands->closing |= count > 0;
	pthread_cond_broadcast(&hands->call);
	pthread_mutex_unlock(&hands->lock);
	if (count > 0)
		end(hands, count);
}

void hands_destroy(struct hands *hands)
{
	hands_trim(hands);
	pthread_cond_destroy(&hands->call);
	lock_finish(&hands->lock, &hands->done);
}

/* Without a thread, the load's own takes the slot back. */
static void start_thread(struct hands *hands)
{
	if (hands->count < HANDS_MAX && !hands->closing &&
	    thread_start(&hands->threads[hands->count], NULL, serve, hands) == 0)
		hands->count++;
}

void hands_give(struct hands *hands, struct slot *slot)
{
	pthread_mutex_lock(&hands->lock);
	slot->next = NULL;
	if (hands->first)
		hands->last->next = slot;
	else
		hands->first = slot;
	hands->last = slot;
	hands->waiting++;
	if (needs_thread(hands, slot->seat))
		start_thread(hands);
	pthread_cond_signal(&hands->call);
	pthread_mutex_unlock(&hands->lock);
}

struct slot *hands_take(struct hands *hands, const struct seat *seat)
{
	struct slot *slot;

	pthread_mutex_lock(&hands->lock);
	slot = begin(hands, seat);
	pthread_mutex_unlock(&hands->lock);
	return slot;
}

void hands_end(struct hands *hands, struct seat *seat)
{
	pthread_mutex_lock(&hands->lock);
	end_one(hands, seat);
	if (hands->first)
		pthread_cond_signal(&hands->call);
	pthread_mutex_unlock(&hands->lock);
}

struct slot *hands_finished(struct hands *hands, struct seat *seat, bool wait)
{
	struct slot *slot;

	pthread_mutex_lock(&hands->lock);
	while (wait && !seat->finished && seat->begun > 0)
		pthread_cond_wait(&hands->done, &hands->lock);
	slot = seat->finished;
	if (slot)
		seat->finished = slot->next;
	pthread_mutex_unlock(&hands->lock);
	return slot;
}

/* SPDX-License-Identifier: MIT */
/* The tuning for disks, which all loads of a context share. */
#include "io/engine.h"

#include "io/disk.h"
#include "io/seat.h"
#include "sys/sys.h"

/* Each base page is a segment of the request, unless its neighbor in the file
 * is its neighbor in memory. */
static uint64_t request_max(const struct tuner_key *key,
			    const struct disk_limits *disk)
{
	const uint64_t max = (uint64_t)disk->segments_max * sys_page_size();

	if (!key->scattered || max == 0 ||
	    (disk->request_max > 0 && disk->request_max < max))
		return disk->request_max;
	return max;
}

/* The size of the pool does not change. */
static struct tuning_limits limits_of(const struct engine *engine,
				      const struct tuner_key *key,
				      const struct disk_limits *disk)
{
	return (struct tuning_limits){
		.chunk_bytes = engine->chunk_bytes,
		.depth = engine->queue_depth,
		.any_chunk = engine->any_chunk,
		.any_depth = engine->any_depth,
		.bytes_max = key->in_place ? DMALOAD_POOL_MAX :
					     engine->budget.bytes_max,
		.depth_max = engine->budget.slots_max,
		.request_max = request_max(key, disk),
		.request_best = disk->request_best,
		.requests_max = disk->requests_max,
	};
}

/* If the pool is smaller than configured, longer chunks may never fit. */
static bool is_reduced(const struct engine *engine, const struct tuner_key *key)
{
	return !key->in_place && engine->pool.bytes < engine->budget.bytes_max;
}

bool engine_point(const struct seat *seat, const struct tuner_key *key,
		  struct tuning_point *point)
{
	struct engine *engine = seat->engine;
	struct tuning *tuning;

	pthread_mutex_lock(&engine->lock);
	tuning = tuner_find(&engine->tuner, key);
	if (tuning && !is_reduced(engine, key))
		*point = tuner_point(&engine->tuner, tuning, seat);
	else if (tuning)
		*point = (struct tuning_point){
			engine->chunk_bytes, engine->queue_depth, 0
		};
	pthread_mutex_unlock(&engine->lock);
	return tuning != NULL;
}

void engine_learn(const struct seat *seat, const struct tuner_key *key,
		  const struct disk_limits *disk)
{
	struct engine *engine = seat->engine;
	struct tuning_limits limits;

	pthread_mutex_lock(&engine->lock);
	if (!tuner_find(&engine->tuner, key)) {
		limits = limits_of(engine, key, disk);
		tuner_add(&engine->tuner, key, &limits);
	}
	pthread_mutex_unlock(&engine->lock);
}

void engine_note(const struct seat *seat, const struct tuner_key *key,
		 uint64_t bytes, uint64_t left)
{
	struct engine *engine = seat->engine;
	const uint64_t now = engine_busy_ns(engine);
	struct tuning *tuning;

	pthread_mutex_lock(&engine->lock);
	tuning = tuner_find(&engine->tuner, key);
	if (tuning && engine->loads == 1 && !is_reduced(engine, key) &&
	    !tuning_is_over(tuning)) {
		tuner_measure(&engine->tuner, tuning, seat);
		tuning_note(tuning, bytes, left, now);
	}
	pthread_mutex_unlock(&engine->lock);
}

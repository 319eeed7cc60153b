/* SPDX-License-Identifier: MIT */
/* The choice of a ring: io_uring or threads. */
#include "io/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/pump.h"
#include "io/ring.h"
#include "io/seat.h"
#include "report/stats.h"
#include "sys/error.h"
#include "sys/filter.h"
#include "sys/sys.h"

/* The fraction of RLIMIT_MEMLOCK that an idle context may hold. */
#define MEMLOCK_SHARE 4

const char *dmaload_engine_name(uint32_t engine)
{
	switch (engine) {
	case DMALOAD_ENGINE_AUTO: return "auto";
	case DMALOAD_ENGINE_URING: return "io_uring";
	case DMALOAD_ENGINE_THREADS: return "threads";
	}
	return NULL;
}

/* Return true if io_uring is used without asking for filters. A filter may have
 * come since the ring was made, and refuse. */
static bool ignores_filters(const struct engine *engine)
{
	return engine->kind == DMALOAD_ENGINE_URING ||
	       engine->syscalls == DMALOAD_SYSCALLS_ALL;
}

/* A ring in which other loads have requests works. */
static int need_ring(struct seat *seat, enum dmaload_engine kind)
{
	struct pump *pump = seat->pump;
	struct engine *engine = seat->engine;
	struct ring *ring;
	int r;

	if (pump->ring && !pump->broken &&
	    (pump->kind == kind || pump->in_flight > 0))
		return ignores_filters(engine) ? ring_check(pump->ring) : 0;
	r = ring_create(&ring, kind, engine->budget.slots_max);
	if (r < 0)
		return r;
	engine_drop_ring(engine, pump);
	pthread_mutex_lock(&engine->lock);
	pump->number = ++engine->rings;
	pthread_mutex_unlock(&engine->lock);
	pump->ring = ring;
	pump->kind = kind;
	return 0;
}

/* Linux 6.18 charges the queues to the limit; 6.12 and 7.3 do not. */
static const char *limit_hint(int code)
{
	if (code == -ENOMEM)
		return "RLIMIT_MEMLOCK, to which some kernels charge its queues, "
		       "and RLIMIT_AS";
	return "kernel.io_uring_disabled and the process's seccomp filter";
}

static void note_refusal(struct seat *seat, int code)
{
	struct engine *engine = seat->engine;
	const char *absent = ring_absent(DMALOAD_ENGINE_URING);
	char *text = stats_engine_reason(seat->stats);

	if (absent)
		snprintf(text, DMALOAD_REASON_SIZE, "%s", absent);
	else
		snprintf(text, DMALOAD_REASON_SIZE,
			 "io_uring is refused: %s (%s); see %s",
			 error_name(code), error_text(code), limit_hint(code));
	/* Memory may become free later; a rule stays. */
	if (code == -ENOMEM)
		return;
	pthread_mutex_lock(&engine->lock);
	snprintf(engine->refused, sizeof(engine->refused), "%s", text);
	pthread_mutex_unlock(&engine->lock);
}

/* Return true if io_uring was refused to the context before. */
static bool is_refused(struct seat *seat)
{
	struct engine *engine = seat->engine;
	char *text = stats_engine_reason(seat->stats);

	pthread_mutex_lock(&engine->lock);
	snprintf(text, DMALOAD_REASON_SIZE, "%s",
		 engine->refused);
	pthread_mutex_unlock(&engine->lock);
	return text[0] != '\0';
}

/*
 * A refusal of io_uring is a fallback and no failure: EPERM or EACCES from a
 * filter or a sysctl, ENOSYS from a filter or an old kernel, ENOMEM from a
 * limit. Only a shortage of fds is a failure, since the file would meet it
 * next.
 */
static int choose(struct seat *seat)
{
	const enum dmaload_engine wanted = seat->engine->kind;
	int r;

	if (wanted == DMALOAD_ENGINE_THREADS)
		return need_ring(seat, wanted);
	if (wanted == DMALOAD_ENGINE_AUTO &&
	    !filter_permits(DMALOAD_SYSCALLS_ALL)) {
		snprintf(stats_engine_reason(seat->stats), DMALOAD_REASON_SIZE,
			 "io_uring is not tried: %s", filter_now().fact);
		return need_ring(seat, DMALOAD_ENGINE_THREADS);
	}
	if (wanted == DMALOAD_ENGINE_AUTO && is_refused(seat))
		return need_ring(seat, DMALOAD_ENGINE_THREADS);
	r = need_ring(seat, DMALOAD_ENGINE_URING);
	if (r == 0 || error_is_shortage(r))
		return r;
	note_refusal(seat, r);
	if (wanted == DMALOAD_ENGINE_URING)
		return r;
	return need_ring(seat, DMALOAD_ENGINE_THREADS);
}

static void explain(const struct seat *seat, char *why, size_t size)
{
	const char *declined = stats_engine_reason(seat->stats);
	const int code = seat->ring_error;

	if (error_is_shortage(code))
		snprintf(why, size, "no fd is free for io_uring: %s",
			 error_text(code));
	else if (seat->engine->kind == DMALOAD_ENGINE_URING)
		snprintf(why, size, "%s", declined);
	else
		snprintf(why, size, "%s%scannot start a thread: %s (%s)",
			 declined, declined[0] ? "; and " : "",
			 error_name(code), error_text(code));
}

int engine_open(struct seat *seat, char *why, size_t size)
{
	if (!seat->ring_chosen || (seat->ring_error == 0 &&
				   (!seat->pump->ring || seat->pump->broken)))
		seat->ring_error = choose(seat);
	seat->ring_chosen = true;
	/* Memory that was registered with an earlier ring is not registered
	 * with this one. */
	if (seat->ring_error == 0 && seat->ring_number != seat->pump->number) {
		seat->ring_number = seat->pump->number;
		seat->pool_offered = false;
		seat->registered = false;
		stats_registered(seat->stats, false);
	}
	if (seat->ring_error < 0)
		explain(seat, why, size);
	return seat->ring_error;
}

static const char *why_unregistered(int code)
{
	switch (code) {
	case -ENOMEM: return ": RLIMIT_MEMLOCK is too low";
	case -EOPNOTSUPP: return ": threads pin at each read";
	default: return "";
	}
}

/* Called with lock and pool_lock held. */
static int try_register(struct seat *seat)
{
	struct engine *engine = seat->engine;
	int r;

	if (engine->registered == seat->pump)
		return 0;
	if (engine->registered)
		return -EBUSY;
	r = ring_register(seat->pump->ring, engine->pool.memory,
			  engine->pool.bytes);
	if (r < 0)
		return r;
	engine->registered = seat->pump;
	engine->keeps = sys_memlock_max() / MEMLOCK_SHARE >= engine->pool.bytes;
	return 0;
}

/*
 * Registering pins the pool once instead of at each read. The memory is charged
 * to RLIMIT_MEMLOCK, once for each ring, and may be refused. Each read then
 * pins for itself, which is a little slower.
 */
int engine_register(struct seat *seat, char *why, size_t size)
{
	struct engine *engine = seat->engine;
	int r;

	pthread_mutex_lock(&engine->pool_lock);
	pthread_mutex_lock(&engine->lock);
	r = try_register(seat);
	pthread_mutex_unlock(&engine->lock);
	pthread_mutex_unlock(&engine->pool_lock);
	if (r == -EBUSY)
		snprintf(why, size, "another thread of the context has it "
			 "registered");
	else if (r < 0)
		snprintf(why, size, "%s (%s)%s", error_name(r), error_text(r),
			 why_unregistered(r));
	return r;
}

/*
 * A filter may have come since. The kernel also releases registered memory when
 * the ring is closed, but later: until then it stays pinned and charged.
 */
void engine_unregister(const struct engine *engine, struct pump *pump)
{
	if (!pump->ring || pump->kind != DMALOAD_ENGINE_URING)
		return;
	if (ignores_filters(engine) || filter_permits(DMALOAD_SYSCALLS_ALL))
		ring_unregister(pump->ring);
}

uint64_t engine_registered(struct engine *engine)
{
	uint64_t bytes;

	pthread_mutex_lock(&engine->lock);
	bytes = engine->registered ? engine->pool.bytes : 0;
	pthread_mutex_unlock(&engine->lock);
	return bytes;
}

/* Unregister the pool if there are no more loads than this. */
static void unregister_for(struct engine *engine, unsigned loads)
{
	struct pump *pump = NULL;

	pthread_mutex_lock(&engine->pool_lock);
	pthread_mutex_lock(&engine->lock);
	if (engine->loads <= loads) {
		pump = engine->registered;
		engine->registered = NULL;
	}
	pthread_mutex_unlock(&engine->lock);
	if (pump)
		engine_unregister(engine, pump);
	pthread_mutex_unlock(&engine->pool_lock);
}

void engine_withdraw(struct seat *seat)
{
	if (!seat->registered)
		unregister_for(seat->engine, 1);
}

void engine_drop_ring(struct engine *engine, struct pump *pump)
{
	pthread_mutex_lock(&engine->pool_lock);
	pthread_mutex_lock(&engine->lock);
	if (engine->registered == pump)
		engine->registered = NULL;
	pthread_mutex_unlock(&engine->lock);
	engine_unregister(engine, pump);
	pump_drop_ring(pump);
	pthread_mutex_unlock(&engine->pool_lock);
}

/* Registered memory stays pinned, and counts for all processes of the user.
 * So it does not outlast the loads, unless the limit has room for several
 * pools. */
void engine_release_idle(struct engine *engine)
{
	unregister_for(engine, 0);
}

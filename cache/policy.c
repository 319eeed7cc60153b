/* SPDX-License-Identifier: MIT */
/*
 * Which bytes leave when others need a slot?
 *
 * LRU and LFU each fit one kind of trace and fail on the other. The experts of
 * a model are both kinds at once. Some are popular for long, and the next token
 * often uses an expert again, one pass through the layers later. The balance of
 * the two, and the length of a pass, depend on the model and on the size of the
 * cache.
 *
 * The policy assumes neither. It learns how long it takes until bytes are used
 * again, for bytes that were used seldom up to bytes that were used often. It
 * remembers bytes that have left, so it also learns of times that are longer
 * than bytes stay.
 *
 * From these counts it computes, for each class and age, the expected hits of a
 * slot for each tick that the bytes are kept. It counts up to the best moment
 * to evict them. The slot with the fewest is evicted. This is the Gittins index
 * of a job whose service time is the time until the next use. LHD (Beckmann,
 * Chen, Cidon, NSDI 2018) evicts by a similar value, without the best moment.
 *
 * tests/cache/policies.c compares it with other policies; doc/cache.md has the
 * figures.
 */
#include "policy.h"

static uint32_t get(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static void set(_Atomic uint32_t *value, uint32_t to)
{
	atomic_store_explicit(value, to, memory_order_relaxed);
}

static uint64_t last_use(const struct sc_use *use)
{
	return atomic_load_explicit(&use->last, memory_order_relaxed);
}

static void set_last_use(struct sc_use *use, uint64_t now)
{
	atomic_store_explicit(&use->last, now, memory_order_relaxed);
}

/* Another thread's use may lie some ticks ahead. */
static uint64_t age_of(uint64_t now, uint64_t last)
{
	return now > last ? now - last : 0;
}

/* A straight line is close enough between two halvings. */
static uint32_t decayed(const struct sc_policy *policy, uint32_t rate,
			uint64_t age)
{
	const uint64_t halvings = age >> policy->half_life;
	const uint64_t rest = age & ((1u << policy->half_life) - 1);

	if (halvings > 31)
		return 0;
	rate >>= halvings;
	return rate - (uint32_t)((rate * rest >> policy->half_life) / 2);
}

/* Return the rate after one more use. */
static uint32_t increased(const struct sc_policy *policy, uint32_t rate,
			  uint64_t age)
{
	rate = decayed(policy, rate, age);
	return rate < 1u << 30 ? rate + SC_ONE : rate;
}

int sc_policy_init(struct sc_policy *policy, uint32_t slots)
{
	*policy = (struct sc_policy){ .slots = slots };
	sc_learn_init(&policy->learning, slots);
	/* 8 to 16 times as many uses as there are slots. */
	policy->half_life = 35u - (unsigned)__builtin_clz(slots);
	return sc_ghosts_init(&policy->ghosts, slots);
}

void sc_policy_finish(struct sc_policy *policy)
{
	sc_ghosts_finish(&policy->ghosts);
}

static bool is_ahead(const struct sc_use *use)
{
	return atomic_load_explicit(&use->ahead, memory_order_relaxed);
}

bool sc_policy_hit(struct sc_policy *policy, struct sc_use *use)
{
	const uint64_t now = sc_policy_now(policy);
	const uint64_t age = age_of(now, last_use(use));
	const uint32_t before = get(&use->rate);
	const uint32_t after = increased(policy, before, age);

	set_last_use(use, now);
	set(&use->rate, after);
	sc_learn_count(&policy->learning, before, age, after);
	return is_ahead(use) &&
	       atomic_exchange_explicit(&use->ahead, false,
					memory_order_relaxed);
}

void sc_policy_enter(struct sc_policy *policy, struct sc_use *use, uint64_t hash,
		     bool ahead)
{
	const struct sc_ghost *ghost = sc_ghosts_find(&policy->ghosts, hash);
	const uint64_t now = sc_policy_now(policy);
	const uint32_t before = ghost ? ghost->rate : 0;
	const uint64_t last = ghost ? ghost->last : now;
	uint32_t rate;

	use->entered = now;
	atomic_store_explicit(&use->ahead, ahead, memory_order_relaxed);
	if (ahead) {
		set_last_use(use, last);
		set(&use->rate, before);
		return;
	}
	rate = increased(policy, before, age_of(now, last));
	set_last_use(use, now);
	set(&use->rate, rate);
	sc_learn_count(&policy->learning, before, age_of(now, last), rate);
	sc_learn(&policy->learning);
}

void sc_policy_leave(struct sc_policy *policy, const struct sc_use *use,
		     uint64_t hash)
{
	const struct sc_ghost ghost = {
		.hash = hash,
		.last = last_use(use),
		.rate = get(&use->rate),
	};

	/* Without a use there is nothing to remember. */
	if (ghost.rate != 0)
		sc_ghosts_keep(&policy->ghosts, &ghost);
}

uint64_t sc_policy_now(struct sc_policy *policy)
{
	return sc_learn_now(&policy->learning);
}

/* Prefetched bytes count as if they had been used when they came. */
float sc_policy_worth(const struct sc_policy *policy, const struct sc_use *use,
		      uint64_t now)
{
	const bool ahead = is_ahead(use);
	const uint32_t rate = get(&use->rate) + (ahead ? SC_ONE : 0);
	const uint64_t last = ahead ? use->entered : last_use(use);

	return sc_learn_worth(&policy->learning, rate, age_of(now, last));
}

bool sc_policy_yields(const struct sc_policy *policy, const struct sc_use *use,
		      uint64_t hash, uint64_t now)
{
	const struct sc_ghost *ghost = sc_ghosts_find(&policy->ghosts, hash);
	uint32_t announced = SC_ONE;

	if (is_ahead(use) && age_of(now, use->entered) <= policy->slots)
		return false;
	if (ghost)
		announced += decayed(policy, ghost->rate,
				     age_of(now, ghost->last));
	return decayed(policy, get(&use->rate),
		       age_of(now, last_use(use))) <= announced;
}

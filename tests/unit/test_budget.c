/* SPDX-License-Identifier: MIT */
/* The turns for a slot: urgent ones first, else in order, and nobody
 * starves. */
#include <string.h>

#include "io/budget.h"
#include "scene.h"

#define TICKETS 12

/* A load as the budget sees it: chunks that it wants still, and what it has in flight. */
struct taker {
	struct ticket ticket;
	unsigned wanted;
	unsigned in_flight;
	uint64_t bytes;
	/* How long it has waited, in slots that others took. */
	unsigned waited;
};

static uint64_t seed;

static unsigned dice(unsigned sides)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

static struct budget budget_of(unsigned slots, uint64_t bytes)
{
	return (struct budget){ .slots_max = slots, .bytes_max = bytes };
}

static void in_the_order_of_the_tickets(void **state)
{
	struct ticket tickets[3] = { { .order = 1 }, { .order = 2 },
				     { .order = 3 } };
	struct budget budget = budget_of(1, 100);

	(void)state;
	assert_true(budget_get(&budget, &tickets[2], 10));
	assert_false(budget_get(&budget, &tickets[1], 10));
	assert_false(budget_get(&budget, &tickets[0], 10));
	budget_put(&budget, 10);
	/* There is room, but it is another one's turn. */
	assert_false(budget_get(&budget, &tickets[1], 10));
	assert_ptr_equal(budget_first(&budget), &tickets[0]);
	assert_true(budget_get(&budget, &tickets[0], 10));
	budget_put(&budget, 10);
	/* One that wants none any more is not waited for. */
	budget_leave(&budget, &tickets[1]);
	assert_null(budget_first(&budget));
	assert_true(budget_get(&budget, &tickets[2], 10));
	assert_int_equal(budget.slots, 1);
}

static void urgent_ones_come_first(void **state)
{
	struct ticket ordinary = { .order = 1 }, urgent = { .order = 2 };
	struct budget budget = budget_of(2, 100);

	(void)state;
	urgent.urgent = true;
	assert_true(budget_get(&budget, &ordinary, 50));
	assert_true(budget_get(&budget, &ordinary, 50));
	assert_false(budget_get(&budget, &ordinary, 50));
	assert_false(budget_get(&budget, &urgent, 20));
	budget_put(&budget, 50);
	assert_false(budget_get(&budget, &ordinary, 50));
	assert_true(budget_get(&budget, &urgent, 20));
	/* Urgency may be lent while it waits. */
	assert_false(budget_get(&budget, &urgent, 50));
	ordinary.urgent = true;
	assert_ptr_equal(budget_first(&budget), &ordinary);
}

static void what_is_too_long_goes_alone(void **state)
{
	struct ticket one = { .order = 1 }, other = { .order = 2 };
	struct budget budget = budget_of(4, 100);

	(void)state;
	assert_true(budget_get(&budget, &other, 10));
	assert_false(budget_get(&budget, &one, 300));
	budget_put(&budget, 10);
	assert_true(budget_get(&budget, &one, 300));
	assert_false(budget_get(&budget, &other, 1));
	budget_put(&budget, 300);
	assert_true(budget_get(&budget, &other, 1));
}

/* An ordinary one among urgent ones that never end. */
/* One that has a limit of its own looks at what all have in flight. */
static void limits_of_their_own(void **state)
{
	struct ticket more = { .order = 1, .bytes_max = 150 };
	struct ticket less = { .order = 2, .bytes_max = 50 };
	struct ticket as_all = { .order = 3 };
	struct budget budget = budget_of(8, 100);

	(void)state;
	assert_true(budget_get(&budget, &as_all, 50));
	assert_false(budget_get(&budget, &less, 1));
	budget_leave(&budget, &less);
	assert_true(budget_get(&budget, &as_all, 50));
	assert_false(budget_get(&budget, &as_all, 1));
	assert_true(budget_get(&budget, &more, 50));
	assert_false(budget_get(&budget, &more, 1));
	assert_int_equal(budget.bytes, 150);
	budget_leave(&budget, &more);
	budget_put(&budget, 50);
	budget_put(&budget, 50);
	budget_put(&budget, 50);
	/* A longer chunk goes alone. */
	budget_leave(&budget, &as_all);
	assert_true(budget_get(&budget, &less, 80));
	assert_false(budget_get(&budget, &less, 1));
}

static void nobody_starves(void **state)
{
	struct ticket urgent[2] = { { .order = 2, .urgent = true },
				    { .order = 3, .urgent = true } };
	struct ticket ordinary = { .order = 1 };
	struct budget budget = budget_of(1, 100);
	unsigned i, taken = 0, last = 0;

	(void)state;
	for (i = 0; i < 1000; i++) {
		budget_wait(&budget, &urgent[0]);
		budget_wait(&budget, &urgent[1]);
		budget_wait(&budget, &ordinary);
		if (budget_first(&budget) == &ordinary) {
			assert_in_range(i - last, 1, 20);
			last = i;
			taken++;
		}
		assert_true(budget_get(&budget, budget_first(&budget), 10));
		budget_put(&budget, 10);
	}
	assert_in_range(taken, 50, 100);
}

static bool comes_before(const struct taker *a, const struct taker *b)
{
	if (a->ticket.urgent != b->ticket.urgent)
		return a->ticket.urgent;
	return a->ticket.order < b->ticket.order;
}

/* Nobody before the one that takes a slot may have waited for long. */
static void check_turn(struct taker *takers, const struct taker *who)
{
	unsigned i;

	for (i = 0; i < TICKETS; i++) {
		if (&takers[i] == who || !takers[i].ticket.waiting)
			continue;
		if (comes_before(&takers[i], who))
			assert_in_range(who->waited, 1, UINT32_MAX);
		takers[i].waited++;
	}
}

static void try_one(struct budget *budget, struct taker *takers, unsigned i)
{
	struct taker *taker = &takers[i];
	const uint64_t bytes = taker->bytes;

	if (taker->wanted == 0) {
		budget_leave(budget, &taker->ticket);
		return;
	}
	if (!budget_get(budget, &taker->ticket, bytes)) {
		assert_true(taker->ticket.waiting);
		return;
	}
	check_turn(takers, taker);
	taker->waited = 0;
	taker->wanted--;
	taker->in_flight++;
}

static void end_one(struct budget *budget, struct taker *taker)
{
	if (taker->in_flight == 0)
		return;
	taker->in_flight--;
	budget_put(budget, taker->bytes);
}

/* Random loads of all kinds: each gets all it wants, in a bounded time; no more is in
 * flight than may be; and every slot is free at the end. */
static void model(unsigned slots, uint64_t bytes_max)
{
	struct budget budget = budget_of(slots, bytes_max);
	struct taker takers[TICKETS];
	uint64_t most = bytes_max;
	unsigned i, steps, left = 1;

	memset(takers, 0, sizeof(takers));
	for (i = 0; i < TICKETS; i++) {
		takers[i].ticket.order = i;
		takers[i].ticket.urgent = dice(4) == 0;
		takers[i].wanted = dice(30);
		takers[i].bytes = 1 + dice((unsigned)bytes_max);
		if (dice(3) == 0)
			takers[i].ticket.bytes_max = 1 + dice(1500);
		if (takers[i].ticket.bytes_max > most)
			most = takers[i].ticket.bytes_max;
	}
	for (steps = 0; left > 0 || budget.slots > 0; steps++) {
		assert_in_range(steps, 0, 100000);
		if (dice(2))
			try_one(&budget, takers, dice(TICKETS));
		else
			end_one(&budget, &takers[dice(TICKETS)]);
		assert_in_range(budget.slots, 0, slots);
		assert_in_range(budget.bytes, 0, most);
		for (i = 0, left = 0; i < TICKETS; i++)
			left += takers[i].wanted + takers[i].in_flight;
	}
	assert_int_equal(budget.bytes, 0);
	for (i = 0; i < TICKETS; i++)
		budget_leave(&budget, &takers[i].ticket);
	assert_null(budget.waiting);
}

static void models(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		seed = i;
		model(1 + dice(8), 1 + dice(1000));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_order_of_the_tickets),
		cmocka_unit_test(urgent_ones_come_first),
		cmocka_unit_test(what_is_too_long_goes_alone),
		cmocka_unit_test(limits_of_their_own),
		cmocka_unit_test(nobody_starves),
		cmocka_unit_test(models),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}

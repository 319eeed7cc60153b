/* SPDX-License-Identifier: MIT */
/*
 * All calls in random order, against a simple model: a pinned slot keeps its
 * part, a get returns the right bytes, a failure has its reason, and the
 * counters add up.
 */
#include "kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PINS = 24, PARTS = 60, FILES = 2, ROUNDS = 40, STEPS = 3000 };

struct pin {
	slot_ptr slot;
	struct dmaload_file *file;
	uint64_t offset, length;
	/* A wait has succeeded. */
	bool ready;
};

struct model {
	struct kit kit;
	struct dmaload_file files[FILES];
	uint64_t seed;
	/* Fewer than there are slots, or a get might wait for ever. */
	struct pin pins[PINS];
	unsigned n_pins, pins_max;
	/* Gets and begins that returned a slot or were refused. */
	uint64_t granted, refused, begun;
};

/* The cache's thread starts loads, too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct model model;

static uint64_t draw(uint64_t below)
{
	model.seed ^= model.seed << 13;
	model.seed ^= model.seed >> 7;
	model.seed ^= model.seed << 17;
	return model.seed % below;
}

/* Check that no load writes to the bytes of a pinned slot. */
static void check_load(const struct dmaload_range *range)
{
	const struct pin *pin;
	unsigned i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < model.n_pins; i++) {
		pin = &model.pins[i];
		if (range->buffer == pin->slot->buffer &&
		    range->buffer_offset < pin->slot->buffer_offset +
					   pin->length &&
		    pin->slot->buffer_offset < range->buffer_offset +
					       range->length)
			abort();
	}
	pthread_mutex_unlock(&lock);
}

static void check_pin(const struct pin *pin)
{
	assert_int_equal(pin->slot->length, pin->length);
	if (pin->ready)
		assert_true(fake_holds(pin->slot, pin->file, pin->offset));
}

/* Popular parts are drawn more often. Each part has a length of its own. */
static struct pin draw_part(void)
{
	const uint64_t part = draw(PARTS) * draw(PARTS) / PARTS;

	return (struct pin){
		.file = &model.files[draw(FILES)],
		.offset = part * PART + part % 3 * 64,
		.length = 1 + part * 37 % PART,
	};
}

static void add_pin(struct pin *pin, bool ready)
{
	pin->ready = ready;
	pthread_mutex_lock(&lock);
	model.pins[model.n_pins++] = *pin;
	pthread_mutex_unlock(&lock);
	model.granted++;
}

static void get(void)
{
	const int64_t timeout = fake.held ? (int64_t)draw(2) * 1000 :
					    DMALOAD_FOREVER;
	struct pin pin = draw_part();
	int r;

	if (model.n_pins == model.pins_max)
		return;
	r = dmaload_cache_get(model.kit.cache, pin.file, pin.offset, pin.length,
			      timeout, &pin.slot, &model.kit.err);
	if (r == 0)
		add_pin(&pin, true);
	else if (r == -EBUSY)
		model.refused++;
	else if (r == -EINPROGRESS || r == -EIO)
		model.granted++;
	else
		fail_msg("%s", model.kit.err.message);
	assert_true(r != -EIO || strstr(model.kit.err.message, "the disk"));
	assert_true(r != -EINPROGRESS || fake.held);
}

static void begin(void)
{
	struct pin pin = draw_part();
	int r;

	if (model.n_pins == model.pins_max)
		return;
	r = dmaload_cache_begin(model.kit.cache, pin.file, pin.offset,
				pin.length, &pin.slot, &model.kit.err);
	if (r == 0)
		add_pin(&pin, false);
	else
		model.refused += r == -EBUSY;
	assert_true(r == 0 || r == -EBUSY);
}

static void put_pin(unsigned n)
{
	const struct pin pin = model.pins[n];

	check_pin(&pin);
	pthread_mutex_lock(&lock);
	model.pins[n] = model.pins[--model.n_pins];
	pthread_mutex_unlock(&lock);
	dmaload_cache_put(model.kit.cache, pin.slot);
}

static void wait_for_pin(void)
{
	struct pin *pin;
	unsigned n;
	int r;

	if (model.n_pins == 0)
		return;
	n = (unsigned)draw(model.n_pins);
	pin = &model.pins[n];
	r = dmaload_cache_wait(model.kit.cache, pin->slot,
			       fake.held ? 0 : DMALOAD_FOREVER, &model.kit.err);
	assert_true(r == 0 || !pin->ready);
	if (r == 0)
		pin->ready = true;
	else if (r == -EIO)
		put_pin(n);
	else
		assert_true(r == -EINPROGRESS && fake.held);
}

static void end_all(void)
{
	fake.held = false;
	while (fake_pending() > 0)
		fake_end(0, "");
}

/* Act as the disk, and drop files. */
static void disturb(void)
{
	switch (draw(5)) {
	case 0:
		fake.held = true;
		break;
	case 1:
		end_all();
		break;
	case 2:
		fake.result = -EIO;
		fake.failures = (unsigned)draw(3);
		break;
	case 3:
		if (draw(8) == 0)
			dmaload_cache_drop(model.kit.cache,
					   &model.files[draw(FILES)]);
		break;
	default:
		if (fake_pending() > 0)
			fake_end(draw(4) ? 0 : -EIO, "the disk failed");
		break;
	}
}

static void step(void)
{
	const struct pin hint = draw_part();

	switch (draw(8)) {
	case 0:
	case 1:
		get();
		break;
	case 2:
		begin();
		break;
	case 3:
	case 4:
		if (model.n_pins > 0)
			put_pin((unsigned)draw(model.n_pins));
		break;
	case 5:
		wait_for_pin();
		break;
	case 6:
		assert_int_equal(dmaload_cache_prefetch(model.kit.cache,
							hint.file, hint.offset,
							hint.length, NULL), 0);
		break;
	default:
		disturb();
		break;
	}
	if (model.n_pins > 0)
		check_pin(&model.pins[draw(model.n_pins)]);
}

static void make(unsigned round)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = (1 + round % 2) * PART,
		.slots_per_buffer = 1 + round % 9,
		.buffers = 5 + round % 4,
		.align = round % 3 ? 64 : 0,
		.prefetch_depth = round % 5,
	};
	unsigned i;

	fake_reset();
	model = (struct model){ .seed = round + 1 };
	for (i = 0; i < FILES; i++)
		model.files[i] = (struct dmaload_file){
			.size = (PARTS + 1) * PART, .number = i + 5,
		};
	model.pins_max = config.slots_per_buffer * config.buffers - 1;
	if (model.pins_max > PINS)
		model.pins_max = PINS;
	fake.loads = check_load;
	kit_make_from(&model.kit, &config);
}

static void test_random_calls(void **state)
{
	uint64_t evictions = 0, prefetch_hits = 0, refused = 0;
	struct dmaload_cache_stats stats;
	unsigned round, i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		make(round);
		for (i = 0; i < STEPS; i++)
			step();
		end_all();
		while (model.n_pins > 0) {
			dmaload_cache_wait(model.kit.cache,
					   model.pins[0].slot, DMALOAD_FOREVER,
					   NULL);
			put_pin(0);
		}
		do {
			end_all();
			stats = kit_stats(&model.kit);
		} while (stats.slots_loading > 0 ||
			 stats.loads + stats.failures <
			 stats.misses + stats.prefetches);
		kit_check_stats(&model.kit);
		assert_int_equal(stats.hits + stats.misses + stats.shared,
				 model.granted);
		assert_int_equal(stats.refused, model.refused);
		assert_int_equal(stats.slots_pinned, 0);
		evictions += stats.evictions;
		prefetch_hits += stats.prefetch_hits;
		refused += stats.refused;
		kit_drop(&model.kit);
	}
	/* The rounds reached all of these. */
	assert_true(evictions > 1000 && prefetch_hits > 100 && refused > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls),
	};

	return cmocka_run_group_tests_name("cache_model", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "../integration/pattern.h"

static uint64_t draw(struct storm *storm, uint64_t below)
{
	return pattern_word(((uint64_t)storm->number << 32) + storm->drawn++) %
	       below;
}

static bool may_fail(const struct storm *storm, const struct part *part)
{
	return part->file == storm->world->shrunk &&
	       part->offset + part->length > STORM_PARTS / 2 * STORM_SLOT;
}

static struct part draw_part(struct storm *storm)
{
	const uint64_t n = draw(storm, STORM_PARTS) * draw(storm, STORM_PARTS) /
			   STORM_PARTS;

	return (struct part){
		.file = draw(storm, 4) ? storm->world->whole :
					 storm->world->shrunk,
		.offset = n * STORM_SLOT + n % 5 * 32,
		.length = 1 + n * 97 % (STORM_SLOT / 2),
	};
}

static void check_bytes(struct storm *storm, const struct part *part)
{
	EXPECT(storm, part->slot->length == part->length, 0);
	EXPECT(storm, pattern_differs(part->slot->data, part->length,
				      part->offset) == part->length, 0);
}

static void put(struct storm *storm)
{
	const unsigned n = (unsigned)draw(storm, storm->n_pins);

	check_bytes(storm, &storm->pins[n]);
	dmaload_cache_put(storm->world->cache, storm->pins[n].slot);
	storm->pins[n] = storm->pins[--storm->n_pins];
}

/* Get a part. Pin its slot if there are bytes. */
static void get_part(struct storm *storm, struct part part, int64_t timeout)
{
	int r;

	r = dmaload_cache_get(storm->world->cache, part.file, part.offset,
			      part.length, timeout, &part.slot, NULL);
	if (r == -EBUSY) {
		EXPECT(storm, timeout != DMALOAD_FOREVER, r);
		storm->busy++;
		return;
	}
	storm->granted++;
	if (r == -ENODATA) {
		EXPECT(storm, may_fail(storm, &part), r);
		storm->failed++;
	}
	if (r == 0) {
		check_bytes(storm, &part);
		storm->pins[storm->n_pins++] = part;
	} else {
		EXPECT(storm, r == -ENODATA ||
		       (r == -EINPROGRESS && timeout != DMALOAD_FOREVER), r);
	}
}

static void get(struct storm *storm)
{
	const int64_t timeouts[] = { 0, 20000, DMALOAD_FOREVER };
	const int64_t timeout = timeouts[draw(storm, 3)];

	get_part(storm, draw_part(storm), timeout);
}

/* Begin to load a part, and wait for it or give it up. */
static void begin(struct storm *storm)
{
	struct part part = draw_part(storm);
	int r;

	r = dmaload_cache_begin(storm->world->cache, part.file, part.offset, part.length,
				&part.slot, NULL);
	if (r == -EBUSY)
		storm->busy++;
	EXPECT(storm, r == 0 || r == -EBUSY, r);
	if (r < 0)
		return;
	storm->granted++;
	if (draw(storm, 4) > 0) {
		while ((r = dmaload_cache_wait(storm->world->cache, part.slot,
					       (int64_t)draw(storm, 100000),
					       NULL)) == -EINPROGRESS)
			;
		EXPECT(storm, r == 0 || (r == -ENODATA && may_fail(storm, &part)), r);
		if (r == 0)
			check_bytes(storm, &part);
	}
	dmaload_cache_put(storm->world->cache, part.slot);
}

static void read_stats_and_fd(struct storm *storm)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };
	struct pollfd fd = { .events = POLLIN };
	uint64_t value;
	int r;

	r = dmaload_cache_stats(storm->world->cache, &stats, NULL);
	EXPECT(storm, r == 0 && stats.slots == storm->world->slots, r);
	fd.fd = dmaload_cache_fd(storm->world->cache, NULL);
	EXPECT(storm, fd.fd >= 0, fd.fd);
	if (poll(&fd, 1, 0) == 1)
		(void)!read(fd.fd, &value, sizeof(value));
}

void *storm_rage(void *data)
{
	struct storm *storm = data;
	const struct storm_world *world = storm->world;
	struct part hint;
	unsigned i;
	int r;

	for (i = 0; i < storm->rounds && !storm->wrong.what; i++) {
		switch (draw(storm, 16)) {
		case 0:
		case 1:
		case 2:
			begin(storm);
			break;
		case 3:
		case 4:
			hint = draw_part(storm);
			r = dmaload_cache_prefetch(world->cache, hint.file,
						   hint.offset, hint.length,
						   NULL);
			EXPECT(storm, r == 0, r);
			break;
		case 5:
			read_stats_and_fd(storm);
			break;
		case 6:
			if (draw(storm, 30) == 0)
				dmaload_cache_drop(world->cache,
						   draw(storm, 2) ?
						   world->whole : world->shrunk);
			break;
		default:
			get(storm);
			break;
		}
		while (storm->n_pins > draw(storm, STORM_PINS))
			put(storm);
	}
	while (storm->n_pins > 0)
		put(storm);
	return NULL;
}

void storm_get_in_order(struct storm *storm)
{
	struct part part = { .file = storm->world->whole, .length = STORM_SLOT / 2 };
	unsigned i;

	for (i = 0; i < STORM_PARTS && !storm->wrong.what; i++) {
		part.offset = i * STORM_SLOT;
		get_part(storm, part, DMALOAD_FOREVER);
		get_part(storm, part, DMALOAD_FOREVER);
		while (storm->n_pins > 0)
			put(storm);
	}
	part = (struct part){
		.file = storm->world->shrunk,
		.offset = (STORM_PARTS - 1) * STORM_SLOT,
		.length = STORM_SLOT / 2,
	};
	get_part(storm, part, DMALOAD_FOREVER);
}

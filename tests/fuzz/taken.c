/* SPDX-License-Identifier: MIT */
/* The function of transforms, and what it got. */
#include <sched.h>
#include <string.h>

#include "fuzz.h"
#include "schedule.h"
#include "transform.h"

#define TURNS_MAX 16

struct taken {
	unsigned pieces;
	/* The calls of the function that have not returned. */
	unsigned inside;
	/* It has stopped the demand. */
	bool has_stopped;
	/* If they come in order, where the next piece begins. */
	uint64_t ends[RANGES_MAX];
	/* A bit for each byte that has come. */
	uint8_t bits[RANGES_MAX][CONTENT_MAX / 8];
};

static struct taken places[WORKS];

void transform_begin(struct work *work)
{
	struct taken *taken = &places[work - works];
	size_t i;

	if (!work->demand.options.transform)
		return;
	taken->pieces = 0;
	taken->inside = 0;
	taken->has_stopped = false;
	memset(taken->ends, 0, sizeof(taken->ends));
	for (i = 0; i < work->demand.count; i++)
		memset(taken->bits[i], 0, sizeof(taken->bits[i]));
	work->demand.transform.taken = taken;
	work->demand.transform.given.data = work;
}

static bool is_taken(const struct demand *demand, size_t i, uint64_t at)
{
	return demand->transform.taken->bits[i][at / 8] >> at % 8 & 1;
}

/* Return byte k of those that the function writes for a byte. */
static unsigned char result_of(unsigned char byte, uint64_t k)
{
	return byte ^ (k % 2 == 0 ? 0x5a : 0xa5);
}

/* Return how many bytes of the buffer length bytes of a range become. */
static uint64_t result_length(const struct demand *demand, size_t i, uint64_t length)
{
	const uint64_t written = demand->transform.factor * length;

	return !demand->memories[i] ? 0 :
	       written < demand->parts[i] ? written : demand->parts[i];
}

/* Check that a piece is in its range, has whole units, and comes for the first time. */
static void check_place(const struct demand *demand, const struct dmaload_piece *piece)
{
	const uint32_t unit = demand->transform.given.unit ? demand->transform.given.unit : 1;
	const uint64_t end = piece->offset + piece->length;
	struct taken *taken = demand->transform.taken;
	uint64_t at;

	FUZZ_CHECK(piece->range < demand->count);
	FUZZ_CHECK(piece->length > 0 && end > piece->offset);
	FUZZ_CHECK(end <= demand->lengths[piece->range] && end <= CONTENT_MAX);
	FUZZ_CHECK(piece->offset % unit == 0);
	if (piece->length % unit != 0)
		FUZZ_CHECK(end == demand_moved(demand, piece->range));
	for (at = piece->offset; at < end; at++) {
		if (is_taken(demand, piece->range, at))
			FUZZ_FAIL("byte %llu of range %zu comes twice",
				  (unsigned long long)at, piece->range);
		taken->bits[piece->range][at / 8] |= (uint8_t)(1u << at % 8);
	}
}

/* Check the order of pieces in which that of a range or of a stream is promised. */
static void check_order(const struct demand *demand, const struct dmaload_piece *piece)
{
	const struct node *node = demand->nodes[piece->range];
	const uint64_t from = demand_place(demand, piece->range) + piece->offset;
	uint64_t *ends = demand->transform.taken->ends;
	size_t i;

	if (!node->is_stream && !(demand->transform.given.flags & DMALOAD_PIECES_IN_ORDER))
		return;
	FUZZ_CHECK(piece->offset == ends[piece->range]);
	for (i = 0; node->is_stream && i < demand->count; i++)
		if (demand->nodes[i] == node && ends[i] > 0)
			FUZZ_CHECK(demand_place(demand, i) + ends[i] <= from);
	ends[piece->range] += piece->length;
}

static void check_bytes(const struct demand *demand, const struct dmaload_piece *piece)
{
	const uint64_t from = demand_place(demand, piece->range) + piece->offset;
	const struct node *node = demand->nodes[piece->range];

	/* Bytes that were read before a file is truncated may come after it. */
	if (node->will_shrink || from + piece->length > node->fake->size)
		return;
	if (memcmp(piece->bytes, node->fake->bytes + from, piece->length) != 0)
		FUZZ_FAIL("bytes %llu to %llu of range %zu are not those of the file",
			  (unsigned long long)piece->offset,
			  (unsigned long long)(piece->offset + piece->length), piece->range);
}

static void write_result(const struct demand *demand, const struct dmaload_piece *piece)
{
	const unsigned factor = demand->transform.factor;
	const unsigned char *bytes = piece->bytes;
	const size_t i = piece->range;
	const uint64_t end = result_length(demand, i, piece->offset + piece->length);
	unsigned char *to = demand->transform.maps[i];
	uint64_t at;

	for (at = factor * piece->offset; at < end; at++)
		to[demand->ranges[i].buffer_offset + at] =
			result_of(bytes[at / factor - piece->offset], at % factor);
}

/* Return a value other than 0 to stop the demand. */
static int act(struct work *work)
{
	const struct transform *transform = &work->demand.transform;

	if (++transform->taken->pieces != transform->acts_at)
		return 0;
	if (transform->interferes && !work_interfere(work))
		return 0;
	transform->taken->has_stopped = true;
	return transform->acts_at % 2 ? 1 : -1;
}

/* Other threads may have begun calls before one stopped the demand. */
static void check_call(const struct work *work)
{
	const struct taken *taken = work->demand.transform.taken;
	const bool at_once = work->demand.transform.given.flags & DMALOAD_PIECES_AT_ONCE;

	FUZZ_CHECK(taken->inside < (at_once ? 4 : 1));
	FUZZ_CHECK(!work->is_untouched && (!work->has_ended || work->is_destroyed));
	if (at_once)
		return;
	FUZZ_CHECK(!taken->has_stopped);
	FUZZ_CHECK(!transform_redirects(&work->demand) || !work->is_call ||
		   pthread_equal(work->caller, pthread_self()));
}

int transform_take(const struct dmaload_piece *piece, void *data)
{
	struct work *work = data;
	struct taken *taken;
	unsigned turns;
	int r;

	/* A probe moves nothing. */
	FUZZ_CHECK(work);
	schedule_release();
	taken = work->demand.transform.taken;
	check_call(work);
	taken->inside++;
	check_place(&work->demand, piece);
	check_order(&work->demand, piece);
	check_bytes(&work->demand, piece);
	/* Meanwhile, other pieces may come, and the bytes must stay. */
	turns = schedule_draw(work->demand.transform.given.flags & DMALOAD_PIECES_AT_ONCE ?
			      TURNS_MAX : 2);
	while (turns-- > 0)
		sched_yield();
	check_bytes(&work->demand, piece);
	write_result(&work->demand, piece);
	/* Then the bytes are the function's to change. */
	if (transform_redirects(&work->demand))
		memset(piece->bytes, 0x3c, piece->length);
	r = act(work);
	taken->inside--;
	return r;
}

bool transform_is_untouched(const struct demand *demand)
{
	return !demand->transform.taken || demand->transform.taken->pieces == 0;
}

bool transform_has_stopped(const struct demand *demand)
{
	return demand->transform.taken && demand->transform.taken->has_stopped;
}

static void check_taken(const struct demand *demand, size_t i, uint64_t length)
{
	uint64_t at;

	FUZZ_CHECK(length <= CONTENT_MAX);
	for (at = 0; at < length; at++)
		if (!is_taken(demand, i, at))
			FUZZ_FAIL("byte %llu of range %zu has not come",
				  (unsigned long long)at, i);
}

void transform_check_range(const struct demand *demand, size_t i, uint64_t length)
{
	const uint64_t to = demand->ranges[i].buffer_offset, from = demand_place(demand, i);
	const struct node *node = demand->nodes[i];
	const unsigned factor = demand->transform.factor;
	uint64_t at, end;

	check_taken(demand, i, length);
	if (demand->overwrites || node->will_shrink || from + length > node->fake->size)
		return;
	end = result_length(demand, i, length);
	for (at = 0; at < end; at++)
		if (demand->memories[i]->view[to + at] !=
		    result_of(node->fake->bytes[from + at / factor], at % factor))
			FUZZ_FAIL("byte %llu of the result of range %zu is wrong",
				  (unsigned long long)at, i);
}

void transform_settle(const struct demand *demand, size_t i, bool done)
{
	const uint64_t place = demand_place(demand, i), moved = demand_moved(demand, i);
	const struct content *from = &demand->nodes[i]->content;
	const unsigned factor = demand->transform.factor;
	uint64_t to = demand->ranges[i].buffer_offset, at, end;
	struct content *content;

	if (done)
		check_taken(demand, i, moved);
	end = result_length(demand, i, moved);
	for (at = 0; at < end; at++, to++) {
		if (!is_taken(demand, i, at / factor))
			continue;
		content = &demand->memories[i]->content;
		content->bytes[to] = result_of(from->bytes[place + at / factor], at % factor);
		content->known[to] = !demand->overwrites && from->known[place + at / factor];
		content->has_unknown |= !content->known[to];
	}
}

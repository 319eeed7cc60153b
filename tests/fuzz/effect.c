/* SPDX-License-Identifier: MIT */
/* Apply a demand to the expected contents. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "demand.h"
#include "fuzz.h"
#include "transform.h"

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t demand_place(const struct demand *demand, size_t i)
{
	return sum(demand->bases[i], demand->ranges[i].file_offset);
}

uint64_t demand_moved(const struct demand *demand, size_t i)
{
	const uint64_t came = demand_left(demand->nodes[i]->fake->size,
					   demand_place(demand, i));

	return demand->open_ended && came < demand->lengths[i] ? came :
	       demand->lengths[i];
}

void demand_print(const struct demand *demand)
{
	const struct dmaload_range *range;
	size_t i;

	dprintf(STDERR_FILENO, "operation %d, paths %#x, cache %u, flags %#x:",
		demand->operation, demand->options.paths,
		demand->options.cache, demand->options.flags);
	for (i = 0; i < demand->n_codes; i++)
		dprintf(STDERR_FILENO, " %d", demand->codes[i]);
	for (i = 0; i < demand->count; i++) {
		range = &demand->ranges[i];
		dprintf(STDERR_FILENO, "\n  %" PRIu64 " bytes (%#" PRIx64
			") at %" PRIu64 " of node %td, handle %td; at %" PRIu64
			" of buffer %td of %" PRIu64 "; priority %u",
			demand->lengths[i], range->length, range->file_offset,
			demand->nodes[i] - setting.nodes,
			demand->handles[i] - setting.handles,
			range->buffer_offset,
			demand->memories[i] ? demand->memories[i] - setting.memories : -1,
			demand->memories[i] ? demand->memories[i]->size : 0,
			range->priority);
	}
	if (demand->options.transform)
		dprintf(STDERR_FILENO, "\n  transform: unit %u, flags %#x, factor %u, acts at %u",
			demand->transform.given.unit, demand->transform.given.flags,
			demand->transform.factor, demand->transform.acts_at);
	dprintf(STDERR_FILENO, "\n");
}

static void settle_load(const struct demand *demand, size_t i, bool done)
{
	const uint64_t at = demand->ranges[i].buffer_offset;
	struct content *to;

	if (demand->options.transform)
		transform_settle(demand, i, done);
	if (transform_redirects(demand))
		return;
	to = &demand->memories[i]->content;
	if (done)
		content_copy(to, at, &demand->nodes[i]->content,
			     demand_place(demand, i), demand_moved(demand, i));
	else
		content_forget(to, at, demand->lengths[i]);
}

static void settle_store(const struct demand *demand, size_t i, bool done)
{
	struct content *to = &demand->nodes[i]->content;
	const uint64_t at = demand->ranges[i].file_offset;

	/* No file can be that large, so the store has failed. */
	if (at > FAKE_FILE_MAX) {
		FUZZ_CHECK(!done);
		return;
	}
	content_grow(to, at + demand->lengths[i], done);
	if (done && !demand->is_ambiguous)
		content_copy(to, at, &demand->memories[i]->content,
			     demand->ranges[i].buffer_offset,
			     demand->lengths[i]);
	else
		content_forget(to, at, demand->lengths[i]);
}

static void settle_verify(const struct demand *demand, int result,
			  bool may_fail)
{
	bool differs = false, equals = true;
	size_t i;

	for (i = 0; i < demand->count; i++) {
		const struct content *a = &demand->nodes[i]->content;
		const struct content *b = &demand->memories[i]->content;
		const uint64_t at = demand_place(demand, i);
		const uint64_t to = demand->ranges[i].buffer_offset;

		differs |= content_differs(a, at, b, to, demand->lengths[i]);
		equals &= content_equals(a, at, b, to, demand->lengths[i]);
	}
	if ((result == 0 && differs) || (result == -EBADMSG && equals) ||
	    (result != 0 && result != -EBADMSG && !may_fail))
		demand_print(demand);
	if (result == 0 && differs)
		FUZZ_FAIL("a difference was not found");
	if (result == -EBADMSG && equals)
		FUZZ_FAIL("a difference was found where there is none");
	if (result != 0 && result != -EBADMSG && !may_fail)
		FUZZ_FAIL("a comparison failed with %d", result);
}

/* Return the first offset of a stream that the demand wants. */
static uint64_t stream_begin(const struct demand *demand,
			     const struct node *node)
{
	uint64_t first = UINT64_MAX, at;
	size_t i;

	for (i = 0; i < demand->count; i++) {
		at = demand_place(demand, i);
		if (demand->nodes[i] == node && at < first)
			first = at;
	}
	return first;
}

/* A stream loses only the bytes of the ranges, and one more to find its end. */
static void settle_stream(const struct demand *demand, struct node *node,
			  int result, const bool complete[RANGES_MAX])
{
	uint64_t came = node->came, came_most = node->came_most, end;
	size_t i;

	if (result == 0 && came > stream_begin(demand, node))
		FUZZ_FAIL("a stream was loaded from an offset that had passed");
	for (i = 0; i < demand->count; i++) {
		if (demand->nodes[i] != node)
			continue;
		end = sum(demand_place(demand, i), demand_moved(demand, i));
		if ((result == 0 || complete[i]) && end > came)
			came = end;
		end = sum(demand_place(demand, i), demand->lengths[i]);
		end = sum(end, demand->open_ended);
		if (end > came_most)
			came_most = end;
	}
	if (result == 0 && came > node->fake->size)
		FUZZ_FAIL("a stream was loaded beyond its end");
	if (result == 0 && demand->open_ended && came != node->fake->size)
		FUZZ_FAIL("a stream was loaded, but not to its end");
	node->came = came;
	node->came_most = result == 0 ? came : came_most;
}

/* Settle each stream once. Return whether one may have been read beyond an offset. */
static bool settle_streams(const struct demand *demand, int result,
			   const bool complete[RANGES_MAX])
{
	bool late = false;
	struct node *node;
	size_t i, j;

	for (i = 0; i < demand->count; i++) {
		node = demand->nodes[i];
		for (j = 0; j < i && demand->nodes[j] != node;)
			j++;
		if (!node->is_stream || j < i)
			continue;
		late |= node->came_most > stream_begin(demand, node);
		settle_stream(demand, node, result, complete);
	}
	return late;
}

void demand_settle(const struct demand *demand, int result, bool may_fail,
		    const bool complete[RANGES_MAX])
{
	const bool stopped = transform_has_stopped(demand);
	size_t i;
	bool done;

	if (demand->operation == DMALOAD_VERIFY) {
		settle_verify(demand, result, may_fail);
		return;
	}
	may_fail |= settle_streams(demand, result, complete);
	if (stopped ? result == 0 || (!may_fail && result != -ECANCELED) :
		      result != 0 && (!may_fail || result == -EBADMSG)) {
		demand_print(demand);
		FUZZ_FAIL("it ended with %d, and %s", result,
			  stopped ? "the transform stopped it" : "nothing was wrong");
	}
	for (i = 0; i < demand->count; i++) {
		done = result == 0 || complete[i];
		if (demand->operation == DMALOAD_LOAD)
			settle_load(demand, i, done);
		else
			settle_store(demand, i, done);
	}
}

/* The readahead of a shared fd continues after the requested range. A store
 * also writes what lies between the end of the file and its own bytes. */
static bool wants_page(const struct demand *demand, const struct node *node,
		       uint64_t page)
{
	uint64_t begin;
	size_t i;

	for (i = 0; i < demand->count; i++) {
		begin = demand_place(demand, i);
		if (demand->operation == DMALOAD_STORE &&
		    node->content.size < begin)
			begin = node->content.size;
		if (demand->nodes[i] == node &&
		    begin < (page + 1) * FAKE_PAGE &&
		    (demand->handles[i]->shared ||
		     sum(demand_place(demand, i), demand->lengths[i]) >
		     page * FAKE_PAGE))
			return true;
	}
	return false;
}

void demand_count_pages(const struct demand *demand)
{
	struct node *node;
	uint64_t page;

	for (node = setting.nodes; node < setting.nodes + NODES; node++)
		for (page = 0; page < CONTENT_MAX / FAKE_PAGE; page++)
			node->wanted[page] += wants_page(demand, node, page);
}

void demand_check_range(const struct demand *demand, size_t index,
			 uint64_t length)
{
	const uint64_t from = demand_place(demand, index);
	const uint64_t to = demand->ranges[index].buffer_offset;
	const struct fake_node *node = demand->nodes[index]->fake;

	if (demand->options.transform)
		transform_check_range(demand, index, length);
	if (transform_redirects(demand))
		return;
	/* A comparison moves nothing. A truncated file has nothing to compare. */
	if (demand->operation == DMALOAD_VERIFY || length == 0 ||
	    demand->is_ambiguous || sum(from, length) > node->size)
		return;
	if (memcmp(demand->memories[index]->view + to, node->bytes + from,
		   length) != 0)
		FUZZ_FAIL("range %zu is reported before its bytes are there",
			  index);
}

uint64_t demand_bytes(const struct demand *demand)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < demand->count; i++)
		bytes += demand->lengths[i];
	return bytes;
}

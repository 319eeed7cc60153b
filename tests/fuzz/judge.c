/* SPDX-License-Identifier: MIT */
/* Decide by the public headers whether a demand must be refused, and by which codes. */
#include <errno.h>

#include "demand.h"
#include "fuzz.h"
#include "transform.h"

uint64_t demand_left(uint64_t size, uint64_t offset)
{
	return offset < size ? size - offset : 0;
}

static uint64_t end_of(uint64_t offset, uint64_t length)
{
	uint64_t end;

	return __builtin_add_overflow(offset, length, &end) ? UINT64_MAX : end;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b,
		    uint64_t b_length)
{
	return a < end_of(b, b_length) && b < end_of(a, a_length);
}

void demand_refuse(struct demand *demand, int code)
{
	FUZZ_CHECK(demand->n_codes < CODES_MAX);
	demand->codes[demand->n_codes++] = code;
}

static void judge_options(struct demand *demand)
{
	const uint32_t all = 7, buffered =
		DMALOAD_ALLOW_BUFFERED;
	const struct dmaload_options *options = &demand->options;
	uint32_t paths = options->paths;

	if ((paths & ~all) || options->cache > DMALOAD_CACHE_KEEP ||
	    (options->flags & ~(DMALOAD_DURABLE | DMALOAD_URGENT)) || options->reserved)
		demand_refuse(demand, -EINVAL);
	if (demand->operation == DMALOAD_VERIFY || options->transform)
		paths &= ~DMALOAD_ALLOW_DIRECT;
	if (paths == 0)
		paths = all;
	if (options->cache == DMALOAD_CACHE_KEEP && !(paths & buffered) &&
	    demand->operation != DMALOAD_STORE)
		demand_refuse(demand, -EINVAL);
	/* Only the buffered path works on every file system. */
	if (!(paths & buffered))
		demand->may_fail = true;
}

/* Resolve DMALOAD_TO_END. */
static void resolve(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const bool stores = demand->operation == DMALOAD_STORE;
	const bool is_stream = demand->nodes[i]->is_stream;
	const uint64_t of_buffer = demand->memories[i] ?
		demand_left(demand->memories[i]->size, range->buffer_offset) : 0;
	const uint64_t of_file = demand_left(dmaload_file_size(range->file),
				      range->file_offset);

	demand->lengths[i] = range->length;
	if (range->length != DMALOAD_TO_END)
		return;
	if (is_stream && transform_redirects(demand)) {
		demand->lengths[i] = INT64_MAX - range->file_offset;
		demand->open_ended = true;
	} else if (stores || is_stream) {
		demand->lengths[i] = of_buffer;
		demand->open_ended |= !stores;
		if (of_buffer == 0)
			demand_refuse(demand, stores ? -ERANGE : -ENOSPC);
	} else {
		demand->lengths[i] = of_file;
		if (of_file == 0)
			demand_refuse(demand, -ERANGE);
	}
}

/* Judge the part of the buffer. */
static void judge_part(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const struct memory *memory = demand->memories[i];

	demand->parts[i] = demand->lengths[i];
	if (range->buffer_length != 0)
		demand_refuse(demand, -EINVAL);
	if (demand->lengths[i] > demand_left(memory->size, range->buffer_offset))
		demand_refuse(demand, demand->operation == DMALOAD_STORE ? -ERANGE : -ENOSPC);
	if (demand->operation == DMALOAD_LOAD && !memory->writable)
		demand_refuse(demand, -EROFS);
}

static void judge_range(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const struct handle *handle = demand->handles[i];
	const bool stores = demand->operation == DMALOAD_STORE;
	const uint64_t size = dmaload_file_size(range->file);
	uint64_t length;

	if (range->length == 0 || range->reserved != 0)
		demand_refuse(demand, -EINVAL);
	resolve(demand, i);
	length = demand->lengths[i];
	if (length > UINT64_MAX - range->file_offset ||
	    length > UINT64_MAX - range->buffer_offset)
		demand_refuse(demand, -EOVERFLOW);
	if ((stores || handle->node->is_stream) &&
	    (range->file_offset > INT64_MAX ||
	     length > INT64_MAX - range->file_offset))
		demand_refuse(demand, -EOVERFLOW);
	if (stores ? !handle->writable : !handle->readable)
		demand_refuse(demand, -EBADF);
	if (handle->node->is_stream && demand->operation == DMALOAD_VERIFY)
		demand_refuse(demand, -ESPIPE);
	if (!stores && !handle->node->is_stream &&
	    length > demand_left(size, range->file_offset))
		demand_refuse(demand, -ERANGE);
	if (transform_redirects(demand))
		transform_judge_part(demand, i);
	else if (demand->memories[i])
		judge_part(demand, i);
	else
		demand_refuse(demand, -EINVAL);
}

/* A stream may end too early, or have more bytes than there is room for. */
static void judge_stream_end(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const uint64_t at = end_of(demand->bases[i], range->file_offset);
	const uint64_t left = demand_left(demand->nodes[i]->fake->size, at);

	demand->may_fail |= left == 0 || (demand->open_ended ?
					  left > demand->lengths[i] :
					  left < demand->lengths[i]);
}

/* Decide whether the file or its file system may make the demand fail. */
static void judge_chances(struct demand *demand, size_t i)
{
	const struct dmaload_range *range = &demand->ranges[i];
	const struct fake_node *node = demand->nodes[i]->fake;
	const uint64_t end = end_of(range->file_offset, demand->lengths[i]);
	const int code = node->direct_read_error;

	demand->may_fail |= code != 0 && code != -EINVAL &&
			     code != -EOPNOTSUPP && code != -EFAULT;
	/* A shared fd with O_DIRECT can store whole blocks only. */
	demand->may_fail |= demand->handles[i]->shared;
	demand->may_fail |= node->shrink_after != 0;
	if (demand->nodes[i]->is_stream)
		judge_stream_end(demand, i);
	else if (demand->operation != DMALOAD_STORE)
		demand->may_fail |= end > node->size;
	else
		demand->may_fail |= end > FAKE_FILE_MAX ||
				    (node->room != 0 && end > node->room);
}

/* Return whether two ranges share bytes of a buffer, or of a file. */
static bool in_buffer(const struct demand *a, size_t i,
		      const struct demand *b, size_t j)
{
	return a->memories[i] && a->ranges[i].buffer == b->ranges[j].buffer &&
	       overlap(a->ranges[i].buffer_offset, a->parts[i],
		       b->ranges[j].buffer_offset, b->parts[j]);
}

static bool in_file(const struct demand *a, size_t i,
		    const struct demand *b, size_t j)
{
	return a->nodes[i] == b->nodes[j] &&
	       (a->nodes[i]->is_stream ||
		overlap(a->ranges[i].file_offset, a->lengths[i],
			b->ranges[j].file_offset, b->lengths[j]));
}

bool demand_meets(const struct demand *a, const struct demand *b)
{
	const bool load = a->operation == DMALOAD_LOAD ||
			  b->operation == DMALOAD_LOAD;
	const bool store = a->operation == DMALOAD_STORE ||
			   b->operation == DMALOAD_STORE;
	size_t i, j;

	for (i = 0; i < a->count; i++)
		for (j = 0; j < b->count; j++)
			if ((load && in_buffer(a, i, b, j)) ||
			    ((store || a->nodes[i]->is_stream) &&
			     in_file(a, i, b, j)))
				return true;
	return false;
}

/* Refuse ranges that write the same bytes. */
static void judge_overlaps(struct demand *demand)
{
	size_t i, j;

	for (i = 0; i < demand->count; i++) {
		for (j = 0; j < i; j++) {
			if (demand->operation == DMALOAD_LOAD &&
			    in_buffer(demand, i, demand, j)) {
				if (transform_redirects(demand))
					demand->overwrites = true;
				else
					demand_refuse(demand, -EINVAL);
			}
			if (demand->operation != DMALOAD_STORE ||
			    !in_file(demand, i, demand, j))
				continue;
			if (demand->handles[i] == demand->handles[j])
				demand_refuse(demand, -EINVAL);
			else
				demand->is_ambiguous = true;
		}
	}
}

/* Return whether range j of a stream ends before range i begins. */
static bool is_behind(const struct demand *demand, size_t i, size_t j)
{
	return end_of(demand->ranges[j].file_offset, demand->lengths[j]) <=
	       demand->ranges[i].file_offset;
}

static void judge_streams(struct demand *demand)
{
	const struct dmaload_range *ranges = demand->ranges;
	const struct node *node;
	uint64_t bytes = 0;
	size_t i, j;

	if (demand->open_ended && demand->count > 1)
		demand_refuse(demand, -EINVAL);
	/* The whole of several streams exceeds 64 bits. */
	for (i = 0; i < demand->count; i++)
		if (__builtin_add_overflow(bytes, demand->lengths[i], &bytes))
			demand_refuse(demand, -EOVERFLOW);
	for (i = 0; i < demand->count; i++) {
		node = demand->nodes[i];
		if (!node->is_stream)
			continue;
		if (node->is_read)
			demand->may_be_late = true;
		else if (ranges[i].file_offset <
			 node->fake->came - demand->bases[i])
			demand_refuse(demand, -EINVAL);
		for (j = 0; j < demand->count; j++)
			if (ranges[j].priority < ranges[i].priority ||
			    (j != i && demand->nodes[j] == node &&
			     !is_behind(demand, i, j) &&
			     !is_behind(demand, j, i)))
				demand_refuse(demand, -EINVAL);
	}
}

void demand_judge(struct demand *demand)
{
	size_t i;

	/* These limits of the machine may be too low for any demand. */
	demand->may_fail = fake.fds_max != 0 || fake.map_most != 0;
	demand->overwrites = false;
	judge_options(demand);
	transform_judge(demand);
	for (i = 0; i < demand->count; i++) {
		judge_range(demand, i);
		judge_chances(demand, i);
	}
	judge_overlaps(demand);
	judge_streams(demand);
}

void demand_check_refusal(const struct demand *demand, int result)
{
	size_t i;

	for (i = 0; i < demand->n_codes; i++)
		if (demand->codes[i] == result)
			return;
	if ((demand->is_ambiguous || demand->may_be_late) &&
	    result == -EINVAL)
		return;
	if (setting.faulty && result < 0)
		return;
	/* The wait for a stream needs an fd. */
	if (fake.fds_max != 0 && result == -EMFILE)
		return;
	demand_print(demand);
	FUZZ_FAIL("refused with %d, which is none of the expected codes",
		  result);
}

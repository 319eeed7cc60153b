/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include <errno.h>
#include <string.h>

#include "pattern.h"

void world_open(struct world *world)
{
	const struct dmaload_config small = {
		.size = sizeof(small), .chunk_bytes = 65536, .queue_depth = 4,
	};
	size_t i;

	assert_int_equal(dmaload_ctx_create(&world->ctx[0], NULL, NULL), 0);
	assert_int_equal(dmaload_ctx_create(&world->ctx[1], &small, NULL), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(dmaload_file_open(&world->file[i],
						   pattern_path(MEDIUM), NULL),
				 0);
		assert_int_equal(dmaload_buffer_create(&world->shared[i],
						       place.source,
						       BUFFER_BYTES, NULL), 0);
	}
}

void world_close(struct world *world)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		dmaload_ctx_destroy(world->ctx[i]);
		dmaload_file_close(world->file[i]);
		dmaload_buffer_destroy(world->shared[i]);
	}
}

uint64_t draw(struct storm *storm, uint64_t below)
{
	return pattern_word(((uint64_t)storm->number << 32) + storm->drawn++) %
	       below;
}

static void begin(const struct storm *storm, unsigned access)
{
	dmaload_buffer_begin(storm->own, access, NULL);
}

static void end(const struct storm *storm, unsigned access)
{
	dmaload_buffer_end(storm->own, access, NULL);
}

static unsigned char *place_of(const struct storm *storm, size_t i)
{
	return (unsigned char *)dmaload_buffer_map(storm->own) +
	       storm->ranges[i].buffer_offset;
}

bool is_loaded(const struct storm *storm, size_t i)
{
	const struct dmaload_range *range = &storm->ranges[i];
	bool same;

	begin(storm, DMALOAD_ACCESS_READ);
	same = pattern_differs(place_of(storm, i), range->length,
			       range->file_offset) == range->length;
	end(storm, DMALOAD_ACCESS_READ);
	return same;
}

void draw_ranges(struct storm *storm, bool own)
{
	struct dmaload_buffer *shared = storm->world->shared[draw(storm, 2)];
	struct dmaload_range *range;
	size_t i;

	storm->count = 1 + draw(storm, RANGES);
	begin(storm, DMALOAD_ACCESS_WRITE);
	for (i = 0; i < storm->count; i++) {
		range = &storm->ranges[i];
		*range = (struct dmaload_range){
			.file = storm->world->file[draw(storm, 2)],
			.buffer = own ? storm->own : shared,
			.length = 1 + draw(storm, draw(storm, 2) ? 4096 : 400000),
			.priority = (uint32_t)draw(storm, 3),
		};
		range->buffer_offset = i * MIB +
				       draw(storm, MIB - range->length);
		range->file_offset = own ? draw(storm, MEDIUM - range->length) :
					   range->buffer_offset;
		if (own)
			memset(place_of(storm, i), GUARD, range->length);
	}
	end(storm, DMALOAD_ACCESS_WRITE);
}

struct dmaload_options draw_options(struct storm *storm)
{
	/* Never bounce alone: a load may decline it while other threads read
	 * the same file through the page cache. */
	static const uint32_t masks[] = {
		0, 0, DMALOAD_ALLOW_BUFFERED,
		DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED,
	};
	struct dmaload_options options = {
		.size = sizeof(options),
		.paths = masks[draw(storm, 4)],
	};

	storm->canceled = false;
	storm->late = draw(storm, 8) == 0;
	if (storm->late)
		options.deadline_ns = draw(storm, 2) ? 1 : now_ns() +
				      draw(storm, 2000000);
	return options;
}

struct dmaload_ctx *draw_ctx(struct storm *storm)
{
	return storm->world->ctx[draw(storm, 2)];
}

void expect_result(struct storm *storm, int r)
{
	EXPECT(storm, r == 0 || (r == -ECANCELED && storm->canceled) ||
	       (r == -ETIME && storm->late), r);
	if (r == 0)
		storm->done++;
	else
		storm->stopped++;
}

void expect_all_loaded(struct storm *storm)
{
	size_t i;

	for (i = 0; i < storm->count; i++)
		EXPECT(storm, is_loaded(storm, i), (int)i);
}

void take_told(struct storm *storm, struct dmaload_job *job, bool own,
	       unsigned *told, uint32_t *priority)
{
	size_t i;

	while (dmaload_job_next_range(job, &i) == 0) {
		EXPECT(storm, i < storm->count && !(*told & 1u << i), (int)i);
		EXPECT(storm, storm->ranges[i].priority >= *priority, (int)i);
		EXPECT(storm, !own || is_loaded(storm, i), (int)i);
		*priority = storm->ranges[i].priority;
		*told |= 1u << i;
	}
}

void expect_progress(struct storm *storm, struct dmaload_job *job,
		     uint64_t *done)
{
	struct dmaload_progress now = { .size = sizeof(now) };

	dmaload_job_progress(job, &now);
	EXPECT(storm, now.bytes_prefix <= now.bytes_done, 0);
	EXPECT(storm, now.bytes_done <= now.bytes_total, 0);
	EXPECT(storm, now.bytes_done >= *done, 0);
	EXPECT(storm, now.ranges_done <= storm->count, 0);
	*done = now.bytes_done;
}

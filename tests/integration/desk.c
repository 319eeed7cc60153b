/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include <errno.h>

void desk_open(struct desk *desk)
{
	kit_open(&desk->kit, MEDIUM, MEDIUM);
	desk->options = (struct dmaload_options){
		.size = sizeof(desk->options),
		.cache = DMALOAD_CACHE_BYPASS,
	};
	assert_int_equal(dmaload_events_create(&desk->options.events,
					       desk->kit.ctx, NULL), 0);
}

void desk_close(struct desk *desk)
{
	dmaload_events_destroy(desk->options.events);
	kit_close(&desk->kit);
}

struct dmaload_range desk_part(const struct desk *desk, unsigned n)
{
	struct dmaload_range range = kit_whole(&desk->kit);

	range.file_offset = range.buffer_offset = n * PART;
	range.length = PART;
	return range;
}

void desk_submit(const struct desk *desk, enum dmaload_operation operation,
		 const struct dmaload_range *ranges, size_t count,
		 uint64_t user_data)
{
	struct dmaload_options options = desk->options;
	struct dmaload_error err;

	options.user_data = user_data;
	if (dmaload_submit(NULL, desk->kit.ctx, operation, ranges, count,
			   &options, &err) < 0)
		fail_msg("submit: %s", err.message);
}

int desk_take(const struct desk *desk, int64_t timeout_ns,
	      struct dmaload_event *event)
{
	*event = (struct dmaload_event){ .size = sizeof(*event) };
	return dmaload_events_next(desk->options.events, timeout_ns, event, NULL,
				   NULL);
}

struct dmaload_event desk_await(const struct desk *desk)
{
	struct dmaload_event event;

	assert_int_equal(desk_take(desk, PATIENCE_NS, &event), 0);
	return event;
}

void desk_expect_end(const struct desk *desk, uint64_t user_data, int result)
{
	const struct dmaload_event event = desk_await(desk);

	assert_int_equal(event.kind, DMALOAD_EVENT_END);
	assert_int_equal(event.user_data, user_data);
	assert_int_equal(event.result, result);
	assert_int_equal(event.error.code, result);
}

void desk_expect_nothing(const struct desk *desk)
{
	struct dmaload_event event;

	assert_int_equal(desk_take(desk, DMALOAD_FOREVER, &event), -ENODATA);
	assert_false(is_readable(dmaload_events_fd(desk->options.events, NULL)));
}

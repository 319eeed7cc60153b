/* SPDX-License-Identifier: MIT */
#include "rooms.h"

#include <errno.h>
#include <stdio.h>

void rooms_say(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fake_say(path, text, 0);
}

void rooms_enter(const char *mounts)
{
	fake_say("/proc/self/cgroup", "0::/outer/inner\n", 0);
	fake_say("/proc/self/mountinfo", mounts, 0);
	rooms_say(ROOMS_OUTER, "memory.max", "max\n");
	rooms_say(ROOMS_OUTER, "memory.high", "max\n");
	rooms_say(ROOMS_INNER, "memory.max", "max\n");
	rooms_say(ROOMS_INNER, "memory.high", "max\n");
}

void rooms_limit(const char *folder, const char *max, const char *current,
		 const char *stat)
{
	rooms_say(folder, "memory.max", max);
	rooms_say(folder, "memory.current", current);
	rooms_say(folder, "memory.stat", stat);
}

struct dmaload_memory rooms_query(void)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };

	assert_int_equal(dmaload_memory_query(&memory, NULL), 0);
	return memory;
}

void rooms_check_nothing_promised(void)
{
	struct promise sum;

	promise_sum(&sum);
	assert_int_equal(sum.available, 0);
	assert_int_equal(sum.charged, 0);
}

struct dmaload_buffer *rooms_create(const char *source, uint64_t size)
{
	struct dmaload_buffer *buffer;

	if (dmaload_buffer_create(&buffer, source, size, &refusal) != 0)
		fail_msg("%s", refusal.message);
	return buffer;
}

void rooms_grant(const char *source, uint64_t size)
{
	dmaload_buffer_destroy(rooms_create(source, size));
	rooms_check_nothing_promised();
}

void rooms_refuse(const char *source, uint64_t size, const char *says)
{
	struct dmaload_buffer *untouched = (void *)&refusal;
	struct dmaload_buffer *buffer = untouched;
	struct promise before, after;

	promise_sum(&before);
	assert_int_equal(dmaload_buffer_create(&buffer, source, size, &refusal),
			 -ENOMEM);
	check_says(refusal.message, says);
	assert_ptr_equal(buffer, untouched);
	promise_sum(&after);
	assert_int_equal(before.available, after.available);
	assert_int_equal(before.charged, after.charged);
}

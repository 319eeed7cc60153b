/* SPDX-License-Identifier: MIT */
/* How much memory buffers are granted: what the machine has, and what cgroups
 * have left. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buffer/room_query.h"
#include "scene.h"
#include "rooms.h"

/* 64 MiB with 4 to spare are 60, of which a 129th is for page tables and the
 * like. */
#define ROOM_OF_64 (60 * MIB - 60 * MIB / 129)

static void each_limit_on_the_way_up(void **state)
{
	struct dmaload_memory memory;

	(void)state;
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_grant("memfd", 100 * MIB);
	assert_string_equal(rooms_query().cgroup, "");
	assert_true(rooms_query().cgroup_room_bytes == DMALOAD_UNKNOWN);
	assert_string_equal(rooms_query().note, "");

	rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "inactive_file 0\nactive_file 0\n");
	memory = rooms_query();
	assert_string_equal(memory.cgroup, ROOMS_INNER);
	assert_string_equal(memory.cgroup_limit_name, "memory.max");
	assert_int_equal(memory.cgroup_limit_bytes, 64 * MIB);
	assert_int_equal(memory.cgroup_room_bytes, 64 * MIB);
	assert_int_equal(memory.room_bytes, ROOM_OF_64 & ~4095u);
	rooms_grant("memfd", memory.room_bytes);
	rooms_refuse("memfd", memory.room_bytes + 8192, "memory.max is 64 MiB, 0 MiB "
	       "are used");
	check_says(refusal.message,
		   "needs 60 MiB and the memory cgroup has room for 59 MiB");
	check_says(refusal.message, "raise the limit");
	check_says(refusal.message, "the cgroup is " ROOMS_INNER);

	/* The parent's is lower, then as low and used by others. */
	rooms_limit(ROOMS_OUTER, "33554432\n", "0\n", "");
	rooms_refuse("memfd", 40 * MIB, "the cgroup is " ROOMS_OUTER);
	assert_string_equal(rooms_query().cgroup, ROOMS_OUTER);
	rooms_limit(ROOMS_OUTER, "67108864\n", "50331648\n", "");
	rooms_refuse("memfd", 16 * MIB, "memory.max is 64 MiB, 48 MiB are used");
	/* Unless it is file pages that use it. */
	rooms_limit(ROOMS_OUTER, "67108864\n", "67108864\n",
	      "file_dirty 1048576\nactive_file 33554432\ninactive_file 25165824\n");
	rooms_grant("memfd", 40 * MIB);
	assert_int_equal(rooms_query().cgroup_reclaimable_bytes, 55 * MIB);
	assert_int_equal(rooms_query().cgroup_dirty_bytes, MIB);
	assert_int_equal(rooms_query().cgroup_room_bytes, 55 * MIB);
	/* The limit that throttles. */
	rooms_say(ROOMS_INNER, "memory.high", "16777216\n");
	rooms_refuse("memfd", 20 * MIB, "memory.high is 16 MiB");
	/* No more than the machine has. */
	rooms_say(ROOMS_INNER, "memory.high", "max\n");
	rooms_limit(ROOMS_INNER, "1073741824\n", "0\n", "");
	rooms_limit(ROOMS_OUTER, "max\n", "0\n", "");
	fake.meminfo = "MemAvailable: 8192 kB\n";
	rooms_refuse("memfd", 9 * MIB, "MemAvailable");
	assert_int_equal(rooms_query().room_bytes, 8 * MIB);
	assert_int_equal(rooms_query().available_bytes, 8 * MIB);
}

/* They would do if they were on the disk: so that is a remedy. */
static void dirty_pages(void **state)
{
	(void)state;
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "67108864\n", "67108864\n",
	      "inactive_file 41943040\nfile_dirty 41943040\nfile_writeback 0\n");
	rooms_refuse("memfd", 30 * MIB, "; write back 40 MiB of dirty pages (sync), raise the limit");
	rooms_refuse("memfd", 50 * MIB, "reclaimed; raise the limit");
}

static void version_1(void **state)
{
	(void)state;
	fake_say("/proc/self/cgroup", "4:memory:/docker/12ab/sub\n0::/\n", 0);
	fake_say("/proc/self/mountinfo", "1 2 0:3 /docker/12ab /cg ro - cgroup "
		 "cgroup rw,memory\n", 0);
	fake_say("/cg/sub/memory.limit_in_bytes", "9223372036854771712\n", 0);
	fake_say("/cg/sub/memory.usage_in_bytes", "1048576\n", 0);
	fake_say("/cg/sub/memory.stat", "hierarchical_memory_limit "
		 "9223372036854771712\n", 0);
	fake_say("/cg/memory.limit_in_bytes", "9223372036854771712\n", 0);
	fake_say("/cg/memory.usage_in_bytes", "1048576\n", 0);
	fake_say("/cg/memory.stat", "hierarchical_memory_limit "
		 "9223372036854771712\n", 0);
	rooms_grant("memfd", 100 * MIB);
	assert_string_equal(rooms_query().cgroup, "");

	fake_say("/cg/memory.limit_in_bytes", "67108864\n", 0);
	fake_say("/cg/memory.stat", "hierarchical_memory_limit 67108864\n"
		 "total_inactive_file 524288\n", 0);
	fake_say("/cg/sub/memory.stat", "hierarchical_memory_limit 67108864\n", 0);
	rooms_refuse("memfd", 100 * MIB, "memory.limit_in_bytes is 64 MiB");
	assert_string_equal(rooms_query().cgroup, "/cg");
	/* Only a parent that is not mounted has one. */
	fake_say("/cg/memory.limit_in_bytes", "9223372036854771712\n", 0);
	rooms_refuse("memfd", 100 * MIB, "memory.limit_in_bytes of a hidden parent is "
	       "64 MiB, 1 MiB are used");
}

static void expect_note(const char *says)
{
	const struct dmaload_memory memory = rooms_query();

	check_says(memory.note, says);
	rooms_grant("memfd", 100 * MIB);
}

static void what_is_not_known_limits_nothing(void **state)
{
	(void)state;
	fake_say("/proc/self/cgroup", "0::/outer/inner\n", 0);
	expect_note("");
	fake_say("/proc/self/mountinfo", "", 0);
	expect_note("no mount shows the memory cgroup /outer/inner");
	fake_say("/proc/self/mountinfo", "41 30 0:41 /../.. " ROOMS_TOP " rw - cgroup2 "
		 "cgroup2 rw\n", 0);
	expect_note("shows a parent of the memory cgroup /outer/inner");
	rooms_enter(ROOMS_MOUNT "\n");
	fake_say(ROOMS_INNER "/memory.max", NULL, -EACCES);
	expect_note("cannot read the limit of " ROOMS_INNER ": EACCES");
	/* Parts of what a limit takes. */
	rooms_say(ROOMS_INNER, "memory.max", "4096\n");
	fake_say(ROOMS_INNER "/memory.stat", NULL, -EIO);
	expect_note(": EIO");
	fake_say(ROOMS_INNER "/memory.stat", "", 0);
	fake_say(ROOMS_INNER "/memory.current", "lots\n", 0);
	expect_note(": ENODATA");
	/* Only a root has no limit of its own. */
	rooms_limit(ROOMS_INNER, "max\n", "0\n", "");
	rooms_say(ROOMS_TOP, "memory.max", "max\n");
	expect_note("the parents of " ROOMS_TOP " are not visible here");
	/* memory.high need not be there. */
	rooms_enter(ROOMS_MOUNT "\n");
	rooms_limit(ROOMS_INNER, "67108864\n", "0\n", "");
	fake_say(ROOMS_INNER "/memory.high", NULL, -ENOENT);
	rooms_refuse("memfd", 100 * MIB, "memory.max is 64 MiB");
}

static void names_that_are_too_long(void **state)
{
	struct dmaload_memory memory;
	char text[300], folder[300];
	char name[200];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "0::/%s/inner\n", name);
	snprintf(folder, sizeof(folder), ROOMS_TOP "/%s/inner", name);
	fake_say("/proc/self/cgroup", text, 0);
	fake_say("/proc/self/mountinfo", ROOMS_MOUNT "\n", 0);
	rooms_limit(folder, "67108864\n", "0\n", "");
	rooms_refuse("memfd", 100 * MIB, "nnn/inner");
	check_says(refusal.message, "the cgroup is ...nnn");
	memory = rooms_query();
	assert_string_equal(memory.cgroup, folder);
	room_put_name(folder, 9, "/sys/fs/cgroup");
	assert_string_equal(folder, "...group");
	room_put_name(folder, 9, "/sys/fs1");
	assert_string_equal(folder, "/sys/fs1");
}

static void structs_of_other_versions(void **state)
{
	struct {
		struct dmaload_memory memory;
		char more[16];
	} larger;
	union {
		struct dmaload_memory memory;
		char bytes[sizeof(struct dmaload_memory)];
	} smaller;
	const size_t known = offsetof(struct dmaload_memory, promised_bytes);
	struct dmaload_error err;
	size_t i;

	(void)state;
	assert_int_equal(dmaload_memory_query(NULL, &err), -EINVAL);
	larger.memory.size = 0;
	assert_int_equal(dmaload_memory_query(&larger.memory, &err), -EINVAL);
	check_says(err.message, "no size");
	memset(&larger, 7, sizeof(larger));
	larger.memory.size = sizeof(larger);
	assert_int_equal(dmaload_memory_query(&larger.memory, NULL), 0);
	assert_int_equal(larger.memory.size, sizeof(larger));
	assert_int_equal(larger.memory.available_bytes, 1024 * MIB);
	for (i = 0; i < sizeof(larger.more); i++)
		assert_int_equal(larger.more[i], 0);
	memset(&smaller, 7, sizeof(smaller));
	smaller.memory.size = known;
	assert_int_equal(dmaload_memory_query(&smaller.memory, NULL), 0);
	assert_int_equal(smaller.memory.available_bytes, 1024 * MIB);
	for (i = known; i < sizeof(smaller); i++)
		assert_int_equal(smaller.bytes[i], 7);
	fake.meminfo = NULL;
	assert_true(rooms_query().available_bytes == DMALOAD_UNKNOWN);
	assert_true(rooms_query().room_bytes == DMALOAD_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(each_limit_on_the_way_up),
		SCENE_TEST(dirty_pages),
		SCENE_TEST(version_1),
		SCENE_TEST(what_is_not_known_limits_nothing),
		SCENE_TEST(names_that_are_too_long),
		SCENE_TEST(structs_of_other_versions),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * In a memory cgroup, requests that do not fit are refused with a reason, and
 * requests that fit are loaded. The kernel would kill the process without a
 * message.
 */
#include "support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "limited.h"
#include "pattern.h"

static void ask_for_too_much(const struct group *group)
{
	struct dmaload_memory memory = limited_query();

	CHECK(strcmp(memory.cgroup, group->folder) == 0, "%s", memory.cgroup);
	CHECK(memory.cgroup_limit_bytes == LIMIT, "%" PRIu64,
	      memory.cgroup_limit_bytes);
	CHECK(memory.room_bytes < LIMIT, "%" PRIu64, memory.room_bytes);
	limited_refuse(256 * MIB, groups_version == 1 ?
		       "memory.limit_in_bytes is 64 MiB" : "memory.max is 64 MiB",
		       group->folder);
	limited_load(limited_create(32 * MIB));
}

static void test_too_large_a_buffer_is_refused(void **state)
{
	(void)state;
	limited_run(LIMIT, ask_for_too_much);
}

/*
 * Use all the room: page tables and other charges must fit, too. Bounce alone
 * is left out: it reports an error if there is no room for a pool.
 */
static void take_all_the_room(const struct group *group)
{
	const uint64_t size = limited_query().room_bytes - MIB;
	struct dmaload_buffer *buffer = limited_create(size);
	struct dmaload_ctx *ctx = limited_context();
	struct dmaload_report report;
	struct dmaload_error err;
	size_t i;

	CHECK(size > 50 * MIB, "%" PRIu64, size);
	limited_refuse(MIB * 3, "is 64 MiB", group->folder);
	CHECK(dmaload_buffer_wait(buffer, &err) == 0, "%s", err.message);
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
	for (i = 0; i < ALL_PATHS; i++)
		if (works_here(all_paths[i]) &&
		    all_paths[i] != DMALOAD_ALLOW_BOUNCE)
			limited_load_by(ctx, buffer, MEDIUM, all_paths[i], &report);
	dmaload_ctx_destroy(ctx);
	dmaload_buffer_destroy(buffer);
}

static void test_all_the_room_can_be_used(void **state)
{
	(void)state;
	limited_run(LIMIT, take_all_the_room);
}

/* More than the limit. */
#define CACHED (96 * MIB)

static char scratch_file[512];

/* The pages of a file without a name are charged to this cgroup, since no other
 * process can read it. No other process can evict them while they are mapped, but
 * the kernel can, as soon as the cgroup is full. */
static void fill_with_cache(const struct group *group)
{
	const int fd = open(alone_path(CACHED), O_RDONLY | O_CLOEXEC);
	const volatile unsigned char *map;
	unsigned char sum = 0;
	uint64_t i;

	CHECK(fd >= 0, "%s", alone_path(CACHED));
	map = mmap(NULL, CACHED, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED, "mmap");
	close(fd);
	for (i = 0; i < CACHED; i += 4096)
		sum ^= map[i];
	CHECK(group_usage(group) >= LIMIT - 8 * MIB, "%" PRIu64 " bytes are used, "
	      "by pages that have %u", group_usage(group), sum);
}

static void load_beside_cache(const struct group *group)
{
	struct dmaload_memory memory;

	fill_with_cache(group);
	memory = limited_query();
	CHECK(memory.cgroup_reclaimable_bytes > 32 * MIB, "%" PRIu64,
	      memory.cgroup_reclaimable_bytes);
	limited_load(limited_create(40 * MIB));
	limited_refuse(80 * MIB, "can be reclaimed", group->folder);
}

static void test_the_page_cache_can_be_reclaimed(void **state)
{
	(void)state;
	/* Made here, where it is charged to no limit, and dropped. */
	alone_path(CACHED);
	limited_run(LIMIT, load_beside_cache);
}

/* In version 2, dirty pages would lead to a kill if they were not counted. */
static void load_beside_dirty_pages(const struct group *group)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	char part[16384];
	uint64_t i;
	int fd, r;

	memset(part, 7, sizeof(part));
	fd = open(scratch_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0, "%s", scratch_file);
	for (i = 0; i < 40 * MIB; i += sizeof(part))
		CHECK(write(fd, part, sizeof(part)) == sizeof(part), "write");
	r = dmaload_buffer_create(&buffer, place.source, 40 * MIB, &err);
	CHECK(r == 0 || strstr(err.message, "dirty"), "%s", err.message);
	CHECK(r == 0 || groups_version == 2, "%s", err.message);
	if (r == 0)
		limited_load(buffer);
	CHECK(fdatasync(fd) == 0, "fdatasync");
	close(fd);
	limited_load(limited_create(40 * MIB));
	limited_refuse(80 * MIB, "is 64 MiB", group->folder);
}

static void test_dirty_pages_are_counted(void **state)
{
	(void)state;
	snprintf(scratch_file, sizeof(scratch_file), "%s/dirty-%d", place.dir,
		 getpid());
	limited_run(LIMIT, load_beside_dirty_pages);
	unlink(scratch_file);
}

/* Buffers that are not populated yet reserve memory, and release it when they
 * are destroyed. */
static void ask_three_times(const struct group *group)
{
	struct dmaload_buffer *first = limited_create(40 * MIB);

	limited_refuse(40 * MIB, "is 64 MiB", group->folder);
	dmaload_buffer_destroy(first);
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
	first = limited_create(40 * MIB);
	CHECK(dmaload_buffer_wait(first, NULL) == 0, "not populated");
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
	limited_refuse(40 * MIB, "is 64 MiB", group->folder);
	limited_load(limited_create(16 * MIB));
	limited_load(first);
}

static void test_reserved_memory_is_counted(void **state)
{
	(void)state;
	limited_run(LIMIT, ask_three_times);
}

/* A child of fork() uses nothing of the memory reserved for its parent. */
static void fork_with_promises(const struct group *group)
{
	struct dmaload_buffer *buffer = limited_create(40 * MIB);
	int status;
	pid_t pid;

	(void)group;
	pid = fork();
	if (pid == 0) {
		CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
		dmaload_buffer_destroy(buffer);
		CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "%d", status);
	CHECK(dmaload_buffer_wait(buffer, NULL) == 0, "not populated");
	dmaload_buffer_destroy(buffer);
	CHECK(limited_query().promised_bytes == 0, "memory is still reserved");
}

static void test_a_child_uses_no_reserved_memory(void **state)
{
	(void)state;
	limited_run(LIMIT, fork_with_promises);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_large_a_buffer_is_refused),
		cmocka_unit_test(test_all_the_room_can_be_used),
		cmocka_unit_test(test_the_page_cache_can_be_reclaimed),
		cmocka_unit_test(test_dirty_pages_are_counted),
		cmocka_unit_test(test_reserved_memory_is_counted),
		cmocka_unit_test(test_a_child_uses_no_reserved_memory),
	};

	int r;

	if (!place_from(argc, argv))
		return 2;
	groups_begin();
	r = cmocka_run_group_tests_name("cgroup", tests, NULL, NULL) +
	    cgroup_loads() + cgroup_parents();
	groups_end();
	return r;
}

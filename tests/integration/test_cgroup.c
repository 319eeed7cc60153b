/* SPDX-License-Identifier: MIT */
/*
 * In a memory cgroup: what does not fit is refused with its reason, and what
 * fits is loaded. The kernel would kill, without a word.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "cgroups.h"
#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define UNTOUCHED ((void *)0x1)
/* Pattern files. */
#define SMALL 2101249u
#define MEDIUM 16777216u
#define LIMIT (64 * MIB)

static struct dmaload_memory query(void)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
	struct dmaload_error err;

	CHECK(dmaload_memory_query(&memory, &err) == 0, "%s", err.message);
	return memory;
}

static struct dmaload_buffer *create(uint64_t size)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	int r = dmaload_buffer_create(&buffer, place.source, size, &err);

	CHECK(r == 0, "%" PRIu64 " bytes: %s", size, err.message);
	return buffer;
}

static void refuse(uint64_t size, const char *limit, const char *folder)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err = { .code = 0 };
	int r = dmaload_buffer_create(&buffer, place.source, size, &err);

	CHECK(r == -ENOMEM && err.code == r, "%d", r);
	CHECK(buffer == UNTOUCHED, "the buffer was touched");
	CHECK(strstr(err.message, limit), "%s", err.message);
	CHECK(strstr(err.message, folder), "%s", err.message);
}

/* Load all of a pattern file, and look at each byte. */
static void load_by(struct dmaload_ctx *ctx, struct dmaload_buffer *buffer,
		    uint64_t size, uint32_t paths,
		    struct dmaload_report *report)
{
	struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
	};
	struct dmaload_range range = { .buffer = buffer, .length = size };
	struct dmaload_error err;
	size_t same;

	report->size = sizeof(*report);
	CHECK(dmaload_file_open(&range.file, pattern_path(size), &err) == 0,
	      "%s", err.message);
	CHECK(dmaload_load(ctx, &range, 1, &options, report, &err) == 0, "%s",
	      err.message);
	CHECK(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) == 0, "%s",
	      err.message);
	same = pattern_differs(dmaload_buffer_map(buffer), size, 0);
	CHECK(same == size, "byte %zu differs", same);
	dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, NULL);
	dmaload_file_close(range.file);
}

static struct dmaload_ctx *make_context(void)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = place.engine,
	};
	struct dmaload_ctx *ctx;

	CHECK(dmaload_ctx_create(&ctx, &config, NULL) == 0, "context");
	return ctx;
}

/* Check that a load works. */
static void load(struct dmaload_buffer *buffer)
{
	struct dmaload_ctx *ctx = make_context();
	struct dmaload_report report;

	load_by(ctx, buffer, SMALL, 0, &report);
	dmaload_ctx_destroy(ctx);
	dmaload_buffer_destroy(buffer);
}

static void need_groups(void)
{
	if (groups_version == 0) {
		print_message("cgroups cannot be made: %s\n", groups_reason);
		skip();
	}
}

/* A cgroup with a limit for one test. */
static void run_limited(uint64_t limit, void (*what)(const struct group *))
{
	struct group group;
	bool ran;

	need_groups();
	group_make(&group, NULL, "one");
	group_limit(&group, limit);
	ran = group_run(&group, what);
	group_remove(&group);
	if (!ran)
		skip();
}

static void ask_for_too_much(const struct group *group)
{
	struct dmaload_memory memory = query();

	CHECK(strcmp(memory.cgroup, group->folder) == 0, "%s", memory.cgroup);
	CHECK(memory.cgroup_limit_bytes == LIMIT, "%" PRIu64,
	      memory.cgroup_limit_bytes);
	CHECK(memory.room_bytes < LIMIT, "%" PRIu64, memory.room_bytes);
	refuse(256 * MIB, groups_version == 1 ?
	       "memory.limit_in_bytes is 64 MiB" : "memory.max is 64 MiB",
	       group->folder);
	load(create(32 * MIB));
}

static void test_too_much(void **state)
{
	(void)state;
	run_limited(LIMIT, ask_for_too_much);
}

/*
 * At the edge: page tables and what else is charged fit, too. Not by the bounce
 * path alone, which says what it lacks where there is no room for a pool.
 */
static void take_all_the_room(const struct group *group)
{
	const uint64_t size = query().room_bytes - MIB;
	struct dmaload_buffer *buffer = create(size);
	struct dmaload_ctx *ctx = make_context();
	struct dmaload_report report;
	struct dmaload_error err;
	size_t i;

	CHECK(size > 50 * MIB, "%" PRIu64, size);
	refuse(MIB * 3, "is 64 MiB", group->folder);
	CHECK(dmaload_buffer_wait(buffer, &err) == 0, "%s", err.message);
	CHECK(query().promised_bytes == 0, "something is promised");
	for (i = 0; i < ALL_PATHS; i++)
		if (works_here(all_paths[i]) &&
		    all_paths[i] != DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE))
			load_by(ctx, buffer, MEDIUM, all_paths[i], &report);
	dmaload_ctx_destroy(ctx);
	dmaload_buffer_destroy(buffer);
}

static void test_all_the_room(void **state)
{
	(void)state;
	run_limited(LIMIT, take_all_the_room);
}

static void read_beginning(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char part[16384];
	uint64_t i;

	CHECK(fd >= 0, "%s", path);
	for (i = 0; i < 96 * MIB; i += sizeof(part))
		CHECK(read(fd, part, sizeof(part)) > 0, "%s", path);
	close(fd);
}

static char scratch_file[512];

/* Something may take cold pages away: so until it is seen to be full. */
static void fill_with_cache(const struct group *group)
{
	int tries = 20;

	do {
		CHECK(tries-- > 0, "%" PRIu64 " bytes are used",
		      group_usage(group));
		read_beginning(pattern_path(place.large));
	} while (group_usage(group) < LIMIT - 8 * MIB);
}

static void load_beside_cache(const struct group *group)
{
	struct dmaload_memory memory;

	fill_with_cache(group);
	memory = query();
	CHECK(memory.cgroup_reclaimable_bytes > 32 * MIB, "%" PRIu64,
	      memory.cgroup_reclaimable_bytes);
	load(create(40 * MIB));
	refuse(80 * MIB, "can be reclaimed", group->folder);
}

static void test_full_of_cache(void **state)
{
	(void)state;
	/* So that it is this cgroup that has the pages. */
	drop_cache(pattern_path(place.large));
	run_limited(LIMIT, load_beside_cache);
}

/* In version 2, dirty pages kill, or did they not count. */
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
		load(buffer);
	CHECK(fdatasync(fd) == 0, "fdatasync");
	close(fd);
	load(create(40 * MIB));
	refuse(80 * MIB, "is 64 MiB", group->folder);
}

static void test_dirty_pages(void **state)
{
	(void)state;
	snprintf(scratch_file, sizeof(scratch_file), "%s/dirty-%d", place.dir,
		 getpid());
	run_limited(LIMIT, load_beside_dirty_pages);
	unlink(scratch_file);
}

/* The memory of buffers that are not populated yet is gone, and comes back. */
static void ask_three_times(const struct group *group)
{
	struct dmaload_buffer *first = create(40 * MIB);

	refuse(40 * MIB, "is 64 MiB", group->folder);
	dmaload_buffer_destroy(first);
	CHECK(query().promised_bytes == 0, "something is promised");
	first = create(40 * MIB);
	CHECK(dmaload_buffer_wait(first, NULL) == 0, "not populated");
	CHECK(query().promised_bytes == 0, "something is promised");
	refuse(40 * MIB, "is 64 MiB", group->folder);
	load(create(16 * MIB));
	load(first);
}

static void test_what_is_promised(void **state)
{
	(void)state;
	run_limited(LIMIT, ask_three_times);
}

/* The child of fork() takes none of what its parent has been promised. */
static void fork_with_promises(const struct group *group)
{
	struct dmaload_buffer *buffer = create(40 * MIB);
	int status;
	pid_t pid;

	(void)group;
	pid = fork();
	if (pid == 0) {
		CHECK(query().promised_bytes == 0, "something is promised");
		dmaload_buffer_destroy(buffer);
		CHECK(query().promised_bytes == 0, "something is promised");
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "%d", status);
	CHECK(dmaload_buffer_wait(buffer, NULL) == 0, "not populated");
	dmaload_buffer_destroy(buffer);
	CHECK(query().promised_bytes == 0, "something is promised");
}

static void test_fork(void **state)
{
	(void)state;
	run_limited(LIMIT, fork_with_promises);
}

static void spread_out(const struct group *group)
{
	struct dmaload_spread *spread = UNTOUCHED;
	struct dmaload_file *file;
	struct dmaload_error err;
	int r;

	CHECK(dmaload_file_open(&file, pattern_path(place.large), &err) == 0,
	      "%s", err.message);
	r = dmaload_spread_create(&spread, place.source, file, 0, 100 * MIB,
				  16 * MIB, &err);
	CHECK(r == -ENOMEM, "%d", r);
	CHECK(strstr(err.message, group->folder), "%s", err.message);
	CHECK(spread == UNTOUCHED, "the spread was touched");
	r = dmaload_spread_create(&spread, place.source, file, 0, 48 * MIB,
				  16 * MIB, &err);
	CHECK(r == 0, "%s", err.message);
	dmaload_spread_destroy(spread);
	dmaload_file_close(file);
	CHECK(query().promised_bytes == 0, "something is promised");
}

static void test_spread(void **state)
{
	(void)state;
	run_limited(LIMIT, spread_out);
}

/* A pipe that brings bytes as long as somebody reads. */
static int open_endless(void)
{
	static const char zeroes[65536];
	int ends[2];

	CHECK(pipe(ends) == 0, "pipe");
	if (fork() == 0) {
		close(ends[0]);
		signal(SIGPIPE, SIG_IGN);
		while (write(ends[1], zeroes, sizeof(zeroes)) > 0)
			;
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void stream_without_end(const struct group *group)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_file *stream;
	struct dmaload_error err;
	struct dmaload_ctx *ctx;
	uint64_t length;
	int fd, r;

	fd = open_endless();
	CHECK(dmaload_file_from_stream(&stream, fd, NULL) == 0, "stream");
	ctx = make_context();
	r = dmaload_load_stream(&buffer, &length, ctx, stream, place.source,
				8 * MIB, 0, NULL, NULL, &err);
	CHECK(r == -ENOMEM, "%d", r);
	CHECK(buffer == UNTOUCHED, "the buffer was touched");
	CHECK(strstr(err.message, group->folder) &&
	      strstr(err.message, "is 64 MiB"), "%s", err.message);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(stream);
	close(fd);
	CHECK(query().promised_bytes == 0, "something is promised");
}

static void test_stream(void **state)
{
	(void)state;
	run_limited(LIMIT, stream_without_end);
}

/* Memory that others have paid for, to load into by way of the pool. */
static void *target;

static void load_without_room(const struct group *group)
{
	struct dmaload_report report;
	const uint32_t paths = DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE) |
			       DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED);
	struct dmaload_buffer *buffer;
	struct dmaload_ctx *before = make_context(), *ctx = make_context();
	uint64_t ballast;
	void *map;

	CHECK(dmaload_buffer_from_memory(&buffer, target, MEDIUM, NULL) == 0,
	      "buffer");
	/* Once before, for what a sanitizer takes at a first load, and keeps. */
	load_by(before, buffer, MEDIUM, paths, &report);
	dmaload_ctx_destroy(before);
	drop_cache(pattern_path(MEDIUM));

	/* All but 4 MiB, and the pool would have 6. */
	CHECK(query().cgroup_room_bytes > 4 * MIB, "less than 4 MiB are left");
	ballast = query().cgroup_room_bytes - 4 * MIB;
	map = mmap(NULL, ballast, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK(map != MAP_FAILED, "ballast");
	CHECK(group_usage(group) > ballast, "%" PRIu64, group_usage(group));
	load_by(ctx, buffer, MEDIUM, paths, &report);
	CHECK(strstr(report.pool_reduced, "ENOMEM"), "the pool is whole");
	dmaload_buffer_destroy(buffer);
	dmaload_ctx_destroy(ctx);
}

static void test_pool(void **state)
{
	(void)state;
	need_groups();
	drop_cache(pattern_path(MEDIUM));
	target = mmap(NULL, MEDIUM, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	assert_ptr_not_equal(target, MAP_FAILED);
	run_limited(16 * MIB, load_without_room);
	munmap(target, MEDIUM);
}

static void refuse_for_parent(const struct group *group)
{
	char parent[512];

	snprintf(parent, sizeof(parent), "%s", group->folder);
	*strrchr(parent, '/') = '\0';
	CHECK(strcmp(query().cgroup, parent) == 0, "%s", query().cgroup);
	refuse(100 * MIB, "is 64 MiB", parent);
	load(create(32 * MIB));
}

static void refuse_for_itself(const struct group *group)
{
	CHECK(strcmp(query().cgroup, group->folder) == 0, "%s", query().cgroup);
	refuse(50 * MIB, "is 48 MiB", group->folder);
	load(create(32 * MIB));
}

static void test_nested(void **state)
{
	struct group outer, inner;

	(void)state;
	need_groups();
	group_make(&outer, NULL, "outer");
	group_make(&inner, &outer, "inner");
	group_limit(&outer, LIMIT);
	group_run(&inner, refuse_for_parent);
	group_limit(&inner, 128 * MIB);
	group_run(&inner, refuse_for_parent);
	group_limit(&inner, 48 * MIB);
	group_run(&inner, refuse_for_itself);
	group_remove(&inner);
	group_remove(&outer);
}

static void refuse_for_high(const struct group *group)
{
	refuse(100 * MIB, "memory.high is 64 MiB", group->folder);
	load(create(32 * MIB));
}

static void test_high(void **state)
{
	struct group group;

	(void)state;
	need_groups();
	if (groups_version == 1)
		return;
	group_make(&group, NULL, "high");
	group_limit_high(&group, LIMIT);
	group_run(&group, refuse_for_high);
	group_limit(&group, 128 * MIB);
	group_run(&group, refuse_for_high);
	group_remove(&group);
}

static char scratch[] = "/tmp/dmaload-cgroup-XXXXXX";

/*
 * In a namespace the cgroup is called "/". The mount from outside shows parents
 * only; one that is made inside shows the cgroup, and hides the parents.
 */
static void enter_namespace(const struct group *group)
{
	struct dmaload_memory memory;

	(void)group;
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) < 0)
		_exit(SKIPPED_CODE);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	memory = query();
	CHECK(strstr(memory.note, "and not the cgroup"), "%s", memory.note);
	CHECK(memory.room_bytes > 100 * MIB, "%" PRIu64, memory.room_bytes);
	if (groups_version == 1)
		CHECK(mount("none", scratch, "cgroup", 0, "memory") == 0,
		      "mount: %s", strerror(errno));
	else
		CHECK(mount("none", scratch, "cgroup2", 0, NULL) == 0,
		      "mount: %s", strerror(errno));
	memory = query();
	CHECK(strcmp(memory.cgroup, scratch) == 0, "%s", memory.cgroup);
	refuse(100 * MIB, "is 64 MiB", scratch);
	if (groups_version == 2)
		CHECK(strstr(memory.note, "parents that are not visible"), "%s",
		      memory.note);
	load(create(32 * MIB));
}

static void test_namespace(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(scratch));
	run_limited(LIMIT, enter_namespace);
	assert_int_equal(rmdir(scratch), 0);
}

/* Only a parent that is outside of the namespace has a limit: version 1 tells
 * of it. */
static void enter_unlimited_namespace(const struct group *group)
{
	struct dmaload_memory memory;

	(void)group;
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) < 0)
		_exit(SKIPPED_CODE);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	CHECK(mount("none", scratch, groups_version == 1 ? "cgroup" : "cgroup2",
		    0, groups_version == 1 ? "memory" : NULL) == 0, "mount: %s",
	      strerror(errno));
	memory = query();
	if (groups_version == 2) {
		CHECK(!memory.cgroup[0] && memory.note[0], "%s", memory.cgroup);
		return;
	}
	CHECK(strstr(memory.cgroup_limit_name, "of a hidden parent"), "%s",
	      memory.cgroup_limit_name);
	refuse(100 * MIB, "is 64 MiB", scratch);
}

static void test_hidden_parent(void **state)
{
	struct group outer, inner;
	bool ran;

	(void)state;
	need_groups();
	memcpy(strrchr(scratch, '-') + 1, "XXXXXX", 6);
	assert_non_null(mkdtemp(scratch));
	group_make(&outer, NULL, "outer");
	group_make(&inner, &outer, "inner");
	group_limit(&outer, LIMIT);
	ran = group_run(&inner, enter_unlimited_namespace);
	group_remove(&inner);
	group_remove(&outer);
	assert_int_equal(rmdir(scratch), 0);
	if (!ran)
		skip();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_all_the_room),
		cmocka_unit_test(test_full_of_cache),
		cmocka_unit_test(test_dirty_pages),
		cmocka_unit_test(test_what_is_promised),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_high),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_hidden_parent),
	};

	int r;

	if (!place_from(argc, argv))
		return 2;
	groups_begin();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	groups_end();
	return r;
}

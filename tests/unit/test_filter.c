/* SPDX-License-Identifier: MIT */
/*
 * Under a seccomp filter: no call that it may not know, on any path, and the same
 * bytes; and what is refused by an errno has a substitute. The model ends the test at
 * a call that a filter does not know.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffers.h"
#include "sys/filter.h"

#define ACTIVE "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"
#define NONE "Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n"
#define SERVICE "0::/system.slice/camera.service\n"
#define SIZE 100000u
/* 65536 numbers of up to ten digits. */
#define GROUPS (11u << 16)

static void what_proc_says(void **state)
{
	static const struct {
		const char *status;
		const char *cgroup;
		enum dmaload_syscalls level;
	} table[] = {
		{ NONE, NULL, DMALOAD_SYSCALLS_ALL },
		{ NONE, SERVICE, DMALOAD_SYSCALLS_ALL },
		{ ACTIVE, NULL, DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "", DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "0::/\n", DMALOAD_SYSCALLS_OLD },
		{ "x\nSeccomp:\t1\n", "0::/\n", DMALOAD_SYSCALLS_OLD },
		{ NULL, NULL, DMALOAD_SYSCALLS_OLD },
		/* A kernel without seccomp. */
		{ "Name:\tx\n", SERVICE, DMALOAD_SYSCALLS_ALL },
		{ ACTIVE, SERVICE, DMALOAD_SYSCALLS_BASIC },
		{ ACTIVE, "0::/system.slice/x.service/worker/2\n",
		  DMALOAD_SYSCALLS_BASIC },
		{ ACTIVE, "0::/user.slice/user-1000.slice/user@1000.service/"
		  "app.slice/x.service", DMALOAD_SYSCALLS_BASIC },
		/* A shell of somebody's, and what it started. */
		{ ACTIVE, "0::/user.slice/user-1000.slice/user@1000.service/"
		  "app.slice/app-x-42.scope\n", DMALOAD_SYSCALLS_OLD },
		/* A container. */
		{ ACTIVE, "0::/system.slice/docker-0123.scope\n",
		  DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "0::/kubepods.slice/pod1.slice/cri-2.scope\n",
		  DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "0::/uid_10123/pid_77\n", DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "0::/.service\n", DMALOAD_SYSCALLS_OLD },
		/* Among hierarchies of version 1, only systemd's own tells. */
		{ ACTIVE, "5:memory:/x.service\n1:name=systemd:/\n0::/\n",
		  DMALOAD_SYSCALLS_OLD },
		{ ACTIVE, "5:memory:/\n1:name=systemd:/a.slice/x.service\n",
		  DMALOAD_SYSCALLS_BASIC },
	};
	struct filter filter;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		filter = filter_of(table[i].status, table[i].cgroup);
		if (filter.level != table[i].level)
			fail_msg("%zu: %s", i, dmaload_syscalls_name(filter.level));
		assert_int_equal(filter.level == DMALOAD_SYSCALLS_ALL,
				 filter.fact[0] == '\0');
		assert_true(strlen(filter.fact) + strlen(filter.remedy) + 32 <
			    DMALOAD_REASON_SIZE);
	}
}

static void expect_level(enum dmaload_syscalls level, const char *why)
{
	char reason[DMALOAD_REASON_SIZE];

	assert_int_equal(dmaload_syscalls_query(reason, sizeof(reason)), level);
	if (!strstr(reason, why))
		fail_msg("\"%s\" is not in \"%s\"", why, reason);
	assert_int_equal(dmaload_syscalls_query(NULL, 0), level);
}

static void how_proc_is_read(void **state)
{
	char *groups = calloc(1, GROUPS + 100);

	(void)state;
	assert_non_null(groups);
	expect_level(DMALOAD_SYSCALLS_ALL, "");
	fake.status = ACTIVE;
	expect_level(DMALOAD_SYSCALLS_OLD, "dmaload_config::syscalls");
	fake.no_thread_self = true;
	expect_level(DMALOAD_SYSCALLS_OLD, "seccomp");
	fake.cgroup = SERVICE;
	expect_level(DMALOAD_SYSCALLS_BASIC, "systemd");
	fake.cgroup = NULL;
	expect_level(DMALOAD_SYSCALLS_OLD, "seccomp");
	/* A kernel without seccomp. */
	fake.status = "Name:\tx\n";
	expect_level(DMALOAD_SYSCALLS_ALL, "");
	fake.no_proc = true;
	expect_level(DMALOAD_SYSCALLS_OLD, "/proc/self/status");
	fake.no_proc = false;
	/* Very many groups. */
	memset(groups, '1', GROUPS);
	strcpy(groups + GROUPS, "\nSeccomp:\t0\n");
	fake.status = groups;
	expect_level(DMALOAD_SYSCALLS_ALL, "");
	strcpy(groups + GROUPS, "\nSeccomp:\t2\n");
	expect_level(DMALOAD_SYSCALLS_OLD, "is active");
	fake.status = NONE;
	free(groups);
}

/* A kernel, and a file of which some may be in the page cache. */
struct given {
	enum dmaload_syscalls config;
	enum dmaload_syscalls level;
	bool pfnmap;
	uint32_t paths;
	bool warm;
};

static void check_syscalls(const struct scene *scene, const struct given *given)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(report->syscalls, given->level);
	assert_true(report->syscalls_reduced[0]);
	if (report->bytes_direct + report->bytes_bounced > 0) {
		assert_int_equal(report->engine, DMALOAD_ENGINE_THREADS);
		assert_non_null(strstr(report->engine_declined,
				       "io_uring is not tried: "));
	}
	assert_int_equal(fake_count(FAKE_RING_CREATE), 0);
	if (given->level == DMALOAD_SYSCALLS_BASIC) {
		assert_true(report->cache_residue_bytes == DMALOAD_UNKNOWN);
		assert_int_equal(report->bytes_cached, 0);
		return;
	}
	assert_int_equal(report->cache_residue_bytes, 0);
	if (given->warm && report->bytes_buffered == 0)
		assert_int_equal(report->bytes_cached, report->bytes_total);
}

static void load_and_verify(const struct given *given)
{
	struct scene scene;
	uint64_t resident;
	int r;

	scene_make(&scene, &(struct scene_setup){
		.pfnmap = given->pfnmap, .syscalls = given->config });
	if (given->warm)
		fake_cache(scene.node, 0, SIZE);
	scene.options.paths = given->paths;
	if (scene_load(&scene) != 0)
		fail_msg("%s", scene.err.message);
	scene_check_bytes(&scene);
	scene_check_report(&scene);
	check_syscalls(&scene, given);
	assert_int_equal(scene_verify(&scene), 0);
	check_syscalls(&scene, given);
	if (given->config == DMALOAD_SYSCALLS_AUTO) {
		r = dmaload_file_resident(scene.file, 0, SIZE, &resident,
					  &scene.err);
		if (given->level == DMALOAD_SYSCALLS_BASIC)
			scene_check_failure(&scene, r, -EPERM, "a seccomp filter "
					    "is active, of a systemd service");
		else
			assert_int_equal(r, 0);
	}
	scene_drop(&scene);
}

static void every_path(enum dmaload_syscalls config, enum dmaload_syscalls level)
{
	struct given given = { .config = config, .level = level };
	unsigned i;

	for (i = 0; i < 16; i++) {
		given.pfnmap = i & 1;
		given.warm = i & 2;
		given.paths = i / 4 == 0 ? 0 : 1u << (i / 4 - 1);
		if (given.pfnmap && given.paths == 1)
			continue;
		fake_setup(NULL);
		if (config == DMALOAD_SYSCALLS_AUTO)
			fake.status = ACTIVE;
		if (config == DMALOAD_SYSCALLS_AUTO &&
		    level == DMALOAD_SYSCALLS_BASIC)
			fake.cgroup = SERVICE;
		fake.knows = level;
		load_and_verify(&given);
		fake_check_balanced();
	}
	fake_reset();
}

static void under_a_filter(void **state)
{
	(void)state;
	every_path(DMALOAD_SYSCALLS_AUTO, DMALOAD_SYSCALLS_OLD);
}

static void in_a_service(void **state)
{
	(void)state;
	every_path(DMALOAD_SYSCALLS_AUTO, DMALOAD_SYSCALLS_BASIC);
}

/* Ruled by the caller, whatever there is. */
static void by_configuration(void **state)
{
	struct scene scene;

	(void)state;
	every_path(DMALOAD_SYSCALLS_OLD, DMALOAD_SYSCALLS_OLD);
	every_path(DMALOAD_SYSCALLS_BASIC, DMALOAD_SYSCALLS_BASIC);
	fake.status = ACTIVE;
	fake.cgroup = SERVICE;
	scene_make(&scene, &(struct scene_setup){
		.syscalls = DMALOAD_SYSCALLS_ALL });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	assert_int_equal(scene.report.syscalls, DMALOAD_SYSCALLS_ALL);
	assert_string_equal(scene.report.syscalls_reduced, "");
	scene_drop(&scene);
}

/* Asked for each load; and one who asks for io_uring has it tried. */
static void installed_later(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	fake.status = ACTIVE;
	fake.knows = DMALOAD_SYSCALLS_OLD;
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	assert_non_null(strstr(scene.report.engine_declined, "seccomp"));
	scene_drop(&scene);
	fake_reset();

	fake.status = ACTIVE;
	scene_make(&scene, &(struct scene_setup){
		.engine = DMALOAD_ENGINE_URING });
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	assert_int_equal(scene.report.syscalls, DMALOAD_SYSCALLS_OLD);
	assert_int_equal(fake_count(FAKE_CACHESTAT), 0);
	scene_drop(&scene);
}

/* Between the look at the page cache and the copy. */
static void evicted_meanwhile(void **state)
{
	struct scene scene;

	(void)state;
	fake.status = ACTIVE;
	fake.knows = DMALOAD_SYSCALLS_OLD;
	scene_make(&scene, &(struct scene_setup){ 0 });
	/* After a buffered load there is no readahead, which would bring it back. */
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	assert_int_equal(scene_load(&scene), 0);
	scene.options.paths = 0;
	fake_cache(scene.node, 0, SIZE);
	scene.node->evict_after = 2;
	scene.node->evict_offset = 81920;
	scene.node->evict_length = 4096;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(scene.report.bytes_cached, SIZE - 8192);
	assert_true(scene.report.bytes_direct > 0);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* By an errno, as old containers do: the kernel itself never says EPERM to these. */
static void refused(int code)
{
	static const struct scene_setup setup = {
		.syscalls = DMALOAD_SYSCALLS_ALL,
	};
	struct scene scene;

	fake_reset();
	scene_make(&scene, &setup);
	fake.flags_error = code;
	fake_fail_calls(FAKE_CACHESTAT, 1, 0, code);
	fake_fail_calls(FAKE_STAT_DIRECT, 1, 0, code);
	fake_fail_calls(FAKE_RING_CREATE, 1, 0, code);
	fake_cache(scene.node, 0, 50000);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_check_report(&scene);
	assert_int_equal(scene.report.bytes_cached, 12 * FAKE_PAGE + 4096);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	scene_drop(&scene);

	/* Nor may a reader that the kernel does not tell have its pages dropped. */
	fake_reset();
	scene_make(&scene, &setup);
	fake.flags_error = code;
	scene.node->may_write = false;
	scene.node->st.uid++;
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(scene.report.bytes_buffered, SIZE);
	scene_drop(&scene);
}

static void refused_by_an_errno(void **state)
{
	(void)state;
	refused(-EPERM);
	refused(-ENOSYS);
}

static void shared_memory(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	struct listed udmabuf;

	(void)state;
	fake_remove(fake_find("/dev/dma_heap/system"));
	fake_add_udmabuf();
	expect_recommended("udmabuf", 4096, "within the limit");
	fake.status = ACTIVE;
	fake.knows = DMALOAD_SYSCALLS_OLD;
	expect_recommended(NULL, 4096, NULL);
	find_source(&udmabuf, "udmabuf", 4096);
	assert_int_equal(udmabuf.access, 0);
	assert_non_null(strstr(udmabuf.reason, "ask for the source \"udmabuf\""));
	expect_refusal(NULL, 4096, -EPERM, "ask for the source \"udmabuf\"");
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), 0);
	assert_int_equal(dmaload_buffer_create(&buffer, "udmabuf", 4096, NULL), 0);
	dmaload_buffer_destroy(buffer);
	fake_fail_calls(FAKE_MEMFD_CREATE, 1, 0, -EPERM);
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", 4096, &err),
			 -EPERM);
	assert_non_null(strstr(err.message, "seccomp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_proc_says),
		SCENE_TEST(how_proc_is_read),
		SCENE_TEST(under_a_filter),
		SCENE_TEST(in_a_service),
		SCENE_TEST(by_configuration),
		SCENE_TEST(installed_later),
		SCENE_TEST(evicted_meanwhile),
		SCENE_TEST(refused_by_an_errno),
		SCENE_TEST(shared_memory),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}

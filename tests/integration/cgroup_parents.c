/* SPDX-License-Identifier: MIT */
/* Limits of parents, and cgroups in namespaces. */
#include "limited.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static void refuse_for_parent(const struct group *group)
{
	char parent[512];

	snprintf(parent, sizeof(parent), "%s", group->folder);
	*strrchr(parent, '/') = '\0';
	CHECK(strcmp(limited_query().cgroup, parent) == 0, "%s",
	      limited_query().cgroup);
	limited_refuse(100 * MIB, "is 64 MiB", parent);
	limited_load(limited_create(32 * MIB));
}

static void refuse_for_itself(const struct group *group)
{
	CHECK(strcmp(limited_query().cgroup, group->folder) == 0, "%s",
	      limited_query().cgroup);
	limited_refuse(50 * MIB, "is 48 MiB", group->folder);
	limited_load(limited_create(32 * MIB));
}

static void test_a_limit_of_a_parent(void **state)
{
	struct group outer, inner;

	(void)state;
	limited_need_groups();
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
	limited_refuse(100 * MIB, "memory.high is 64 MiB", group->folder);
	limited_load(limited_create(32 * MIB));
}

static void test_a_throttling_limit(void **state)
{
	struct group group;

	(void)state;
	limited_need_groups();
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
 * only. A mount made inside shows the cgroup, and hides the parents.
 */
static void enter_namespace(const struct group *group)
{
	struct dmaload_memory memory;

	(void)group;
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) < 0)
		_exit(SKIPPED_CODE);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	memory = limited_query();
	CHECK(strstr(memory.note, "and not the cgroup"), "%s", memory.note);
	CHECK(memory.room_bytes > 100 * MIB, "%" PRIu64, memory.room_bytes);
	if (groups_version == 1)
		CHECK(mount("none", scratch, "cgroup", 0, "memory") == 0,
		      "mount: %s", strerror(errno));
	else
		CHECK(mount("none", scratch, "cgroup2", 0, NULL) == 0,
		      "mount: %s", strerror(errno));
	memory = limited_query();
	CHECK(strcmp(memory.cgroup, scratch) == 0, "%s", memory.cgroup);
	limited_refuse(100 * MIB, "is 64 MiB", scratch);
	if (groups_version == 2)
		CHECK(strstr(memory.note, "are not visible here"), "%s",
		      memory.note);
	limited_load(limited_create(32 * MIB));
}

static void test_a_limit_in_a_namespace(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(scratch));
	limited_run(LIMIT, enter_namespace);
	assert_int_equal(rmdir(scratch), 0);
}

/* Only a parent outside of the namespace has a limit. Version 1 reports it. */
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
	memory = limited_query();
	if (groups_version == 2) {
		CHECK(!memory.cgroup[0] && memory.note[0], "%s", memory.cgroup);
		return;
	}
	CHECK(strstr(memory.cgroup_limit_name, "of a hidden parent"), "%s",
	      memory.cgroup_limit_name);
	limited_refuse(100 * MIB, "is 64 MiB", scratch);
}

static void test_a_limit_of_a_hidden_parent(void **state)
{
	struct group outer, inner;
	bool ran;

	(void)state;
	limited_need_groups();
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

int cgroup_parents(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_limit_of_a_parent),
		cmocka_unit_test(test_a_throttling_limit),
		cmocka_unit_test(test_a_limit_in_a_namespace),
		cmocka_unit_test(test_a_limit_of_a_hidden_parent),
	};

	return cmocka_run_group_tests_name("cgroup_parents", tests, NULL, NULL);
}

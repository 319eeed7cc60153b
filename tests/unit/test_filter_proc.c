/* SPDX-License-Identifier: MIT */
/* Which system calls a seccomp filter may know, by what /proc says. */
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "sys/filter.h"

#define ACTIVE "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"
#define NONE "Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n"
#define SERVICE "0::/system.slice/camera.service\n"
#define USER "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
/* 65536 numbers of up to ten digits. */
#define GROUPS (11u << 16)

#define ALL DMALOAD_SYSCALLS_ALL
#define OLD DMALOAD_SYSCALLS_OLD
#define BASIC DMALOAD_SYSCALLS_BASIC

/* What /proc says about the thread and its cgroup. */
static const struct proc {
	const char *name, *status, *cgroup;
	enum dmaload_syscalls level;
} procs[] = {
	{ "no filter", NONE, NULL, ALL },
	{ "no filter, a service", NONE, SERVICE, ALL },
	{ "a filter, no cgroup", ACTIVE, NULL, OLD },
	{ "a filter, an empty cgroup", ACTIVE, "", OLD },
	{ "a filter, the root cgroup", ACTIVE, "0::/\n", OLD },
	{ "strict mode", "x\nSeccomp:\t1\n", "0::/\n", OLD },
	{ "an unreadable status", NULL, NULL, OLD },
	{ "a kernel without seccomp", "Name:\tx\n", SERVICE, ALL },
	{ "a service", ACTIVE, SERVICE, BASIC },
	{ "below a service", ACTIVE, "0::/system.slice/x.service/worker/2\n", BASIC },
	{ "a service of a user", ACTIVE, USER "x.service", BASIC },
	{ "a program that a shell started", ACTIVE, USER "app-x-42.scope\n", OLD },
	{ "a slice", ACTIVE, "0::/system.slice\n", OLD },
	{ "a container of docker", ACTIVE, "0::/system.slice/docker-0123.scope\n", OLD },
	{ "a container of kubernetes", ACTIVE, "0::/kubepods.slice/pod1.slice/cri-2.scope\n", OLD },
	{ "an app of Android", ACTIVE, "0::/uid_10123/pid_77\n", OLD },
	{ "a service without a name", ACTIVE, "0::/.service\n", OLD },
	/* In version 1 only systemd's own hierarchy counts. */
	{ "version 1: no service of systemd", ACTIVE,
	  "5:memory:/x.service\n1:name=systemd:/\n0::/\n", OLD },
	{ "version 1: a service of systemd", ACTIVE,
	  "5:memory:/\n1:name=systemd:/a.slice/x.service\n", BASIC },
};

static void proc_is_understood(void **state)
{
	const struct proc *row = *state;
	const struct filter filter = filter_of(row->status, row->cgroup);

	assert_string_equal(dmaload_syscalls_name(filter.level),
			    dmaload_syscalls_name(row->level));
	assert_int_equal(filter.level == ALL, filter.fact[0] == '\0');
	assert_true(strlen(filter.fact) + strlen(filter.remedy) + 32 <
		    DMALOAD_REASON_SIZE);
}

static void expect_level(enum dmaload_syscalls level, const char *why)
{
	char reason[DMALOAD_REASON_SIZE];

	assert_int_equal(dmaload_syscalls_query(reason, sizeof(reason)), level);
	if (!strstr(reason, why))
		fail_msg("\"%s\" is not in \"%s\"", why, reason);
	assert_int_equal(dmaload_syscalls_query(NULL, 0), level);
}

static const struct query {
	const char *name, *status, *cgroup;
	bool no_thread_self, no_proc;
	enum dmaload_syscalls level;
	const char *why;
} queries[] = {
	{ "query: no filter", NONE, NULL, false, false, ALL, "" },
	{ "query: a filter", ACTIVE, NULL, false, false, OLD, "dmaload_config::syscalls" },
	{ "query: without /proc/thread-self", ACTIVE, NULL, true, false, OLD, "seccomp" },
	{ "query: a service", ACTIVE, SERVICE, true, false, BASIC, "systemd" },
	{ "query: a kernel without seccomp", "Name:\tx\n", NULL, true, false, ALL, "" },
	{ "query: without /proc", "Name:\tx\n", NULL, true, true, OLD, "/proc/self/status" },
};

static void proc_is_read(void **state)
{
	const struct query *row = *state;

	/* The result of an earlier query does not count. */
	expect_level(ALL, "");
	fake.status = row->status;
	fake.cgroup = row->cgroup;
	fake.no_thread_self = row->no_thread_self;
	fake.no_proc = row->no_proc;
	expect_level(row->level, row->why);
}

static void very_many_groups(void **state)
{
	char *groups = calloc(1, GROUPS + 100);

	(void)state;
	assert_non_null(groups);
	memset(groups, '1', GROUPS);
	strcpy(groups + GROUPS, "\nSeccomp:\t0\n");
	fake.status = groups;
	expect_level(ALL, "");
	strcpy(groups + GROUPS, "\nSeccomp:\t2\n");
	expect_level(OLD, "is active");
	fake.status = NONE;
	free(groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(very_many_groups),
	};

	return ROWS_RUN("filter_proc: texts", proc_is_understood, procs) +
	       ROWS_RUN("filter_proc: queries", proc_is_read, queries) +
	       cmocka_run_group_tests_name("filter_proc", tests, NULL, NULL);
}

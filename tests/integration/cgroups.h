/* SPDX-License-Identifier: MIT */
/*
 * Real memory cgroups of version 1 or 2, and processes in them. The kernel
 * kills a process that exceeds a limit, so each test runs in a child whose end
 * is checked.
 */
#ifndef CGROUPS_H
#define CGROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct group {
	char folder[512];
};

/* 1 or 2; 0 if this process cannot make memory cgroups, with the reason. */
extern int groups_version;
extern char groups_reason[256];

/* Find out whether cgroups can be made, before all tests. After them, remove
 * what failed tests have left. */
void groups_begin(void);
void groups_end(void);

/* Make a cgroup, inside of another if that is not NULL, or fail the test. */
void group_make(struct group *group, struct group *parent, const char *name);
/* Set the limit in bytes; high: the throttling limit of version 2. */
void group_limit(const struct group *group, uint64_t bytes);
void group_limit_high(const struct group *group, uint64_t bytes);
uint64_t group_usage(const struct group *group);
void group_remove(const struct group *group);

/*
 * Run a function in a child in the cgroup. Fail the test if the child is killed
 * or does not exit with 0. Return false if it exits with SKIPPED_CODE.
 */
#define SKIPPED_CODE 77
bool group_run(const struct group *group, void (*what)(const struct group *));

/* Assert in such a child: cmocka's assertions would continue with the next
 * test. */
#define CHECK(condition, ...)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: %s: ", __FILE__,	\
				__LINE__, #condition);			\
			fprintf(stderr, __VA_ARGS__);			\
			fputc('\n', stderr);				\
			_exit(1);					\
		}							\
	} while (0)

#endif

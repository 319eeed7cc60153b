/* SPDX-License-Identifier: MIT */
/*
 * Real memory cgroups, of version 1 or 2, and processes in them. The kernel
 * kills at a limit; so each test runs in a process of its own, whose end is
 * observed.
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

/* 1 or 2; 0 if this process may not make memory cgroups, for the reason. */
extern int groups_version;
extern char groups_reason[256];

/* Look whether cgroups can be made; once, before all else. And remove what
 * tests that failed have left, after all else. */
void groups_begin(void);
void groups_end(void);

/* Make one, in another if that is not NULL; fails the test if that fails. */
void group_make(struct group *group, struct group *parent, const char *name);
/* Set a limit, in bytes; high: the one that throttles, of version 2. */
void group_limit(const struct group *group, uint64_t bytes);
void group_limit_high(const struct group *group, uint64_t bytes);
uint64_t group_usage(const struct group *group);
void group_remove(const struct group *group);

/*
 * Run in a child that is in the cgroup. Fails the test if the child is killed,
 * or does not end by 0; returns false if it ended by SKIPPED_CODE.
 */
#define SKIPPED_CODE 77
bool group_run(const struct group *group, void (*what)(const struct group *));

/* An assertion in such a child: cmocka's would go on with the tests there. */
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

/* SPDX-License-Identifier: MIT */
/*
 * The files that disturb.c may touch. It receives folders and a process, and hands
 * on regular files only: to open a pipe would wake who waits for its other end.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TARGETS_MAX 1024

struct target {
	char path[256];
};

struct targets {
	/* First those that have a name; then, up to open, those that are in use and
	 * have one, and up to count those that are in use and have none. */
	struct target all[TARGETS_MAX];
	size_t named, open, count;
};

/* Look for all of them anew: below the folders, and open in pid and below it. */
void targets_find(struct targets *list, pid_t pid, const char *const *dirs);

#endif

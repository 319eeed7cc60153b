/* SPDX-License-Identifier: MIT */
/*
 * The files that disturb.c may touch. It receives folders and a process, and
 * hands on regular files only: opening a pipe would wake a program that waits
 * for its other end.
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
	/* First the files that have a name; up to open, those in use that have
	 * one; up to count, those in use that have none. */
	struct target all[TARGETS_MAX];
	size_t named, open, count;
};

/* Search again for all of them: below the folders, and open in pid and its
 * children. */
void targets_find(struct targets *list, pid_t pid, const char *const *dirs);

#endif

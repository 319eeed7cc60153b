/* SPDX-License-Identifier: MIT */
/*
 * A user namespace has some IDs, and stat(2) reports one ID for all others:
 * 65534, unless it was set to another. The namespace may have that ID, too. It
 * then belongs to a user, and a file given to it is not its old owner's.
 */
#include "ids.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* The kernel's default. */
#define OVERFLOW_ID 65534
/* All IDs but the one that means none. */
#define ALL_IDS 4294967295u

static unsigned long overflow_id(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long id = OVERFLOW_ID;

	if (file && fscanf(file, "%lu", &id) != 1)
		id = OVERFLOW_ID;
	if (file)
		fclose(file);
	return id;
}

/* A kernel without user namespaces has no such file. */
static bool has_all(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long first, outside, count;
	bool all;

	if (!file)
		return errno == ENOENT && access("/proc/self", F_OK) == 0;
	all = fscanf(file, "%lu %lu %lu", &first, &outside, &count) == 3 &&
	      first == 0 && count == ALL_IDS;
	fclose(file);
	return all;
}

bool ids_is_owner(uid_t id)
{
	return id != overflow_id("/proc/sys/kernel/overflowuid") ||
	       has_all("/proc/self/uid_map");
}

bool ids_is_group(gid_t id)
{
	return id != overflow_id("/proc/sys/kernel/overflowgid") ||
	       has_all("/proc/self/gid_map");
}

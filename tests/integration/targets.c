/* SPDX-License-Identifier: MIT */
#include "targets.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The maximum depth of folders and processes in a search. */
#define DEPTH_MAX 8

static void add(struct targets *list, const char *path)
{
	struct target *target = &list->all[list->count];

	if (list->count == TARGETS_MAX || strlen(path) >= sizeof(target->path))
		return;
	strcpy(target->path, path);
	list->count++;
}

static void add_below(struct targets *list, const char *dir, unsigned depth)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	struct stat st;
	DIR *stream = opendir(dir);

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >=
		    (int)sizeof(path) || lstat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			add(list, path);
		else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			add_below(list, path, depth + 1);
	}
	closedir(stream);
}

static bool is_below(const char *path, const char *const *dirs)
{
	size_t length;

	for (; *dirs; dirs++) {
		length = strlen(*dirs);
		if (strncmp(path, *dirs, length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

/* Return true unless the kernel marks the open file as deleted. */
static bool has_name(const char *path)
{
	static const char mark[] = " (deleted)";
	const size_t length = strlen(path);

	return length < sizeof(mark) ||
	       strcmp(path + length - (sizeof(mark) - 1), mark) != 0;
}

/* A search of processes. */
struct search {
	struct targets *list;
	const char *const *dirs;
	bool named;
};

static void add_open(const struct search *search, pid_t pid)
{
	char fds[64], path[320], target[PATH_MAX];
	const struct dirent *entry;
	struct stat st;
	ssize_t n;
	DIR *stream;

	snprintf(fds, sizeof(fds), "/proc/%d/fd", (int)pid);
	stream = opendir(fds);
	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		snprintf(path, sizeof(path), "%s/%s", fds, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (is_below(target, search->dirs) &&
		    has_name(target) == search->named &&
		    stat(path, &st) == 0 && S_ISREG(st.st_mode))
			add(search->list, path);
	}
	closedir(stream);
}

static void add_open_of_all(const struct search *search, pid_t pid,
			    unsigned depth)
{
	char path[64];
	FILE *children;
	int child;

	add_open(search, pid);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	children = depth < DEPTH_MAX ? fopen(path, "re") : NULL;
	if (!children)
		return;
	while (fscanf(children, "%d", &child) == 1)
		add_open_of_all(search, child, depth + 1);
	fclose(children);
}

void targets_find(struct targets *list, pid_t pid, const char *const *dirs)
{
	struct search search = { list, dirs, true };
	size_t i;

	list->count = 0;
	for (i = 0; dirs[i]; i++)
		add_below(list, dirs[i], 0);
	list->named = list->count;
	add_open_of_all(&search, pid, 0);
	list->open = list->count;
	search.named = false;
	add_open_of_all(&search, pid, 0);
}

/* SPDX-License-Identifier: MIT */
/* Texts of the system: folders, lines of /proc and /sys, users and groups. */
#include "sys/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int sys_list(const char *dir, char ***names, size_t *count)
{
	struct dirent **entries;
	char **list;
	int n, i;

	n = scandir(dir, &entries, not_hidden, alphasort);
	if (n < 0)
		return -errno;

	list = calloc((size_t)n + 1, sizeof(*list));
	for (i = 0; i < n; i++) {
		if (list && !(list[i] = strdup(entries[i]->d_name))) {
			while (i-- > 0)
				free(list[i]);
			free(list);
			list = NULL;
			i = -1;
			break;
		}
	}
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	if (!list)
		return -ENOMEM;

	*names = list;
	*count = (size_t)n;
	return 0;
}

int sys_read_text(const char *path, char *text, size_t size)
{
	ssize_t n;
	int fd;

	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	sys_close(fd);
	return (int)n;
}

/* One read of a file of /proc returns at most a page. */
int sys_read_all(const char *path, char **text)
{
	size_t used = 0, size = 0;
	char *all = NULL, *more;
	ssize_t n;
	int fd;

	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	do {
		more = used + 1 < size ? all : realloc(all, size += 4096);
		n = -ENOMEM;
		if (!more)
			break;
		all = more;
		n = read(fd, all + used, size - used - 1);
		n = n < 0 ? -errno : n;
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	sys_close(fd);
	if (n < 0) {
		free(all);
		return (int)n;
	}
	all[used] = '\0';
	*text = all;
	return 0;
}

/* Read the name and the number of a group from a line of /etc/group. */
static const char *parse_group(char *line, gid_t *gid)
{
	const char *name = strsep(&line, ":");
	const char *number;
	char *end;

	strsep(&line, ":");
	number = strsep(&line, ":");
	if (!number)
		return NULL;
	*gid = (gid_t)strtoul(number, &end, 10);
	return end > number ? name : NULL;
}

/*
 * From /etc/group. getgrgid_r() would load NSS modules, which a static program
 * cannot, and a device node's group is a local one.
 */
void sys_group_name(gid_t gid, char *name, size_t size)
{
	const char *found;
	char *line = NULL;
	size_t room = 0;
	gid_t of;
	FILE *file;

	snprintf(name, size, "%u", (unsigned)gid);
	file = fopen("/etc/group", "re");
	if (!file)
		return;
	while (getline(&line, &room, file) > 0) {
		found = parse_group(line, &of);
		if (found && of == gid) {
			snprintf(name, size, "%s", found);
			break;
		}
	}
	free(line);
	fclose(file);
}

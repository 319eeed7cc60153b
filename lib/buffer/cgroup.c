/* SPDX-License-Identifier: MIT */
/*
 * Two files together show where a process is among cgroups. /proc/self/cgroup
 * has its path, seen from the root of its cgroup namespace.
 * /proc/self/mountinfo has, for each mount, the mounted path, seen from the
 * same root, and the mount point. The folder is the mount point and what the
 * first path has beyond the second:
 *
 *   path               mounted            at                    folder
 *   /a.slice/b.scope   /                  /sys/fs/cgroup        /sys/fs/cgroup/a.slice/b.scope
 *   /docker/12ab/sub   /docker/12ab       /sys/fs/cgroup/memory /sys/fs/cgroup/memory/sub
 *   /../x              /..                /host/cgroup          /host/cgroup/x
 *   /                  /../..             /sys/fs/cgroup        a parent, two levels up
 *
 * In the last line, the two names in between are unknown. So only the mount's
 * root is known to be a parent of the process's cgroup.
 */
#include "buffer/cgroup.h"

#include <string.h>

/* A piece of a longer text. */
struct piece {
	const char *at;
	size_t length;
};

static bool piece_is(struct piece piece, const char *text)
{
	return strlen(text) == piece.length &&
	       memcmp(piece.at, text, piece.length) == 0;
}

/* Cut off the piece before a separator, and skip the separator. */
static struct piece next_piece(struct piece *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->length);
	struct piece piece = *rest;

	if (end)
		piece.length = (size_t)(end - rest->at);
	rest->at += piece.length + (end != NULL);
	rest->length -= piece.length + (end != NULL);
	return piece;
}

static bool has_word(struct piece list, const char *word)
{
	while (list.length > 0)
		if (piece_is(next_piece(&list, ','), word))
			return true;
	return false;
}

static struct piece all_of(const char *text)
{
	return (struct piece){ text, strlen(text) };
}

/* The path itself may have colons: containerd's names do. */
bool cgroup_find(const char *text, struct cgroup *cgroup)
{
	struct piece rest = all_of(text), line, id, controllers;
	int version;

	cgroup->version = 0;
	while (rest.length > 0 && cgroup->version != 1) {
		line = next_piece(&rest, '\n');
		id = next_piece(&line, ':');
		controllers = next_piece(&line, ':');
		version = 0;
		if (has_word(controllers, "memory"))
			version = 1;
		else if (piece_is(id, "0") && controllers.length == 0)
			version = 2;
		if (version == 0 || line.length == 0 || line.at[0] != '/' ||
		    line.length >= sizeof(cgroup->path))
			continue;
		cgroup->version = version;
		memcpy(cgroup->path, line.at, line.length);
		cgroup->path[line.length] = '\0';
	}
	return cgroup->version != 0;
}

/* mountinfo has spaces, tabs, newlines and backslashes in octal. */
static void decode(struct piece text, char *out)
{
	unsigned char digits[3];
	size_t i, j;

	for (i = 0; i < text.length; i++) {
		*out = text.at[i];
		if (text.at[i] == '\\' && text.length - i > 3) {
			for (j = 0; j < 3; j++)
				digits[j] = (unsigned char)(text.at[i + 1 + j] -
							    '0');
			if (digits[0] < 4 && digits[1] < 8 && digits[2] < 8) {
				*out = (char)(digits[0] << 6 | digits[1] << 3 |
					      digits[2]);
				i += 3;
			}
		}
		out++;
	}
	*out = '\0';
}

static bool begins_above(const char *path)
{
	return strncmp(path, "/..", 3) == 0 && (path[3] == '/' || !path[3]);
}

/* Return how many levels above the namespace's root a path is, if it has
 * nothing but "..". */
static size_t levels_above(const char *path)
{
	size_t levels = 0;

	for (; begins_above(path); path += 3)
		levels++;
	return *path ? 0 : levels;
}

/* Return the part of a path below a root, or NULL if it is elsewhere or
 * unknown. */
static const char *below(const char *path, const char *root)
{
	const size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, length) != 0)
		return NULL;
	path += length;
	if (strcmp(path, "/") == 0)
		path++;
	if ((*path && *path != '/') || begins_above(path))
		return NULL;
	return path;
}

/* Return true if the path is below that root, whatever its names are. */
static bool is_parent(const char *root, const char *path)
{
	size_t levels = levels_above(root);

	for (; begins_above(path); path += 3)
		levels -= levels > 0;
	return levels > 0;
}

/* A line of mountinfo: the fields that matter here. */
struct mount {
	struct piece root;
	struct piece point;
	struct piece type;
	struct piece options;
};

/* "36 35 0:32 ROOT POINT rw,... [shared:1 ...] - TYPE SOURCE OPTIONS" */
static struct mount parse_mount(struct piece line)
{
	struct mount mount = { .root.length = 0 };
	int i;

	for (i = 0; i < 3; i++)
		next_piece(&line, ' ');
	mount.root = next_piece(&line, ' ');
	mount.point = next_piece(&line, ' ');
	while (line.length > 0 && !piece_is(next_piece(&line, ' '), "-"))
		;
	mount.type = next_piece(&line, ' ');
	next_piece(&line, ' ');
	mount.options = line;
	return mount;
}

static bool has_memory(const struct mount *mount, int version)
{
	if (mount->root.length >= PATH_MAX || mount->point.length >= PATH_MAX)
		return false;
	if (version == 2)
		return piece_is(mount->type, "cgroup2");
	return piece_is(mount->type, "cgroup") &&
	       has_word(mount->options, "memory");
}

/* Return how much of the cgroup a mount shows. The shorter the root, the more
 * parents are below it. */
static enum cgroup_sight sight_of(const char *root, const struct cgroup *cgroup)
{
	if (below(cgroup->path, root))
		return CGROUP_SEEN;
	return is_parent(root, cgroup->path) ? CGROUP_PARENT : CGROUP_HIDDEN;
}

static bool enter(struct cgroup *cgroup, const struct mount *mount,
		  const char *root)
{
	const char *rest = cgroup->sight == CGROUP_SEEN ?
			   below(cgroup->path, root) : "";

	if (mount->point.length + strlen(rest) >= sizeof(cgroup->folder))
		return false;
	decode(mount->point, cgroup->folder);
	cgroup->top = strlen(cgroup->folder);
	strcpy(cgroup->folder + cgroup->top, rest);
	cgroup->charges_huge = has_word(mount->options,
					"memory_hugetlb_accounting");
	return true;
}

void cgroup_locate(const char *mountinfo, struct cgroup *cgroup)
{
	struct piece rest = all_of(mountinfo);
	size_t shortest = SIZE_MAX;
	enum cgroup_sight sight;
	struct mount mount;
	char root[PATH_MAX];

	cgroup->sight = CGROUP_HIDDEN;
	while (rest.length > 0) {
		mount = parse_mount(next_piece(&rest, '\n'));
		if (!has_memory(&mount, cgroup->version))
			continue;
		decode(mount.root, root);
		sight = sight_of(root, cgroup);
		if (sight == CGROUP_HIDDEN || sight < cgroup->sight ||
		    (sight == cgroup->sight && strlen(root) > shortest))
			continue;
		cgroup->sight = sight;
		shortest = strlen(root);
		if (!enter(cgroup, &mount, root))
			cgroup->sight = CGROUP_HIDDEN;
	}
}

bool cgroup_is_top(const struct cgroup *cgroup)
{
	return cgroup->folder[cgroup->top] == '\0';
}

bool cgroup_up(struct cgroup *cgroup)
{
	char *end = strrchr(cgroup->folder + cgroup->top, '/');

	if (!end)
		return false;
	*end = '\0';
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Queried again each time: a process can be moved to another cgroup, and limits
 * change.
 */
#include "buffer/room_query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/cgroup.h"
#include "sys/error.h"
#include "sys/sys.h"

static uint64_t read_meminfo(const char *key)
{
	uint64_t kib;
	char text[4096];
	const char *line;

	if (sys_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return DMALOAD_UNKNOWN;
	line = strstr(text, key);
	if (!line || sscanf(line + strlen(key), "%" SCNu64, &kib) != 1)
		return DMALOAD_UNKNOWN;
	return kib * 1024;
}

/* MemAvailable is the kernel's estimate of what can be allocated without
 * swapping. */
uint64_t room_query_machine(void)
{
	return read_meminfo("MemAvailable:");
}

uint64_t room_query_contiguous(uint64_t *total)
{
	*total = read_meminfo("CmaTotal:");
	return read_meminfo("CmaFree:");
}

/* Read a file of the cgroup. The caller frees the text. */
static int read_file(const struct cgroup *cgroup, const char *name, char **text)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", cgroup->folder, name);
	return sys_read_all(path, text);
}

/* Read the number in such a file. Return 0 or -errno. */
static int read_number(const struct cgroup *cgroup, const char *name,
		       uint64_t *value)
{
	char *text;
	int r = read_file(cgroup, name, &text);

	if (r < 0)
		return r;
	*value = cgroup_limit(text);
	free(text);
	return 0;
}

struct level {
	struct cgroup_memory memory;
	const char *limit_name;
};

/* Apply a limit, if it is the lower one. -ENOENT is not a failure: a root has
 * none. */
static int apply_limit(const struct cgroup *cgroup, const char *name,
		       struct level *level)
{
	uint64_t limit = CGROUP_NO_LIMIT;
	int r = read_number(cgroup, name, &limit);

	if (r == 0 && limit < level->memory.limit) {
		level->memory.limit = limit;
		level->limit_name = name;
	}
	return r;
}

/* How much of it the other children of that parent use is unknown. */
static void apply_hidden_limit(const char *stat, struct level *level)
{
	const uint64_t limit = cgroup_hidden_limit(stat);

	if (limit < level->memory.limit) {
		level->memory.limit = limit;
		level->limit_name = "memory.limit_in_bytes of a hidden parent";
	}
}

/* Read the limits of one cgroup; CGROUP_NO_LIMIT if there are none. */
static int read_level(const struct cgroup *cgroup, struct level *level)
{
	const bool old = cgroup->version == 1;
	char *stat;
	int r;

	*level = (struct level){ .memory.limit = CGROUP_NO_LIMIT };
	r = apply_limit(cgroup, old ? "memory.limit_in_bytes" : "memory.max",
			level);
	if (r == 0 && !old)
		apply_limit(cgroup, "memory.high", level);
	if (r < 0 || (level->memory.limit == CGROUP_NO_LIMIT &&
		      !(old && cgroup_is_top(cgroup))))
		return r;
	r = read_file(cgroup, "memory.stat", &stat);
	if (r < 0)
		return r;
	cgroup_read_stat(stat, cgroup->version, &level->memory);
	if (old && cgroup_is_top(cgroup))
		apply_hidden_limit(stat, level);
	free(stat);
	r = read_number(cgroup, old ? "memory.usage_in_bytes" :
			"memory.current", &level->memory.usage);
	return r == 0 && level->memory.usage == CGROUP_NO_LIMIT ? -ENODATA : r;
}

void room_put_name(char *name, size_t size, const char *path)
{
	const size_t length = strlen(path);

	if (length < size)
		memcpy(name, path, length + 1);
	else
		snprintf(name, size, "...%s", path + length - (size - 4));
}

static void apply_level(struct dmaload_memory *memory,
			const struct cgroup *cgroup, const struct level *level)
{
	const uint64_t room = cgroup_room(&level->memory);

	if (room >= memory->cgroup_room_bytes)
		return;
	memory->cgroup_room_bytes = room;
	memory->cgroup_limit_bytes = level->memory.limit;
	memory->cgroup_usage_bytes = level->memory.usage;
	memory->cgroup_reclaimable_bytes = level->memory.reclaimable;
	memory->cgroup_dirty_bytes = level->memory.dirty;
	snprintf(memory->cgroup_limit_name, sizeof(memory->cgroup_limit_name),
		 "%s", level->limit_name);
	room_put_name(memory->cgroup, sizeof(memory->cgroup), cgroup->folder);
}

/* A root has no limit of its own. If the last visible cgroup has one, more
 * parents are hidden. */
static void walk_up(struct dmaload_memory *memory, struct cgroup *cgroup)
{
	char name[DMALOAD_CGROUP_SIZE / 2];
	struct level level;
	int r;

	do {
		r = read_level(cgroup, &level);
		if (r == 0)
			apply_level(memory, cgroup, &level);
		room_put_name(name, sizeof(name), cgroup->folder);
		if (r < 0 && r != -ENOENT)
			snprintf(memory->note, sizeof(memory->note), "cannot "
				 "read the limit of %s: %s",
				 name, error_name(r));
	} while (cgroup_up(cgroup));
	if (r == 0 && cgroup->version == 2)
		snprintf(memory->note, sizeof(memory->note), "the parents of "
			 "%s are not visible here, so their limits are unknown",
			 name);
}

static void note_sight(struct dmaload_memory *memory,
		       const struct cgroup *cgroup)
{
	char path[DMALOAD_CGROUP_SIZE / 2];

	room_put_name(path, sizeof(path), cgroup->path);
	if (cgroup->sight == CGROUP_HIDDEN)
		snprintf(memory->note, sizeof(memory->note), "no mount shows the "
			 "memory cgroup %s of this process, so its limit is "
			 "unknown", path);
	if (cgroup->sight == CGROUP_PARENT)
		snprintf(memory->note, sizeof(memory->note), "the mount shows a "
			 "parent of the memory cgroup %s of this process, and "
			 "not the cgroup", path);
}

/* Find the cgroup. Return false if the kernel does not report it. */
static bool find_cgroup(struct cgroup *cgroup)
{
	char *text;
	bool found;

	if (sys_read_all("/proc/self/cgroup", &text) < 0)
		return false;
	found = cgroup_find(text, cgroup);
	free(text);
	if (!found || sys_read_all("/proc/self/mountinfo", &text) < 0)
		return false;
	cgroup_locate(text, cgroup);
	free(text);
	return true;
}

bool room_query_cgroups(struct dmaload_memory *memory)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));
	bool charges_huge = false;

	memory->cgroup_room_bytes = memory->cgroup_limit_bytes =
		memory->cgroup_usage_bytes = memory->cgroup_dirty_bytes =
		memory->cgroup_reclaimable_bytes = DMALOAD_UNKNOWN;
	if (cgroup && find_cgroup(cgroup)) {
		charges_huge = cgroup->charges_huge;
		if (cgroup->sight != CGROUP_HIDDEN)
			walk_up(memory, cgroup);
		note_sight(memory, cgroup);
	}
	free(cgroup);
	return charges_huge;
}

/* SPDX-License-Identifier: MIT */
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

int groups_version;
char groups_reason[256];

/* The folder of new groups: the process's own cgroup, or the root in version 2,
 * where a cgroup cannot have both processes and limited children. */
static char base[256];

/* All groups that were made, parents first. */
#define GROUPS_MAX 64
static struct group made[GROUPS_MAX];
static unsigned n_made;

static int write_text(const char *folder, const char *name, const char *text)
{
	char path[600];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

static void must_write(const char *folder, const char *name, const char *text)
{
	int r = write_text(folder, name, text);

	if (r < 0)
		fail_msg("%s to %s/%s: %s", text, folder, name, strerror(-r));
}

/* Append the process's path in version 1; the root, if it is unknown. */
static void add_own_path(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	const size_t used = strlen(base);
	char line[400], *path;

	while (file && fgets(line, sizeof(line), file)) {
		path = strstr(line, ":memory:/");
		if (!path || strlen(path) > sizeof(base) - used)
			continue;
		path[strcspn(path, "\n")] = '\0';
		if (strcmp(path, ":memory:/") == 0)
			continue;
		snprintf(base + used, sizeof(base) - used, "%s",
			 path + strlen(":memory:"));
		if (access(base, W_OK) < 0)
			base[used] = '\0';
	}
	if (file)
		fclose(file);
}

static int find_mount(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int version = 0;

	while (mounts && version != 1 && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup") == 0 &&
		    hasmntopt(entry, "memory"))
			version = 1;
		else if (strcmp(entry->mnt_type, "cgroup2") == 0)
			version = 2;
		else
			continue;
		snprintf(base, sizeof(base), "%s", entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return version;
}

void groups_begin(void)
{
	char folder[400], limit[450];
	const int version = find_mount();

	if (version == 0) {
		snprintf(groups_reason, sizeof(groups_reason),
			 "no memory cgroups are mounted");
		return;
	}
	if (version == 1)
		add_own_path();
	snprintf(folder, sizeof(folder), "%s/dmaload-try-%d", base, getpid());
	snprintf(limit, sizeof(limit), "%s/%s", folder, version == 1 ?
		 "memory.limit_in_bytes" : "memory.max");
	if (mkdir(folder, 0755) < 0)
		snprintf(groups_reason, sizeof(groups_reason), "%.200s: %s",
			 folder, strerror(errno));
	else if (access(limit, W_OK) < 0)
		snprintf(groups_reason, sizeof(groups_reason), "%.200s: %s",
			 limit, strerror(errno));
	else
		groups_version = version;
	rmdir(folder);
}

void groups_end(void)
{
	while (n_made > 0)
		rmdir(made[--n_made].folder);
}

void group_make(struct group *group, struct group *parent, const char *name)
{
	assert_true(n_made < GROUPS_MAX);
	if (parent && groups_version == 2)
		must_write(parent->folder, "cgroup.subtree_control", "+memory");
	if (parent)
		snprintf(group->folder, sizeof(group->folder), "%.400s/%s",
			 parent->folder, name);
	else
		snprintf(group->folder, sizeof(group->folder),
			 "%s/dmaload-%s-%d-%u", base, name, getpid(), n_made);
	if (mkdir(group->folder, 0755) < 0)
		fail_msg("%s: %s", group->folder, strerror(errno));
	made[n_made++] = *group;
}

static void limit(const struct group *group, const char *name, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	must_write(group->folder, name, text);
}

void group_limit(const struct group *group, uint64_t bytes)
{
	limit(group, groups_version == 1 ? "memory.limit_in_bytes" :
	      "memory.max", bytes);
}

void group_limit_high(const struct group *group, uint64_t bytes)
{
	limit(group, "memory.high", bytes);
}

uint64_t group_usage(const struct group *group)
{
	char path[600], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", group->folder,
		 groups_version == 1 ? "memory.usage_in_bytes" :
		 "memory.current");
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		return 0;
	fclose(file);
	return strtoull(text, NULL, 10);
}

/* A process that has just ended may still be listed in the cgroup. */
void group_remove(const struct group *group)
{
	int i;

	for (i = 0; i < 500 && rmdir(group->folder) < 0 && errno == EBUSY; i++)
		usleep(20000);
	assert_int_equal(access(group->folder, F_OK), -1);
}

bool group_run(const struct group *group, void (*what)(const struct group *))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (write_text(group->folder, "cgroup.procs", "0") < 0)
			_exit(2);
		what(group);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("the process in %s was ended by signal %d",
			 group->folder, WTERMSIG(status));
	if (WEXITSTATUS(status) != SKIPPED_CODE)
		assert_int_equal(WEXITSTATUS(status), 0);
	return WEXITSTATUS(status) == 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * A memory cgroup of 64 MiB for a load. The buffer is made before the process
 * enters it, and stays charged to the old cgroup. A heap's memory is charged to
 * no cgroup either. So the limit applies to everything else: the pool and the
 * page cache.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

static int write_number(const char *folder, const char *name, uint64_t value)
{
	char path[320], text[32];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Use version 1 if it has the memory controller, as a machine may have both. */
static bool find_mount(char *folder, size_t size, const char **limit)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;

	*limit = NULL;
	while (mounts && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup") == 0 &&
		    hasmntopt(entry, "memory")) {
			snprintf(folder, size, "%s", entry->mnt_dir);
			*limit = "memory.limit_in_bytes";
			break;
		}
		if (strcmp(entry->mnt_type, "cgroup2") == 0) {
			snprintf(folder, size, "%s", entry->mnt_dir);
			*limit = "memory.max";
		}
	}
	if (mounts)
		endmntent(mounts);
	return *limit;
}

void bench_cgroup_make(struct bench *bench)
{
	const char *limit;
	char mount[200];
	int r;

	if (!find_mount(mount, sizeof(mount), &limit)) {
		snprintf(bench->no_cgroup, sizeof(bench->no_cgroup),
			 "no memory cgroups are mounted");
		return;
	}
	snprintf(bench->cgroup, sizeof(bench->cgroup), "%s/dmaload-bench-%d",
		 mount, (int)getpid());
	r = mkdir(bench->cgroup, 0755) < 0 ? -errno : 0;
	if (r == 0) {
		r = write_number(bench->cgroup, limit, BENCH_CGROUP_BYTES);
		if (r < 0)
			rmdir(bench->cgroup);
	}
	if (r < 0) {
		snprintf(bench->no_cgroup, sizeof(bench->no_cgroup),
			 "cannot create a memory cgroup of 64 MiB: %s (%s, %s)",
			 strerror(-r), bench->cgroup, limit);
		bench->cgroup[0] = '\0';
	}
}

/* A process that has just ended may still be in it, for seconds on a busy
 * machine. */
void bench_cgroup_remove(struct bench *bench)
{
	int i;

	if (!bench->cgroup[0])
		return;
	for (i = 0; i < 500 && rmdir(bench->cgroup) < 0 && errno == EBUSY; i++)
		usleep(20000);
	bench->cgroup[0] = '\0';
}

int bench_cgroup_enter(const struct bench *bench, struct dmaload_error *err)
{
	int r = write_number(bench->cgroup, "cgroup.procs", (uint64_t)getpid());

	return r < 0 ? explain(err, r, "cannot enter %s: %s",
			       bench->cgroup, strerror(-r)) : 0;
}

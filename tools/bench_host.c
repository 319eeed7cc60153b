/* SPDX-License-Identifier: MIT */
/* The machine: everything that the figures depend on, so that they can be
 * compared elsewhere. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "calls.h"
#include "tool.h"

#define DIRECT_BYTES 4096u

static void add(struct bench *bench, const char *line, const char *key,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add(struct bench *bench, const char *line, const char *key,
		const char *format, ...)
{
	struct bench_fact *fact = &bench->facts[bench->fact_count];
	va_list args;

	if (bench->fact_count == sizeof(bench->facts) / sizeof(bench->facts[0]))
		return;
	bench->fact_count++;
	fact->line = line;
	fact->key = key;
	va_start(args, format);
	text_vformat(fact->text, sizeof(fact->text), format, args);
	va_end(args);
}

static const char *fact(const struct bench *bench, const char *key)
{
	size_t i;

	for (i = 0; i < bench->fact_count; i++)
		if (strcmp(bench->facts[i].key, key) == 0)
			return bench->facts[i].text;
	return "";
}

/* Add the text of a file of one line, if there is one. */
static void add_file(struct bench *bench, const char *line, const char *key,
		     const char *folder, const char *name)
{
	char path[PATH_MAX + 64], text[160];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, sizeof(text), file)) {
		length = strlen(text);
		while (length > 0 && strchr(" \n", text[length - 1]))
			text[--length] = '\0';
		add(bench, line, key, "%s", text + strspn(text, " "));
	}
	fclose(file);
}

static void add_library(struct bench *bench)
{
	const bool built_in = sizeof(LIBURING_VERSION) > 1;
	const int r = built_in ? calls_try(calls_io_uring) : -ENOSYS;
	const char *why = built_in ? calls_text(r) : "built without liburing";

	if (r != 0)
		snprintf(bench->no_uring, sizeof(bench->no_uring), "no io_uring "
			 "here: %s", why);
	add(bench, "dmaload", "version", "%s", dmaload_version());
	add(bench, "dmaload", "engines", "io_uring (liburing %s) %s, threads",
	    built_in ? LIBURING_VERSION : "none", r == 0 ? "available" : why);
}

/* Put together the different values of a key in /proc/cpuinfo. A phone has
 * processors of several kinds. */
static void read_cpuinfo(const char *key, char *values, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	const char *value;
	char line[256];

	values[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		value = strchr(line, ':');
		if (!value || strncmp(line, key, strlen(key)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		value += 1 + strspn(value + 1, " ");
		if (!strstr(values, value))
			snprintf(values + strlen(values), size - strlen(values),
				 "%s%s", values[0] ? ", " : "", value);
	}
	if (file)
		fclose(file);
}

/* x86 has names of processors. ARM has numbers for their makers and parts, and
 * usually a name of the board. */
static void add_processor(struct bench *bench)
{
	char model[256], maker[256], part[256];

	read_cpuinfo("model name", model, sizeof(model));
	read_cpuinfo("CPU implementer", maker, sizeof(maker));
	read_cpuinfo("CPU part", part, sizeof(part));
	if (model[0])
		add(bench, "cpu", "cpu", "%s", model);
	else if (part[0])
		add(bench, "cpu", "cpu", "implementer %s, part %s", maker, part);
	add_file(bench, "cpu", "board", "/proc/device-tree", "model");
	add(bench, "cpu", "cpus", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
}

static void add_memory(struct bench *bench)
{
	static const char thp[] = "/sys/kernel/mm/transparent_hugepage";
	static const char huge[] = "/sys/kernel/mm/hugepages/hugepages-2048kB";
	struct rlimit limit;

	add(bench, "memory", "memory_bytes", "%" PRIu64,
	    (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
	add(bench, "memory", "available_bytes", "%" PRIu64, memory_available());
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
	    limit.rlim_cur == RLIM_INFINITY)
		add(bench, "memory", "memlock", "unlimited");
	else
		add(bench, "memory", "memlock", "%llu",
		    (unsigned long long)limit.rlim_cur);
	add_file(bench, "pages", "thp", thp, "enabled");
	add_file(bench, "pages", "thp_shmem", thp, "shmem_enabled");
	add_file(bench, "pages", "huge_pages", huge, "nr_hugepages");
	add_file(bench, "pages", "huge_pages_free", huge, "free_hugepages");
}

/* Find the mount with the longest folder that FILE is below; of several there,
 * the last. */
static bool find_mount(const char *path, char *type, char *from, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	size_t best = 0;

	while (mounts && (entry = getmntent(mounts))) {
		const size_t length = strlen(entry->mnt_dir);

		if (length < best || strncmp(entry->mnt_dir, path, length) != 0 ||
		    (length > 1 && path[length] != '/'))
			continue;
		best = length;
		snprintf(type, size, "%s", entry->mnt_type);
		snprintf(from, size, "%s", entry->mnt_fsname);
	}
	if (mounts)
		endmntent(mounts);
	return best > 0;
}

static void add_queue(struct bench *bench, dev_t device)
{
	static const char *const limits[] = {
		"scheduler", "nr_requests", "max_segments", "max_segment_size",
		"max_sectors_kb", "max_hw_sectors_kb", "read_ahead_kb",
		"logical_block_size", "rotational",
	};
	char link[64], folder[PATH_MAX], queue[PATH_MAX + 32];
	size_t i;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(device),
		 minor(device));
	if (!realpath(link, folder))
		return;
	snprintf(queue, sizeof(queue), "%s/partition", folder);
	if (access(queue, F_OK) == 0)
		*strrchr(folder, '/') = '\0';
	add(bench, "disk", "disk", "%s", strrchr(folder, '/') + 1);
	add_file(bench, "disk", "model", folder, "device/model");
	snprintf(queue, sizeof(queue), "%s/queue", folder);
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		add_file(bench, "queue", limits[i], queue, limits[i]);
	bench->read_ahead = strtoull(fact(bench, "read_ahead_kb"), NULL, 10) * 1024;
}

static void add_place(struct bench *bench)
{
	char path[PATH_MAX], type[128] = "unknown", from[128] = "unknown";
	struct stat st, device;

	if (fstat(bench->fd, &st) < 0)
		return;
	if (S_ISBLK(st.st_mode)) {
		add_queue(bench, st.st_rdev);
		return;
	}
	if (realpath(bench->path, path) &&
	    find_mount(path, type, from, sizeof(type)))
		add(bench, "disk", "file_system", "%s on %s", type, from);
	/* The number of a btrfs is not its disk's. */
	if (stat(from, &device) == 0 && S_ISBLK(device.st_mode))
		st.st_dev = device.st_rdev;
	add_queue(bench, st.st_dev);
}

/* Find out whether a program could read it with O_DIRECT. */
static void try_direct(struct bench *bench)
{
	void *memory = aligned_alloc(DIRECT_BYTES, DIRECT_BYTES);
	int fd = open(bench->path, O_RDONLY | O_CLOEXEC | O_DIRECT);

	if (fd < 0 || !memory || pread(fd, memory, DIRECT_BYTES, 0) < 0)
		snprintf(bench->no_direct, sizeof(bench->no_direct),
			 "O_DIRECT does not work on this file: %s",
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	free(memory);
}

void bench_host(struct bench *bench)
{
	struct utsname name;

	add_library(bench);
	if (uname(&name) == 0)
		add(bench, "kernel", "kernel", "%s %s %s", name.sysname,
		    name.release, name.machine);
	add_processor(bench);
	add_memory(bench);
	add_place(bench);
	try_direct(bench);
	add(bench, "file", "file", "%s", bench->name);
	add(bench, "file", "file_bytes", "%" PRIu64, bench->size);
	add(bench, "file", "measured_bytes", "%" PRIu64, bench->length);
	bench->cached = bench_resident(bench);
	if (bench->cached == DMALOAD_UNKNOWN)
		add(bench, "file", "cached_bytes", "unknown: the kernel "
		    "reports it only to the file's owner and to writers");
	else
		add(bench, "file", "cached_bytes", "%" PRIu64, bench->cached);
	add(bench, "file", "o_direct", "%s", bench->no_direct[0] ?
	    bench->no_direct : "granted");
}

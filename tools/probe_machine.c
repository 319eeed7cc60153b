/* SPDX-License-Identifier: MIT */
/* The kernel, and what it permits to this user, whatever is loaded. */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "calls.h"

void probe_kernel(const struct probe *probe)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	probe_line(probe, "kernel", "%s %s %s", name.sysname, name.release,
		   name.machine);
	json_add_text(probe->object, "kernel", name.release);
	json_add_text(probe->object, "machine", name.machine);
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = false;

	if (file) {
		ok = fgets(line, (int)size, file) != NULL;
		fclose(file);
	}
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

static void explain_io_uring(char *text, size_t size, int result)
{
	char line[64];

	if (sizeof(LIBURING_VERSION) == 1)
		text_format(text, size, "built without liburing");
	else if (result > 0)
		text_format(text, size, "%s", calls_text(result));
	else if (read_line("/proc/sys/kernel/io_uring_disabled", line,
			   sizeof(line)) && strcmp(line, "0") != 0)
		text_format(text, size, "%s; kernel.io_uring_disabled is %s, 0 would "
			    "allow it", calls_text(result), line);
	else if (result == -ENOMEM)
		text_format(text, size, "%s; RLIMIT_MEMLOCK is too low for its "
			    "queues", calls_text(result));
	else
		text_format(text, size, "%s; a seccomp filter, as containers have, "
			    "or a kernel without it", calls_text(result));
}

void probe_io_uring(const struct probe *probe)
{
	char why[DMALOAD_MESSAGE_SIZE];
	const int r = sizeof(LIBURING_VERSION) > 1 ? calls_try(calls_io_uring) :
						     -ENOSYS;

	json_add_bool(probe->object, "io_uring", r == 0);
	if (r == 0) {
		probe_line(probe, "io_uring", "available%s",
			   permits_newer(probe->syscalls) ? "" :
			   "; under a seccomp filter threads read all the same, "
			   "but for --syscalls all");
		return;
	}
	explain_io_uring(why, sizeof(why), r);
	probe_line(probe, "io_uring", "refused: %s: threads read instead", why);
	json_add_text(probe->object, "io_uring_refused", why);
}

/* The kernel compares the limit with the pool, and some kernels with io_uring's
 * own queues, too. A load decides the size of the pool, so query a load. */
static bool ask_for_pool(const struct probe *probe, struct dmaload_report *report)
{
	static char memory[4096];
	const struct dmaload_config config = { .size = sizeof(config),
					       .syscalls = probe->syscalls };
	const struct dmaload_options options = {
		.size = sizeof(options),
		.paths = DMALOAD_ALLOW_BOUNCE,
	};
	struct dmaload_range range = { .length = 1 };
	struct dmaload_ctx *ctx = NULL;
	enum dmaload_path path;
	int r;

	r = dmaload_ctx_create(&ctx, &config, NULL);
	if (r == 0)
		r = dmaload_file_open(&range.file, "/proc/self/exe", NULL);
	if (r == 0)
		r = dmaload_buffer_from_memory(&range.buffer, memory,
					       sizeof(memory), NULL);
	if (r == 0)
		r = dmaload_probe(ctx, &range, &options, &path, report, NULL);
	dmaload_buffer_destroy(range.buffer);
	dmaload_file_close(range.file);
	dmaload_ctx_destroy(ctx);
	return r == 0;
}

static void print_pool(const struct probe *probe,
		       const struct dmaload_report *report, const char *limit)
{
	json_add_bool(probe->object, "pool_registered", report->pool_registered);
	if (report->pool_registered)
		probe_line(probe, "memlock", "%s; enough for the bounce pool", limit);
	else
		probe_line(probe, "memlock", "%s; the bounce pool will not be "
			   "registered (%s), which costs little", limit,
			   report->pool_unregistered);
}

void probe_memlock(const struct probe *probe)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct rlimit limit;
	char text[64];

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	json_add_uint(probe->object, "memlock_bytes",
		      limit.rlim_cur == RLIM_INFINITY ? DMALOAD_UNKNOWN :
		      limit.rlim_cur);
	if (limit.rlim_cur == RLIM_INFINITY)
		text_format(text, sizeof(text), "unlimited");
	else
		text_format(text, sizeof(text), "%llu bytes",
			    (unsigned long long)limit.rlim_cur);
	if (ask_for_pool(probe, &report))
		print_pool(probe, &report, text);
	else
		probe_line(probe, "memlock", "%s", text);
}

static void add_cgroup(struct json_object *object,
		       const struct dmaload_memory *memory)
{
	struct json_object *cgroup = json_object_new_object();

	json_add_text(cgroup, "folder", memory->cgroup);
	json_add_text(cgroup, "limit_name", memory->cgroup_limit_name);
	json_add_uint(cgroup, "limit_bytes", memory->cgroup_limit_bytes);
	json_add_uint(cgroup, "usage_bytes", memory->cgroup_usage_bytes);
	json_add_uint(cgroup, "reclaimable_bytes",
		      memory->cgroup_reclaimable_bytes);
	json_add_uint(cgroup, "room_bytes", memory->cgroup_room_bytes);
	json_object_object_add(object, "cgroup", cgroup);
}

static void print_memory(const struct probe *probe,
			 const struct dmaload_memory *memory)
{
	char available[64] = "how much is available is not known";

	if (memory->available_bytes != DMALOAD_UNKNOWN)
		text_format(available, sizeof(available), "%" PRIu64
			    " MiB available", memory->available_bytes >> 20);
	if (memory->cgroup[0])
		probe_line(probe, "memory", "%s; the cgroup %s has room for %"
			   PRIu64 " MiB: %s is %" PRIu64 " MiB, %" PRIu64
			   " MiB are used, %" PRIu64 " MiB of these can be "
			   "reclaimed", available, memory->cgroup,
			   memory->room_bytes >> 20, memory->cgroup_limit_name,
			   memory->cgroup_limit_bytes >> 20,
			   memory->cgroup_usage_bytes >> 20,
			   memory->cgroup_reclaimable_bytes >> 20);
	else
		probe_line(probe, "memory", "%s", available);
	if (memory->note[0])
		probe_line(probe, "", "%s", memory->note);
}

/* Print the machine's memory, and what the tightest memory cgroup leaves of
 * it. */
void probe_memory(const struct probe *probe)
{
	struct dmaload_memory memory = DMALOAD_MEMORY_INIT;
	struct json_object *object;

	if (dmaload_memory_query(&memory, NULL) < 0)
		return;
	print_memory(probe, &memory);
	object = json_object_new_object();
	json_object_object_add(probe->object, "memory", object);
	json_add_uint(object, "available_bytes", memory.available_bytes);
	json_add_uint(object, "room_bytes", memory.room_bytes);
	if (memory.cgroup[0])
		add_cgroup(object, &memory);
	if (memory.note[0])
		json_add_text(object, "note", memory.note);
}

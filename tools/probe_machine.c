/* SPDX-License-Identifier: MIT */
/* The kernel, and what it grants to whom, whatever is loaded. */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <liburing.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>

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

static void explain_io_uring(char *text, size_t size, int code)
{
	char line[64];

	if (read_line("/proc/sys/kernel/io_uring_disabled", line, sizeof(line)) &&
	    strcmp(line, "0") != 0)
		text_format(text, size, "%s; kernel.io_uring_disabled is %s, 0 would "
			    "allow it", strerror(-code), line);
	else if (code == -ENOMEM)
		text_format(text, size, "%s; RLIMIT_MEMLOCK is too low for its "
			    "queues", strerror(-code));
	else
		text_format(text, size, "%s; a seccomp filter, as containers have, "
			    "or a kernel without it", strerror(-code));
}

void probe_io_uring(const struct probe *probe)
{
	char why[DMALOAD_MESSAGE_SIZE];
	struct io_uring ring;
	int r = io_uring_queue_init(1, &ring, 0);

	json_add_bool(probe->object, "io_uring", r == 0);
	if (r == 0) {
		io_uring_queue_exit(&ring);
		probe_line(probe, "io_uring", "available");
		return;
	}
	explain_io_uring(why, sizeof(why), r);
	probe_line(probe, "io_uring", "refused: %s: threads read instead", why);
	json_add_text(probe->object, "io_uring_refused", why);
}

/* The kernel decides what is compared with the limit: the pool, and on some
 * io_uring's own queues. So it is tried. */
static int register_pool(void)
{
	struct iovec pool = { .iov_len = DMALOAD_POOL_MAX };
	struct io_uring ring;
	int r;

	pool.iov_base = mmap(NULL, pool.iov_len, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pool.iov_base == MAP_FAILED)
		return -errno;
	r = io_uring_queue_init(DMALOAD_DEPTH_DEFAULT, &ring, 0);
	if (r == 0) {
		r = io_uring_register_buffers(&ring, &pool, 1);
		/* At once, where the kernel would take its time after the end. */
		if (r == 0)
			io_uring_unregister_buffers(&ring);
		io_uring_queue_exit(&ring);
	}
	munmap(pool.iov_base, pool.iov_len);
	return r;
}

void probe_memlock(const struct probe *probe)
{
	struct rlimit limit;
	int r;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	json_add_uint(probe->object, "memlock_bytes",
		      limit.rlim_cur == RLIM_INFINITY ? DMALOAD_UNKNOWN :
		      limit.rlim_cur);
	if (limit.rlim_cur == RLIM_INFINITY) {
		probe_line(probe, "memlock", "unlimited");
		return;
	}
	r = register_pool();
	json_add_bool(probe->object, "pool_registered", r == 0);
	if (r == 0)
		probe_line(probe, "memlock", "%llu bytes; enough for the bounce "
			   "pool", (unsigned long long)limit.rlim_cur);
	else
		probe_line(probe, "memlock", "%llu bytes; the bounce pool will "
			   "not be registered (%s), which costs little",
			   (unsigned long long)limit.rlim_cur, strerror(-r));
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

/* The machine's, and what the tightest memory cgroup leaves of it. */
void probe_memory(const struct probe *probe)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
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

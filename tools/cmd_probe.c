/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <liburing.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Bytes of FILE that the trial pretends to load: several blocks of any disk. */
#define TRIAL_BYTES 65536u

static void print_kernel(void)
{
	struct utsname name;

	if (uname(&name) == 0)
		printf("kernel    %s %s %s\n", name.sysname, name.release,
		       name.machine);
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

static void print_io_uring(void)
{
	struct io_uring ring;
	char line[64];
	int r = io_uring_queue_init(1, &ring, 0);

	if (r == 0) {
		io_uring_queue_exit(&ring);
		printf("io_uring  available\n");
		return;
	}
	printf("io_uring  refused: %s", strerror(-r));
	if (read_line("/proc/sys/kernel/io_uring_disabled", line, sizeof(line)) &&
	    strcmp(line, "0") != 0)
		printf("; kernel.io_uring_disabled is %s, 0 would allow it", line);
	else if (r == -ENOMEM)
		printf("; RLIMIT_MEMLOCK is too low for its queues");
	else
		printf("; a seccomp filter, as containers have, or a kernel "
		       "without it");
	printf(": threads read instead\n");
}

/* What the limit is compared with is the kernel's affair: the pool, and on some
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

static void print_memlock(const struct rlimit *limit)
{
	int r;

	if (limit->rlim_cur == RLIM_INFINITY) {
		printf("memlock   unlimited\n");
		return;
	}
	printf("memlock   %llu bytes; ", (unsigned long long)limit->rlim_cur);
	r = register_pool();
	if (r == 0)
		printf("enough for the bounce pool\n");
	else
		printf("the bounce pool will not be registered (%s), which costs "
		       "little\n", strerror(-r));
}

/* The machine's, and what the tightest memory cgroup leaves of it. */
static void print_memory(void)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };

	if (dmaload_memory_query(&memory, NULL) < 0)
		return;
	if (memory.available_bytes == DMALOAD_UNKNOWN)
		printf("memory    how much is available is not known");
	else
		printf("memory    %" PRIu64 " MiB available",
		       memory.available_bytes >> 20);
	if (memory.cgroup[0])
		printf("; the cgroup %s has room for %" PRIu64 " MiB: %s is %"
		       PRIu64 " MiB, %" PRIu64 " MiB are used, %" PRIu64
		       " MiB of these can be reclaimed\n", memory.cgroup,
		       memory.room_bytes >> 20, memory.cgroup_limit_name,
		       memory.cgroup_limit_bytes >> 20,
		       memory.cgroup_usage_bytes >> 20,
		       memory.cgroup_reclaimable_bytes >> 20);
	else
		printf("\n");
	if (memory.note[0])
		printf("          %s\n", memory.note);
}

static int print_heaps(void)
{
	struct dmaload_heaps *heaps;
	struct dmaload_error err;
	size_t i;

	if (dmaload_heaps_create(&heaps, &err) < 0) {
		complain("%s", err.message);
		return EXIT_FAILED;
	}
	if (dmaload_heaps_count(heaps) == 0)
		printf("heap      none: /dev/dma_heap is missing or empty "
		       "(CONFIG_DMABUF_HEAPS)\n");
	for (i = 0; i < dmaload_heaps_count(heaps); i++)
		printf("heap      %s: %s\n", dmaload_heaps_name(heaps, i),
		       dmaload_heaps_access(heaps, i) == 0 ? "usable" :
		       dmaload_heaps_remedy(heaps, i));
	dmaload_heaps_destroy(heaps);
	return EXIT_OK;
}

static void print_udmabuf(void)
{
	struct dmaload_udmabuf udmabuf = { .size = sizeof(udmabuf) };

	if (dmaload_udmabuf_look(&udmabuf, NULL) < 0)
		return;
	if (udmabuf.access < 0)
		printf("udmabuf   %s\n", udmabuf.remedy);
	else
		printf("udmabuf   usable");
	if (udmabuf.access == 0 && udmabuf.limit_bytes != UINT64_MAX)
		printf(", a buffer of %" PRIu64 " MiB at most (size_limit_mb); "
		       "load --spread takes several",
		       udmabuf.limit_bytes >> 20);
	if (udmabuf.access == 0)
		printf("\n");
}

/* Where a buffer of this size comes from if no source is asked for. */
static int print_source(uint64_t size, struct dmaload_error *err)
{
	struct dmaload_choice choice = { .size = sizeof(choice) };
	int r = dmaload_source_choose(size, &choice, err);

	if (r < 0)
		printf("choice    none\n");
	else
		printf("choice    %s: %s\n", choice.source, choice.reason);
	return r;
}

/* Only a udmabuf has a limit. */
static void print_spread(const char *source, uint64_t size)
{
	struct dmaload_udmabuf udmabuf = { .size = sizeof(udmabuf) };

	if (strcmp(source, "udmabuf") != 0 && strcmp(source, "udmabuf:2M") != 0)
		return;
	if (dmaload_udmabuf_look(&udmabuf, NULL) < 0 ||
	    udmabuf.limit_bytes == 0 || size <= udmabuf.limit_bytes)
		return;
	printf("          %" PRIu64 " buffers of %s for all of it: by --spread\n",
	       (size - 1) / udmabuf.limit_bytes + 1, source);
}

static void print_choice(const struct dmaload_file *file,
			 const struct dmaload_buffer *buffer,
			 enum dmaload_path path,
			 const struct dmaload_report *report)
{
	int i;

	printf("source    %s\n", dmaload_buffer_source(buffer));
	printf("path      %s would load %s\n", dmaload_path_name(path),
	       dmaload_file_name(file));
	for (i = 0; i < (int)path; i++)
		printf("          not %s: %s\n",
		       dmaload_path_name((enum dmaload_path)i),
		       report->declined[i]);
}

/* Asks with a small buffer what a load of the whole file would do. */
static int try_file(struct dmaload_ctx *ctx, struct dmaload_file *file,
		    const char *source, struct dmaload_error *err)
{
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_range range = { .file = file };
	struct dmaload_buffer *buffer = NULL;
	enum dmaload_path path;
	uint64_t resident;
	int r;

	printf("file      %s: %" PRIu64 " bytes", dmaload_file_name(file),
	       dmaload_file_size(file));
	if (dmaload_file_resident(file, 0, UINT64_MAX, &resident, NULL) == 0)
		printf(", %" PRIu64 " bytes of it in the page cache", resident);
	printf("\n");

	r = source ? 0 : print_source(dmaload_file_size(file), err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, source, TRIAL_BYTES, err);
	if (r < 0)
		return r;
	range.buffer = buffer;
	range.length = dmaload_file_size(file) < TRIAL_BYTES ?
		       dmaload_file_size(file) : TRIAL_BYTES;
	r = dmaload_probe(ctx, &range, NULL, &path, &report, err);
	if (r == 0)
		print_choice(file, buffer, path, &report);
	if (r == 0 && source)
		print_spread(source, dmaload_file_size(file));
	dmaload_buffer_destroy(buffer);
	return r;
}

static int print_file(const char *path, const char *source)
{
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_file_open(&file, path, &err);
	if (r == 0)
		r = try_file(ctx, file, source, &err);
	if (r < 0)
		complain("%s", err.message);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

int cmd_probe(int argc, char **argv)
{
	static const struct option options[] = {
		{ "source", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *source = NULL;
	struct rlimit limit;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 's')
			return EXIT_USAGE;
		source = optarg;
	}
	if (argc - optind > 1) {
		complain("probe takes one FILE at most; see dmaload --help");
		return EXIT_USAGE;
	}

	print_kernel();
	print_io_uring();
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		print_memlock(&limit);
	print_memory();
	code = print_heaps();
	print_udmabuf();
	if (code == EXIT_OK && optind == argc)
		print_source(1, NULL);
	if (code == EXIT_OK && optind < argc)
		code = print_file(argv[optind], source);
	return code;
}

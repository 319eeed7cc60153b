/* SPDX-License-Identifier: MIT */
/*
 * The memory to load into. Beside the library's sources, the bench has three,
 * to show the effect of pages: "memory" (anonymous, transparent huge pages),
 * "memory:4K" (anonymous, none) and "memfd:2M" (shared, reserved huge pages).
 * The last is the memory of a udmabuf:2M, for machines without /dev/udmabuf.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/memfd.h>

#include "tool.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define HUGE_PAGE ((size_t)2 << 20)
/* The size to find out whether a source exists, and which path would load
 * it. */
#define TRIAL_BYTES 65536u

static bool is_own(const char *source)
{
	return strcmp(source, "memory") == 0 ||
	       strcmp(source, "memory:4K") == 0 ||
	       strcmp(source, "memfd:2M") == 0;
}

static int map_shared_huge(struct bench_target *target)
{
	int fd = memfd_create("dmaload-bench", MFD_CLOEXEC | MFD_HUGETLB |
					       MFD_HUGE_2MB);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)target->own_bytes) < 0)
		r = -errno;
	if (r == 0)
		target->own = mmap(NULL, target->own_bytes,
				   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r == 0 && target->own == MAP_FAILED)
		r = -errno;
	close(fd);
	return r;
}

/* Map one huge page more, so that the memory can begin at its boundary. */
static int map_private(struct bench_target *target, bool huge)
{
	target->own_bytes += HUGE_PAGE;
	target->own = mmap(NULL, target->own_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (target->own == MAP_FAILED)
		return -errno;
	/* Only a request, in both cases: the kernel may have no huge pages. */
	madvise(target->own, target->own_bytes,
		huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return 0;
}

static int populate(void *memory, size_t bytes)
{
	int r;

	do {
		r = madvise(memory, bytes, MADV_POPULATE_WRITE) < 0 ? -errno : 0;
	} while (r == -EINTR || r == -EAGAIN);
	if (r == -EINVAL) {
		/* Before Linux 5.14. */
		memset(memory, 0, bytes);
		r = 0;
	}
	return r;
}

static int create_own(struct bench_target *target, const char *source,
		      uint64_t size, bool full, struct dmaload_error *err)
{
	const bool shared = strcmp(source, "memfd:2M") == 0;
	size_t bytes;
	char *at;
	int r;

	/* With what rounding and alignment add. */
	if (size > SIZE_MAX - 2 * HUGE_PAGE)
		return explain(err, -EOVERFLOW, "%s: a 32-bit program cannot "
			       "map %llu bytes", source,
			       (unsigned long long)size);
	bytes = (size_t)size;
	target->own_bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	r = shared ? map_shared_huge(target) :
		     map_private(target, strcmp(source, "memory") == 0);
	if (r < 0) {
		target->own = NULL;
		return explain(err, r, "%s: cannot map %llu bytes: %s",
			       source, (unsigned long long)size, strerror(-r));
	}
	at = target->own;
	if (!shared)
		at += HUGE_PAGE - (uintptr_t)at % HUGE_PAGE;
	r = full ? populate(at, bytes) : 0;
	if (r < 0)
		return explain(err, r, "%s: cannot allocate %llu bytes: %s",
			       source, (unsigned long long)size, strerror(-r));
	return dmaload_buffer_from_memory(&target->buffer, at, size, err);
}

int bench_target_create(struct bench_target *target, const char *source,
			uint64_t size, bool full, struct dmaload_error *err)
{
	int r;

	*target = (struct bench_target){ .buffer = NULL };
	if (is_own(source)) {
		r = create_own(target, source, size, full, err);
	} else {
		r = dmaload_buffer_create(&target->buffer, source, size, err);
		/* Populate a udmabuf now, and not during the load. */
		if (r == 0 && full)
			r = dmaload_buffer_wait(target->buffer, err);
	}
	if (r < 0)
		bench_target_destroy(target);
	return r;
}

void bench_target_destroy(struct bench_target *target)
{
	dmaload_buffer_destroy(target->buffer);
	if (target->own)
		munmap(target->own, target->own_bytes);
	*target = (struct bench_target){ .buffer = NULL };
}

/* Map its full size without populating it: so huge pages are reserved, and
 * released. */
static int try_huge(const struct bench *bench, struct dmaload_error *err)
{
	struct bench_target target;
	int r = bench_target_create(&target, "memfd:2M", bench->length, false, err);

	if (r == 0)
		bench_target_destroy(&target);
	return r;
}

static int try_udmabuf(const struct bench *bench, struct dmaload_error *err)
{
	const struct dmaload_source *udmabuf;
	struct dmaload_sources *sources;
	int r = dmaload_sources_create(&sources, bench->length, err);

	if (r < 0)
		return r;
	udmabuf = source_named(sources, "udmabuf");
	if (udmabuf->access < 0)
		r = explain(err, udmabuf->access, "%s", udmabuf->remedy);
	else if (udmabuf->max_bytes < bench->length)
		r = explain(err, -E2BIG, "the limit of a udmabuf (size_limit_mb) is "
			    "%llu bytes", (unsigned long long)udmabuf->max_bytes);
	dmaload_sources_destroy(sources);
	return r;
}

/* Try a small size first, so that a missing source is reported once. */
int bench_source_try(const struct bench *bench, const char *source,
		     struct dmaload_error *err)
{
	const size_t length = strlen(source);
	struct bench_target target;
	int r = 0;

	if (strncmp(source, "udmabuf", 7) == 0)
		r = try_udmabuf(bench, err);
	if (r == 0 && length > 3 && strcmp(source + length - 3, ":2M") == 0)
		r = try_huge(bench, err);
	if (r == 0)
		r = bench_target_create(&target, source, TRIAL_BYTES, true, err);
	if (r == 0)
		bench_target_destroy(&target);
	return r;
}

int bench_load_try(const struct bench *bench, const char *source, uint32_t paths,
		   enum dmaload_engine engine, struct dmaload_error *err)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = engine,
	};
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
	};
	struct dmaload_range range = {
		.file = bench->file,
		.length = bench->length < TRIAL_BYTES ? bench->length : TRIAL_BYTES,
	};
	struct bench_target target;
	struct dmaload_ctx *ctx;
	enum dmaload_path path;
	int r;

	r = dmaload_ctx_create(&ctx, &config, err);
	if (r < 0)
		return r;
	r = bench_target_create(&target, source, TRIAL_BYTES, true, err);
	if (r == 0) {
		range.buffer = target.buffer;
		r = dmaload_probe(ctx, &range, &options, &path, NULL, err);
		bench_target_destroy(&target);
	}
	dmaload_ctx_destroy(ctx);
	return r;
}

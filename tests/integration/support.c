/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include "pattern.h"

int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - (int)alone_count();
}

void sync_raw(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int r;

	if (strcmp(place.source, "memfd") == 0)
		return;
	do {
		r = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (r < 0 && (errno == EINTR || errno == EAGAIN));
	assert_int_equal(r, 0);
}

static unsigned char *map_raw(const struct kit *kit, int prot)
{
	void *map = mmap(NULL, dmaload_buffer_size(kit->buffer), prot,
			 MAP_SHARED, dmaload_buffer_fd(kit->buffer), 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	return map;
}

void kit_guard(struct kit *kit)
{
	unsigned char *map = map_raw(kit, PROT_READ | PROT_WRITE);
	const int fd = dmaload_buffer_fd(kit->buffer);
	const uint64_t size = dmaload_buffer_size(kit->buffer);

	sync_raw(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
	memset(map, GUARD, size);
	sync_raw(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	munmap(map, size);
}

void kit_fill(struct kit *kit)
{
	assert_int_equal(dmaload_buffer_begin(kit->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	pattern_fill(dmaload_buffer_map(kit->buffer), place.large, 0);
	assert_int_equal(dmaload_buffer_end(kit->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

uint64_t kit_offset_told(const struct kit *kit)
{
	static const char word[] = "at offset ";
	const char *at = strstr(kit->err.message, word);
	unsigned long long offset = 0;

	if (!at)
		fail_msg("no offset: %s", kit->err.message);
	assert_int_equal(sscanf(at + sizeof(word) - 1, "%llu", &offset), 1);
	return offset;
}

static void expect_ok(const struct kit *kit, int r, const char *what)
{
	if (r < 0)
		fail_msg("%s: %s", what, kit->err.message);
}

static void open_path(struct kit *kit, const char *path, uint64_t buffer_size)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = place.engine,
		.syscalls = place.syscalls,
	};

	drop_cache(path);
	*kit = (struct kit){ .fds = open_fds() };
	kit->report.size = sizeof(kit->report);
	expect_ok(kit, dmaload_ctx_create(&kit->ctx, &config, &kit->err), "ctx");
	expect_ok(kit, dmaload_file_open(&kit->file, path, &kit->err), "file");
	expect_ok(kit, dmaload_buffer_create(&kit->buffer, place.source,
					     buffer_size, &kit->err), "buffer");
	kit_guard(kit);
}

void kit_open(struct kit *kit, uint64_t file_size, uint64_t buffer_size)
{
	open_path(kit, pattern_path(file_size), buffer_size);
}

void kit_open_alone(struct kit *kit, uint64_t file_size, uint64_t buffer_size)
{
	open_path(kit, alone_path(file_size), buffer_size);
}

void kit_close(struct kit *kit)
{
	dmaload_buffer_destroy(kit->buffer);
	dmaload_file_close(kit->file);
	dmaload_ctx_destroy(kit->ctx);
	assert_int_equal(open_fds(), kit->fds);
}

static int load(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
		uint64_t length, uint32_t paths, enum dmaload_cache cache)
{
	const struct dmaload_range range = {
		.file = kit->file,
		.file_offset = file_offset,
		.buffer = kit->buffer,
		.buffer_offset = buffer_offset,
		.length = length,
	};
	const struct dmaload_options options = {
		.size = sizeof(options),
		.paths = paths,
		.cache = cache,
	};

	return dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			    &kit->err);
}

int kit_load(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	     uint64_t length, uint32_t paths)
{
	return load(kit, file_offset, buffer_offset, length, paths,
		    DMALOAD_CACHE_AUTO);
}

int kit_load_past(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
		  uint64_t length, uint32_t paths)
{
	return load(kit, file_offset, buffer_offset, length, paths,
		    DMALOAD_CACHE_BYPASS);
}

bool kit_has_engine(const struct dmaload_report *report)
{
	if (report->bytes_direct + report->bytes_bounced == 0)
		return false;
	/* A single read needs none. */
	return report->reads - report->retries > 1 ||
	       report->engine != DMALOAD_ENGINE_AUTO;
}

static void check_engine(const struct dmaload_report *report)
{
	if (kit_has_engine(report))
		assert_int_equal(report->engine, place.granted);
}

static void check_guard(const unsigned char *map, uint64_t from, uint64_t to)
{
	/* All equal to the first: one memcmp() with itself, moved by a byte. */
	if (from == to || (map[from] == GUARD &&
			   memcmp(map + from, map + from + 1, to - from - 1) == 0))
		return;
	while (map[from] == GUARD)
		from++;
	fail_msg("byte %" PRIu64 " outside of the range was written", from);
}

void kit_check(struct kit *kit, uint64_t file_offset, uint64_t buffer_offset,
	       uint64_t length)
{
	unsigned char *map = map_raw(kit, PROT_READ);
	const int fd = dmaload_buffer_fd(kit->buffer);
	const uint64_t size = dmaload_buffer_size(kit->buffer);
	size_t same;

	check_engine(&kit->report);
	sync_raw(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	same = pattern_differs(map + buffer_offset, length, file_offset);
	if (same != length)
		fail_msg("byte %zu of the range differs from the file", same);
	check_guard(map, 0, buffer_offset);
	check_guard(map, buffer_offset + length, size);
	sync_raw(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(map, size);
}

int raw_alloc(const char *heap, uint64_t size, int fd_flags)
{
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = (uint32_t)fd_flags,
	};
	char node[256];
	int fd, r;

	snprintf(node, sizeof(node), "/dev/dma_heap/%s", heap);
	fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* The ioctl() of musl takes an int. */
	r = ioctl(fd, (int)DMA_HEAP_IOCTL_ALLOC, &data);
	close(fd);
	return r < 0 ? -1 : (int)data.fd;
}

/* SPDX-License-Identifier: MIT */
/*
 * Prepare the page cache for a measurement. All of the file's pages are in it
 * or none, and the machine has the memory. It also has pages of another file,
 * which the measurement should leave alone.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tool.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define SENTINEL_BYTES (32 * BENCH_MIB)
/* Left to other processes when memory is touched. */
#define SPARE_BYTES (512 * BENCH_MIB)
/* Pages that are on their way to a list are dropped at the next attempt. */
#define ATTEMPTS 10
#define PAUSE_US 20000

uint64_t bench_resident(const struct bench *bench)
{
	uint64_t bytes;

	if (dmaload_file_resident(bench->file, 0, bench->length, &bytes, NULL) < 0)
		return DMALOAD_UNKNOWN;
	return bytes;
}

int bench_chill(const struct bench *bench, struct dmaload_error *err)
{
	uint64_t left = 0;
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		/* Write back what others have written: dirty pages cannot be
		 * dropped. */
		fdatasync(bench->fd);
		posix_fadvise(bench->fd, 0, 0, POSIX_FADV_DONTNEED);
		left = bench_resident(bench);
		if (left == 0 || left == DMALOAD_UNKNOWN)
			return 0;
		usleep(PAUSE_US);
	}
	return explain(err, -EBUSY, "%" PRIu64 " bytes of %s stay in the page "
		       "cache: another process uses them", left, bench->name);
}

static int read_all(const struct bench *bench, struct dmaload_error *err)
{
	char *memory = malloc(BENCH_BLOCK);
	uint64_t at = 0;
	ssize_t n = 1;
	int r = 0;

	if (!memory)
		return explain(err, -ENOMEM, "no memory");
	while (at < bench->length && n > 0) {
		n = pread(bench->fd, memory, BENCH_BLOCK, (off_t)at);
		at += n > 0 ? (uint64_t)n : 0;
	}
	if (n < 0)
		r = explain(err, -errno, "%s: %s", bench->name, strerror(errno));
	free(memory);
	return r;
}

/* All but a hundredth: some machines reclaim a few pages all the time. */
int bench_heat(const struct bench *bench, struct dmaload_error *err)
{
	uint64_t resident = 0;
	int i, r;

	for (i = 0; i < ATTEMPTS; i++) {
		r = read_all(bench, err);
		if (r < 0)
			return r;
		/* If it is unknown, assume the best. */
		resident = bench_resident(bench);
		if (resident >= bench->length - bench->length / 100)
			return 0;
	}
	return explain(err, -ENOMEM, "only %" PRIu64 " of %" PRIu64 " bytes of %s "
		       "stay in the page cache", resident, bench->length,
		       bench->name);
}

uint64_t bench_reclaimed(void)
{
	return kernel_figure("/proc/vmstat", "pgsteal_file ") *
	       (uint64_t)sysconf(_SC_PAGESIZE);
}

void bench_touch(size_t bytes)
{
	const uint64_t available = memory_available();
	void *memory;

	if (available <= SPARE_BYTES)
		return;
	if (bytes > available - SPARE_BYTES)
		bytes = (size_t)(available - SPARE_BYTES);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return;
	madvise(memory, bytes, MADV_HUGEPAGE);
	if (madvise(memory, bytes, MADV_POPULATE_WRITE) < 0 && errno == EINVAL)
		memset(memory, 1, bytes);
	munmap(memory, bytes);
}

/* The file has no name, so nothing of it can be left. */
int bench_sentinel(void)
{
	const char *place = getenv("TMPDIR");
	char *memory = calloc(1, BENCH_BLOCK);
	uint64_t at;
	int fd;

	fd = open(place && *place ? place : "/var/tmp",
		  O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	for (at = 0; fd >= 0 && memory && at < SENTINEL_BYTES; at += BENCH_BLOCK) {
		if (pwrite(fd, memory, BENCH_BLOCK, (off_t)at) ==
		    (ssize_t)BENCH_BLOCK)
			continue;
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		fdatasync(fd);
	free(memory);
	return fd;
}

uint64_t bench_sentinel_resident(int fd)
{
	struct dmaload_file *file;
	uint64_t bytes = DMALOAD_UNKNOWN;

	if (fd < 0 || dmaload_file_from_fd(&file, fd, NULL) < 0)
		return DMALOAD_UNKNOWN;
	if (dmaload_file_resident(file, 0, SENTINEL_BYTES, &bytes, NULL) < 0)
		bytes = DMALOAD_UNKNOWN;
	dmaload_file_close(file);
	return bytes;
}

uint64_t bench_sentinel_heat(int fd)
{
	char *memory = malloc(BENCH_BLOCK);
	uint64_t at;

	for (at = 0; fd >= 0 && memory && at < SENTINEL_BYTES; at += BENCH_BLOCK)
		if (pread(fd, memory, BENCH_BLOCK, (off_t)at) <= 0)
			break;
	free(memory);
	return bench_sentinel_resident(fd);
}

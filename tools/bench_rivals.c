/* SPDX-License-Identifier: MIT */
/*
 * The ways of a program without the library, written plainly, into the same
 * memory.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tool.h"

/* How far ahead BENCH_READ_AHEAD requests pages. */
#define AHEAD (16 * BENCH_MIB)
/* The origin of BENCH_MEMCPY is as large as the library's pool. */
#define ORIGIN DMALOAD_POOL_MAX
/* Enough for any disk's O_DIRECT, and for huge pages. */
#define ALIGNMENT ((size_t)2 << 20)

void bench_arrived(struct bench_work *work, uint64_t bytes)
{
	if (work->run->first_ns == 0 &&
	    (bytes >= BENCH_FIRST || bytes == work->bench->length))
		work->run->first_ns = now_ns() - work->begun_ns;
}

static size_t next_block(const struct bench_work *work, uint64_t at)
{
	const uint64_t left = work->bench->length - at;

	return left < BENCH_BLOCK ? (size_t)left : (size_t)BENCH_BLOCK;
}

static char *place(const struct bench_work *work)
{
	return dmaload_buffer_map(work->buffer);
}

/* Request pages piece by piece, ahead of the reading. */
static void ask_ahead(const struct bench_work *work, uint64_t at, uint64_t *asked)
{
	while (*asked < work->bench->length && *asked < at + AHEAD) {
		posix_fadvise(work->fd, (off_t)*asked, BENCH_BLOCK,
			      POSIX_FADV_WILLNEED);
		*asked += BENCH_BLOCK;
	}
}

/*
 * Optional readahead of 16 MiB. POSIX_FADV_SEQUENTIAL is best, which doubles
 * the disk's read_ahead_kb. If that is too little, POSIX_FADV_WILLNEED works
 * without privileges. But it fills the page cache in small pieces: 0.34 CPU
 * seconds per GB instead of 0.08.
 */
static int by_read(struct bench_work *work, bool ahead)
{
	const bool doubled = ahead && work->bench->read_ahead * 2 >= AHEAD;
	uint64_t at = 0, asked = 0;
	ssize_t n;

	if (doubled)
		posix_fadvise(work->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (at < work->bench->length) {
		if (ahead && !doubled)
			ask_ahead(work, at, &asked);
		n = read(work->fd, place(work) + at, next_block(work, at));
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		at += (uint64_t)n;
		bench_arrived(work, at);
	}
	return 0;
}

static int by_mmap(struct bench_work *work)
{
	/* The target is mapped, and has that size. */
	const size_t length = (size_t)work->bench->length;
	uint64_t at;
	void *map;

	map = mmap(NULL, length, PROT_READ, MAP_SHARED, work->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	work->memory = map;
	work->memory_bytes = length;
	madvise(map, length, MADV_SEQUENTIAL);
	for (at = 0; at < length; at += next_block(work, at)) {
		memcpy(place(work) + at, (char *)map + at, next_block(work, at));
		bench_arrived(work, at + next_block(work, at));
	}
	return 0;
}

/* From aligned_alloc(), since O_DIRECT needs alignment. */
static int by_pread(struct bench_work *work)
{
	uint64_t at = 0;
	ssize_t n;

	work->memory = aligned_alloc(ALIGNMENT, ALIGNMENT);
	if (!work->memory)
		return -ENOMEM;
	while (at < work->bench->length) {
		/* Read the whole block: the end of a file need not be a disk's
		 * block. */
		n = pread(work->fd, work->memory, BENCH_BLOCK, (off_t)at);
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		if ((uint64_t)n > work->bench->length - at)
			n = (ssize_t)(work->bench->length - at);
		memcpy(place(work) + at, work->memory, (size_t)n);
		at += (uint64_t)n;
		bench_arrived(work, at);
	}
	work->run->pinned = BENCH_BLOCK;
	return 0;
}

/* Without a file: the minimum cost of the copy of the path bounce. */
static int by_memcpy(struct bench_work *work)
{
	uint64_t at;

	work->memory = aligned_alloc(ALIGNMENT, ORIGIN);
	if (!work->memory)
		return -ENOMEM;
	madvise(work->memory, ORIGIN, MADV_HUGEPAGE);
	memset(work->memory, 1, ORIGIN);
	for (at = 0; at < work->bench->length; at += next_block(work, at)) {
		memcpy(place(work) + at, (char *)work->memory + at % ORIGIN,
		       next_block(work, at));
		bench_arrived(work, at + next_block(work, at));
	}
	return 0;
}

static int move(struct bench_work *work)
{
	switch (work->what->what) {
	case BENCH_READ: return by_read(work, false);
	case BENCH_READ_AHEAD: return by_read(work, true);
	case BENCH_MMAP: return by_mmap(work);
	case BENCH_PREAD: return by_pread(work);
	case BENCH_MEMCPY: return by_memcpy(work);
	case BENCH_URING:
	case BENCH_URING_AGAIN:
	case BENCH_URING_OWN: return bench_by_uring(work);
	case BENCH_LOAD: break;
	}
	return -EINVAL;
}

int bench_rival(struct bench_work *work, struct dmaload_error *err)
{
	const int direct = work->what->what == BENCH_PREAD ||
			   bench_uring_alone(work->what) ? O_DIRECT : 0;
	int r;

	work->run->pinned = 0;
	work->fd = open(work->bench->path, O_RDONLY | O_CLOEXEC | direct);
	if (work->fd < 0)
		return explain(err, -errno, "%s: %s", work->bench->name,
			       strerror(errno));
	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_WRITE, err);
	if (r < 0)
		return r;
	r = move(work);
	if (r < 0)
		explain(err, r, "%s: %s", work->bench->name, strerror(-r));
	if (dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_WRITE,
			       r < 0 ? NULL : err) < 0 && r == 0)
		r = err->code;
	return r;
}

void bench_rival_finish(struct bench_work *work)
{
	if (work->memory_bytes > 0)
		munmap(work->memory, work->memory_bytes);
	else
		free(work->memory);
	if (work->fd >= 0)
		close(work->fd);
}

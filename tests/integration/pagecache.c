/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.5; the headers of Debian 12 do not have it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define MIB ((uint64_t)1 << 20)
/* Times 1 ms. */
#define TRIES 10000

static int open_path(const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (uint64_t)st.st_size;
	return fd;
}

/* Soft limits are for mistakes: all that is allowed is taken. */
static uint64_t lock_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	return geteuid() == 0 || limit.rlim_max == RLIM_INFINITY ? UINT64_MAX :
								   limit.rlim_max;
}

uint64_t may_hold(uint64_t wanted)
{
	const uint64_t limit = lock_limit() / MIB * MIB;

	return wanted < limit ? wanted : limit;
}

/*
 * Read first, since faults would set off readahead of what is not wanted, or read a
 * page at a time. A page that is evicted before it is locked is faulted in alone.
 */
static void lock_part(const struct held *held, int fd, uint64_t from, size_t at)
{
	static char block[1 << 20];
	const size_t left = held->length - at;
	const size_t n = left < sizeof(block) ? left : sizeof(block);

	assert_true(pread(fd, block, n, (off_t)(from + at)) > 0);
	/* Sanitizers have the C library's mlock() do nothing. */
	if (syscall(SYS_mlock, (char *)held->mapped.map + at, n) != 0)
		fail_msg("%zu bytes cannot be locked in memory: %s; is "
			 "RLIMIT_MEMLOCK at least 8 MiB?", n, strerror(errno));
}

void hold(struct held *held, const char *path, uint64_t from, uint64_t length)
{
	uint64_t size;
	const int fd = open_path(path, &size);
	size_t at;

	lock_limit();
	held->length = length;
	held->mapped = mapped_open(fd, from, length);
	assert_int_equal(madvise(held->mapped.map, length, MADV_RANDOM), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
	for (at = 0; at < length; at += MIB)
		lock_part(held, fd, from, at);
	close(fd);
}

void let_go(struct held *held)
{
	mapped_close(&held->mapped);
}

void resident_see(struct resident *resident, const char *path)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t size;
	const int fd = open_path(path, &size);
	struct mapped mapped;

	*resident = (struct resident){ .count = (size + page - 1) / page };
	resident->pages = calloc(1, resident->count + 1);
	assert_non_null(resident->pages);
	if (size > 0) {
		mapped = mapped_open(fd, 0, size);
		assert_int_equal(mincore(mapped.map, size, resident->pages), 0);
		mapped_close(&mapped);
	}
	close(fd);
}

uint64_t resident_new(const struct resident *then, const char *path)
{
	struct resident now;
	uint64_t pages = 0;
	size_t i;

	resident_see(&now, path);
	for (i = 0; i < now.count; i++)
		pages += (now.pages[i] & 1) &&
			 !(i < then->count && (then->pages[i] & 1));
	resident_forget(&now);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void resident_forget(struct resident *resident)
{
	free(resident->pages);
	resident->pages = NULL;
}

uint64_t cached_bytes(const char *path)
{
	const struct resident none = { .count = 0 };

	return resident_new(&none, path);
}

/* Since Linux 6.5, and where no filter is in the way. */
static long ask_cachestat(int fd, uint64_t *pages)
{
	struct { uint64_t offset, length; } all_of_it = { 0, 0 };
	struct { uint64_t cached, others[4]; } stat = { 0, { 0 } };
	long r = -1;

	if (!place.filtered)
		r = syscall(SYS_cachestat, fd, &all_of_it, &stat, 0);
	*pages = stat.cached;
	return r;
}

bool readahead_shows(const char *path)
{
	uint64_t size, pages;
	const int fd = open_path(path, &size);
	const bool shows = ask_cachestat(fd, &pages) == 0;

	close(fd);
	return shows;
}

/* Pages of a file that are in the page cache, or are being read; mincore(2) does not
 * count the latter. */
static uint64_t present_bytes(const char *path)
{
	uint64_t size, pages;
	const int fd = open_path(path, &size);

	assert_int_equal(ask_cachestat(fd, &pages), 0);
	close(fd);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void await_readahead(const char *path)
{
	unsigned tries = TRIES;

	while (present_bytes(path) != cached_bytes(path) && --tries > 0)
		usleep(1000);
	assert_true(tries > 0);
}

void drop_cache(const char *path)
{
	unsigned tries = TRIES;
	uint64_t size;
	const int fd = open_path(path, &size);

	/* Pages that have just been written are dirty and would stay. */
	fdatasync(fd);
	do {
		assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED),
				 0);
		/* A page that is being evicted is skipped. */
	} while (is_alone(path) &&
		 place.syscalls != DMALOAD_SYSCALLS_BASIC &&
		 cached_bytes(path) > 0 && usleep(1000) == 0 && --tries > 0);
	assert_true(tries > 0);
	close(fd);
}

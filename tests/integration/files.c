/* SPDX-License-Identifier: MIT */
/* Files that tests make: without a name, or as copies. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define ALONE_LARGE (64 * MIB)
#define ALONE_MAX 16

/* By size; 0 for one that was empty. The path is the fd's. */
static struct alone {
	bool used;
	uint64_t size;
	int fd;
	char path[32];
} all[ALONE_MAX];

static int open_without_name(void)
{
	char path[4096];
	int fd = open(place.dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	/* Some file systems have no O_TMPFILE. */
	snprintf(path, sizeof(path), "%s/alone-XXXXXX", place.dir);
	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	return fd;
}

static struct alone *find(uint64_t size)
{
	size_t i;

	for (i = 0; i < ALONE_MAX; i++)
		if (all[i].used && all[i].size == size)
			return &all[i];
	return NULL;
}

static struct alone *add(uint64_t size)
{
	struct alone *alone = all;

	while (alone < all + ALONE_MAX && alone->used)
		alone++;
	assert_true(alone < all + ALONE_MAX);
	*alone = (struct alone){ .used = true, .size = size };
	alone->fd = open_without_name();
	snprintf(alone->path, sizeof(alone->path), "/proc/self/fd/%d",
		 alone->fd);
	return alone;
}

static void fill(int fd, uint64_t size)
{
	unsigned char *block = malloc(MIB);
	uint64_t at, n;

	assert_non_null(block);
	for (at = 0; at < size; at += n) {
		n = size - at < MIB ? size - at : MIB;
		pattern_fill(block, n, at);
		assert_int_equal(pwrite(fd, block, n, (off_t)at), n);
	}
	free(block);
}

const char *alone_path(uint64_t size)
{
	struct alone *alone = find(size);

	if (!alone) {
		alone = add(size);
		fill(alone->fd, size);
		drop_cache(alone->path);
	}
	return alone->path;
}

uint64_t alone_large(void)
{
	return place.large < ALONE_LARGE ? place.large : ALONE_LARGE;
}

const char *alone_empty(void)
{
	return add(0)->path;
}

void alone_drop(const char *path)
{
	size_t i;

	for (i = 0; i < ALONE_MAX; i++) {
		if (!all[i].used || strcmp(all[i].path, path) != 0)
			continue;
		close(all[i].fd);
		all[i].used = false;
	}
}

size_t alone_count(void)
{
	size_t n = 0, i;

	for (i = 0; i < ALONE_MAX; i++)
		n += all[i].used;
	return n;
}

bool is_alone(const char *path)
{
	size_t i;

	for (i = 0; i < ALONE_MAX; i++)
		if (all[i].used && strcmp(all[i].path, path) == 0)
			return true;
	return false;
}

void copy_file(const char *from, const char *to, uint64_t length)
{
	char block[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(in >= 0 && out >= 0);
	for (; length > 0; length -= sizeof(block)) {
		assert_int_equal(read(in, block, sizeof(block)), sizeof(block));
		assert_int_equal(write(out, block, sizeof(block)),
				 sizeof(block));
	}
	fsync(out);
	close(in);
	close(out);
}

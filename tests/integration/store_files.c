/* SPDX-License-Identifier: MIT */
#include "store_files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"

#define OLD 0x5c

const char *target_path(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/stored", place.dir);
	return path;
}

void open_loaded(struct kit *kit, uint64_t size)
{
	kit_open(kit, place.large, size);
	if (kit_load(kit, 0, 0, size, 0) < 0)
		fail_msg("%s", kit->err.message);
}

void write_old(const char *path, uint64_t size)
{
	static char block[1 << 20];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	memset(block, OLD, sizeof(block));
	for (; size > sizeof(block); size -= sizeof(block))
		assert_int_equal(write(fd, block, sizeof(block)),
				 sizeof(block));
	assert_int_equal(write(fd, block, (size_t)size), (ssize_t)size);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* By one memcmp() with itself, moved by a byte: byte by byte it takes an emulated
 * processor seconds. */
static void check_old(const unsigned char *all, uint64_t from, uint64_t to)
{
	if (from >= to || (all[from] == OLD &&
			   memcmp(all + from, all + from + 1, to - from - 1) == 0))
		return;
	while (all[from] == OLD)
		from++;
	fail_msg("byte %" PRIu64 " of the file was changed", from);
}

void check_file(const char *path, uint64_t from, uint64_t length,
		uint64_t pattern_at, uint64_t size)
{
	unsigned char *all = malloc(size);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint64_t i;
	size_t same;

	assert_non_null(all);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, size);
	for (i = 0; i < size; i += (uint64_t)same) {
		same = (size_t)read(fd, all + i, size - i);
		assert_true((ssize_t)same > 0);
	}
	close(fd);
	check_old(all, 0, from);
	check_old(all, from + length, size);
	same = pattern_differs(all + from, length, pattern_at);
	if (same != length)
		fail_msg("byte %zu of the range was not stored", same);
	free(all);
}

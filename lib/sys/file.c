/* SPDX-License-Identifier: MIT */
/* The kind, size and alignment of a file. */
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/fiemap.h>

#include "sys/result.h"
#include "sys/uapi.h"

int sys_open(const char *path, int flags)
{
	return result(open(path, flags | O_CLOEXEC));
}

int sys_create(const char *path, int flags)
{
	return result(open(path, flags | O_CREAT | O_CLOEXEC, 0666));
}

void sys_close(int fd)
{
	/* Linux frees the descriptor whatever close(2) returns. */
	close(fd);
}

int sys_dup(int fd)
{
	return result(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

int sys_get_flags(int fd)
{
	return result(fcntl(fd, F_GETFL));
}

int sys_set_flags(int fd, int flags)
{
	return result(fcntl(fd, F_SETFL, flags));
}

/* By stat(2), which every filter permits. */
static struct sys_stat stat_of(const struct stat *st)
{
	return (struct sys_stat){
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.rdev = st->st_rdev,
		.size = (uint64_t)st->st_size,
		.block_size = (uint32_t)st->st_blksize,
	};
}

int sys_stat_path(const char *path, struct sys_stat *out)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*out = stat_of(&st);
	return 0;
}

int sys_stat_fd(int fd, struct sys_stat *out)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*out = stat_of(&st);
	return 0;
}

int sys_size(int fd, uint64_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return -errno;
	*size = (uint64_t)end;
	return 0;
}

int sys_block_device_size(int fd, uint64_t *size)
{
	return control(fd, BLKGETSIZE64, size);
}

int sys_fs_magic(int fd, uint64_t *magic)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	/* f_type is a long: with 32 bits, bit 31 of some would become a
	 * sign. */
	*magic = (uint32_t)fs.f_type;
	return 0;
}

/* No flag, so that the query does not write back dirty pages. */
int sys_extents(int fd, uint64_t offset, uint64_t length,
		struct sys_extent extents[SYS_EXTENTS])
{
	const uint32_t marks = FIEMAP_EXTENT_ENCODED |
			       FIEMAP_EXTENT_DATA_INLINE |
			       FIEMAP_EXTENT_DATA_TAIL;
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) +
			  SYS_EXTENTS * sizeof(struct fiemap_extent)];
	} question;
	const struct fiemap_extent *extent = question.map.fm_extents;
	uint32_t i;
	int r;

	memset(&question, 0, sizeof(question));
	question.map.fm_start = offset;
	question.map.fm_length = length;
	question.map.fm_extent_count = SYS_EXTENTS;
	r = control(fd, FS_IOC_FIEMAP, &question.map);
	if (r < 0)
		return r;
	for (i = 0; i < question.map.fm_mapped_extents; i++)
		extents[i] = (struct sys_extent){
			.start = extent[i].fe_logical,
			.end = extent[i].fe_logical + extent[i].fe_length,
			.marked = extent[i].fe_flags & marks,
		};
	return (int)question.map.fm_mapped_extents;
}

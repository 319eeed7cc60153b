/* SPDX-License-Identifier: MIT */
/* How the page cache holds a file. */
#include "file/file.h"

#include <errno.h>

#include <linux/magic.h>

#include "sys/sys.h"

/* XFS has blocks of up to 64 KiB, and reports them as st_blksize. Other
 * file systems report a preferred length there, which is not a unit of the page
 * cache. */
#define UNIT_MAX 65536u

static uint64_t cache_unit(const struct sys_stat *st)
{
	const uint64_t page = sys_page_size();
	const uint64_t block = st->block_size;

	return block > page && block <= UNIT_MAX && (block & (block - 1)) == 0 ?
	       block : page;
}

static bool is_overlay(const struct dmaload_file *file)
{
	uint64_t magic;

	return !file->block_device && sys_fs_magic(file->fd, &magic) == 0 &&
	       magic == OVERLAYFS_SUPER_MAGIC;
}

void file_learn_cache(struct dmaload_file *file, const struct sys_stat *st)
{
	file->cache_unit = cache_unit(st);
	file->overlay = is_overlay(file);
}

/* The kernel does not report what is below an overlay; but tmpfs has no
 * extents. */
bool file_is_memory(const struct dmaload_file *file)
{
	struct sys_extent extents[SYS_EXTENTS];
	uint64_t magic;

	if (file->overlay)
		return sys_extents(file->fd, 0, UINT64_MAX, extents) ==
		       -EOPNOTSUPP;
	return sys_fs_magic(file->fd, &magic) == 0 &&
	       (magic == TMPFS_MAGIC || magic == RAMFS_MAGIC ||
		magic == HUGETLBFS_MAGIC);
}

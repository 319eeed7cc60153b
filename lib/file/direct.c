/* SPDX-License-Identifier: MIT */
/*
 * The second fd of a file, for direct I/O. One description cannot serve both
 * ways, since O_DIRECT is a property of the description.
 */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "sys/error.h"
#include "sys/filter.h"
#include "sys/sys.h"
#include "sys/text.h"

/* Used if STATX_DIOALIGN reports nothing, or is not queried: no block size in
 * use is larger. */
#define BLOCK_UNKNOWN 4096u

int file_reopen(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return sys_open(path, O_NOCTTY | flags);
}

static int access_of(const struct dmaload_file *file)
{
	if (!file->writable)
		return O_RDONLY;
	return file->readable ? O_RDWR : O_WRONLY;
}

/* Without /proc, open the path again; it may lead to another file by now. */
static int open_same(const struct dmaload_file *file)
{
	struct sys_stat st;
	int fd;

	fd = sys_open(file->name, access_of(file) | O_DIRECT | O_NONBLOCK |
				  O_NOCTTY);
	if (fd < 0)
		return fd;
	if (sys_stat_fd(fd, &st) == 0 && st.dev == file->dev &&
	    st.ino == file->ino && sys_set_flags(fd, O_DIRECT) == 0)
		return fd;
	sys_close(fd);
	return -ESTALE;
}

/* A file system that accepts O_DIRECT and still reads through the page cache
 * also reads ahead (btrfs: 4 MiB), farther than a load has queried. Those pages
 * would be taken for resident before. */
static int open_anew(const struct dmaload_file *file)
{
	const int flags = file->shared ? sys_get_flags(file->fd) : 0;
	int fd;

	fd = file_reopen(file->fd, access_of(file) | O_DIRECT);
	/* The readahead of that description belongs to the caller. */
	if (fd < 0 && file->shared && flags >= 0 && (flags & O_DIRECT))
		return sys_dup(file->fd);
	if (fd == -ENOENT && !file->shared)
		fd = open_same(file);
	if (fd >= 0)
		sys_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return fd;
}

/* In units of the coarser one, a read that fits once always fits. */
static void learn_alignment(struct dmaload_file *file)
{
	struct sys_stat st;

	file->block = file->mem_align = BLOCK_UNKNOWN;
	if (filter_permits(DMALOAD_SYSCALLS_ALL) &&
	    sys_stat_direct(file->direct_fd, &st) == 0 && st.dio_known) {
		file->block = st.dio_offset_align;
		file->mem_align = st.dio_mem_align;
		file->align_known = true;
	}
	if (file->block < file->mem_align && file->block != 0)
		file->block = file->mem_align;
}

/* Keep the alignment that was learned, since other loads may be reading by it.
 * Called with the lock held. */
static int open_direct(struct dmaload_file *file, char *why, size_t size)
{
	if (file->direct_fd < 0) {
		file->direct_fd = open_anew(file);
		if (file->direct_fd >= 0)
			learn_alignment(file);
	}
	if (file->direct_fd < 0) {
		text_format(why, size, "cannot open %s with O_DIRECT: %s (%s)",
			    file->name, error_name(file->direct_fd),
			    error_text(file->direct_fd));
		return file->direct_fd;
	}
	if (file->block == 0 || file->mem_align == 0) {
		text_format(why, size, "the file system has no direct I/O for "
			    "%s (STATX_DIOALIGN is 0)", file->name);
		return -EOPNOTSUPP;
	}
	return 0;
}

int file_open_direct(struct dmaload_file *file, char *why, size_t size)
{
	int r;

	pthread_mutex_lock(&file->lock);
	r = open_direct(file, why, size);
	pthread_mutex_unlock(&file->lock);
	return r;
}

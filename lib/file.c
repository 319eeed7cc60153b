/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "sys.h"

/* Where STATX_DIOALIGN says nothing: no block size in use is larger. */
#define BLOCK_UNKNOWN 4096u

static int check_kind(mode_t mode, const char *name, struct dmaload_error *err)
{
	const char *kind = "something that is not a file";

	if (S_ISREG(mode) || S_ISBLK(mode))
		return 0;
	if (S_ISDIR(mode))
		return fail(err, -EISDIR, "%s is a directory: name a file in it",
			    name);
	if (S_ISFIFO(mode))
		kind = "a pipe";
	else if (S_ISSOCK(mode))
		kind = "a socket";
	else if (S_ISCHR(mode))
		kind = "a character device";
	return fail(err, -ESPIPE, "%s is %s: only regular files and block "
		    "devices can be loaded at an offset", name, kind);
}

/* Not by lseek(): the offset may be the caller's. */
static int size_now(const struct dmaload_file *file, const struct sys_stat *st,
		    uint64_t *size)
{
	*size = st->size;
	return S_ISBLK(st->mode) ? sys_block_device_size(file->fd, size) : 0;
}

bool file_ends_at(const struct dmaload_file *file, uint64_t offset)
{
	struct sys_stat st;
	uint64_t size;

	return sys_stat_fd(file->fd, &st) < 0 ||
	       size_now(file, &st, &size) < 0 || size <= offset;
}

/* What holds for an open fd, however it was come by. */
static int file_adopt(struct dmaload_file *file, struct dmaload_error *err)
{
	struct sys_stat st;
	int r;

	r = sys_stat_fd(file->fd, &st);
	if (r < 0)
		return fail(err, r, "%s: %s", file->name, error_text(r));
	r = check_kind(st.mode, file->name, err);
	if (r < 0)
		return r;
	r = size_now(file, &st, &file->size);
	if (r < 0)
		return fail(err, r, "the size of %s: %s", file->name,
			    error_text(r));
	if (file->size == 0)
		return fail(err, -ENODATA, "%s is empty: there is nothing to "
			    "load", file->name);

	file->dev = st.dev;
	file->ino = st.ino;
	return 0;
}

static struct dmaload_file *file_new(const char *name)
{
	struct dmaload_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->fd = -1;
	file->direct_fd = -1;
	file->name = strdup(name);
	if (!file->name) {
		free(file);
		return NULL;
	}
	return file;
}

/*
 * The kind is looked at before the open, since to open a device can have an
 * effect (a watchdog starts), and again after it, since a path can be changed
 * in between; O_NONBLOCK keeps a pipe that slips in from blocking. It is taken
 * off again: io_uring takes it as a wish to fail with EAGAIN rather than wait.
 */
static int open_path(const char *path, struct dmaload_error *err)
{
	struct sys_stat st;
	int fd, r;

	r = sys_stat_path(path, &st);
	if (r == 0)
		r = check_kind(st.mode, path, err);
	else
		fail(err, r, "%s: %s", path, error_text(r));
	if (r < 0)
		return r;

	fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail(err, fd, "%s cannot be opened for reading: %s", path,
			    error_text(fd));
	r = sys_set_flags(fd, 0);
	if (r < 0) {
		sys_close(fd);
		return fail(err, r, "%s: %s", path, error_text(r));
	}
	return fd;
}

int dmaload_file_open(struct dmaload_file **out, const char *path,
		      struct dmaload_error *err)
{
	struct dmaload_file *file;
	int r;

	if (!out || !path)
		return fail(err, -EINVAL, "a file needs a path and a place to "
			    "put it");
	file = file_new(path);
	if (!file)
		return fail(err, -ENOMEM, "no memory for a file's record");

	r = file->fd = open_path(path, err);
	if (r >= 0)
		r = file_adopt(file, err);
	if (r < 0) {
		dmaload_file_close(file);
		return r;
	}
	*out = file;
	return 0;
}

/* Open the file of fd anew; only this way are its flags our own. */
static int reopen(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return sys_open(path, O_RDONLY | O_NOCTTY | flags);
}

int dmaload_file_from_fd(struct dmaload_file **out, int fd,
			 struct dmaload_error *err)
{
	struct dmaload_file *file;
	struct sys_stat st;
	char name[32];
	int flags, r;

	if (!out)
		return fail(err, -EINVAL, "no place to put the file");
	snprintf(name, sizeof(name), "fd %d", fd);
	flags = sys_get_flags(fd);
	if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
		return fail(err, -EBADF, "%s is not open for reading", name);
	r = sys_stat_fd(fd, &st);
	if (r < 0)
		return fail(err, r, "%s: %s", name, error_text(r));
	r = check_kind(st.mode, name, err);
	if (r < 0)
		return r;

	file = file_new(name);
	if (!file)
		return fail(err, -ENOMEM, "no memory for a file's record");
	file->fd = reopen(fd, 0);
	if (file->fd < 0) {
		file->shared = true;
		r = file->fd = sys_dup(fd);
		if (r < 0)
			fail(err, r, "%s cannot be duplicated: %s", name,
			     error_text(r));
	}
	if (r >= 0)
		r = file_adopt(file, err);
	if (r < 0) {
		dmaload_file_close(file);
		return r;
	}
	*out = file;
	return 0;
}

void dmaload_file_close(struct dmaload_file *file)
{
	if (!file)
		return;
	if (file->direct_fd >= 0)
		sys_close(file->direct_fd);
	if (file->fd >= 0)
		sys_close(file->fd);
	free(file->name);
	free(file);
}

uint64_t dmaload_file_size(const struct dmaload_file *file)
{
	return file->size;
}

const char *dmaload_file_name(const struct dmaload_file *file)
{
	return file->name;
}

/* Without /proc there is still the path; it may lead to another file by now. */
static int open_same(const struct dmaload_file *file)
{
	struct sys_stat st;
	int fd;

	fd = sys_open(file->name, O_RDONLY | O_DIRECT | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (sys_stat_fd(fd, &st) == 0 && st.dev == file->dev &&
	    st.ino == file->ino && sys_set_flags(fd, O_DIRECT) == 0)
		return fd;
	sys_close(fd);
	return -ESTALE;
}

int file_open_direct(struct dmaload_file *file, char *why, size_t size)
{
	struct sys_stat st;
	int flags, fd = file->direct_fd;

	if (fd < 0) {
		fd = reopen(file->fd, O_DIRECT);
		flags = file->shared ? sys_get_flags(file->fd) : 0;
		if (fd < 0 && file->shared && flags >= 0 && (flags & O_DIRECT))
			fd = sys_dup(file->fd);
		else if (fd == -ENOENT && !file->shared)
			fd = open_same(file);
		file->direct_fd = fd;
	}
	if (fd < 0) {
		snprintf(why, size, "%s cannot be opened with O_DIRECT: %s (%s)",
			 file->name, error_name(fd), error_text(fd));
		return 1;
	}

	file->block = file->mem_align = BLOCK_UNKNOWN;
	if (sys_stat_fd(fd, &st) == 0 && st.dio_known) {
		file->block = st.dio_offset_align;
		file->mem_align = st.dio_mem_align;
	}
	if (file->block == 0 || file->mem_align == 0) {
		snprintf(why, size, "the file system does no direct I/O on %s "
			 "(STATX_DIOALIGN is 0)", file->name);
		return 1;
	}
	/* In units of the coarser one, where one read fits the next one does. */
	if (file->block < file->mem_align)
		file->block = file->mem_align;
	return 0;
}

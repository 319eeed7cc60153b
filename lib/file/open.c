/* SPDX-License-Identifier: MIT */
/* Opening a file: a path to load from or to store to, or the caller's fd. */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "file/inode.h"
#include "sys/error.h"
#include "sys/sys.h"

struct open_mode {
	/* For a store: create the file if needed. */
	bool create;
	bool exclusive;
};

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

/* Use the fd as it is, and learn about the file. */
static int adopt(struct dmaload_file *file, struct dmaload_error *err)
{
	struct sys_stat st;
	uint64_t size;
	int r;

	r = sys_stat_fd(file->fd, &st);
	if (r < 0)
		return fail(err, r, "cannot query %s: %s",
			    file->name, error_text(r));
	r = check_kind(st.mode, file->name, err);
	if (r < 0)
		return r;
	r = file_query_size(file, &st, &size);
	if (r < 0)
		return fail(err, r, "cannot query the size of %s: %s",
			    file->name,
			    error_text(r));
	if (size == 0 && !file->writable)
		return fail(err, -ENODATA, "%s is empty: there is nothing to "
			    "load", file->name);

	atomic_init(&file->size, size);
	file->block_device = S_ISBLK(st.mode);
	file->dev = st.dev;
	file->ino = st.ino;
	file_learn_cache(file, &st);
	file->inode = inode_get(file->block_device, file->block_device ?
				st.rdev : st.dev,
				file->block_device ? 0 : st.ino);
	if (!file->inode)
		return fail(err, -ENOMEM, "no memory for a file's record");
	return 0;
}

static void set_access(struct dmaload_file *file, int flags)
{
	file->readable = (flags & O_ACCMODE) != O_WRONLY;
	file->writable = (flags & O_ACCMODE) != O_RDONLY;
}

/* The library uses ENODATA and ESPIPE for conditions of files. */
static int refused(const char *path, int code, const char *what,
		   struct dmaload_error *err)
{
	return fail(err, code == -ENODATA || code == -ESPIPE ? -EIO : code,
		    "cannot open %s%s: %s (%s)", path, what, error_text(code),
		    error_name(code));
}

/*
 * The kind is checked before the open, since opening a device can have an
 * effect (a watchdog starts). It is checked again after it, since the path can
 * be changed in between. O_NONBLOCK keeps a pipe that slips in from blocking.
 * It is cleared afterwards: io_uring takes it as a wish to fail with EAGAIN
 * rather than wait.
 */
static int open_path(const char *path, struct open_mode mode,
		     struct dmaload_error *err)
{
	const int flags = O_NONBLOCK | O_NOCTTY;
	struct sys_stat st;
	int fd, r;

	r = sys_stat_path(path, &st);
	if (r == 0)
		r = check_kind(st.mode, path, err);
	else
		r = mode.create ? 0 : refused(path, r, "", err);
	if (r < 0)
		return r;

	fd = mode.create ?
	     sys_create(path, flags | O_RDWR | (mode.exclusive ? O_EXCL : 0)) :
	     sys_open(path, flags | O_RDONLY);
	if (fd < 0)
		return refused(path, fd, mode.create ? " for writing" :
			       " for reading", err);
	r = sys_set_flags(fd, 0);
	if (r < 0) {
		sys_close(fd);
		return fail(err, r, "cannot set the flags of %s: %s", path,
			    error_text(r));
	}
	return fd;
}

/* Complete a file. fd is an error, or becomes the file's. */
static int finish(struct dmaload_file **out, struct dmaload_file *file, int fd,
		  struct dmaload_error *err)
{
	int r = fd;

	file->fd = fd;
	if (r >= 0)
		r = adopt(file, err);
	if (r < 0) {
		file_unref(file);
		return r;
	}
	*out = file;
	return 0;
}

static int make_file(struct dmaload_file **out, const char *path,
		     struct open_mode mode, struct dmaload_error *err)
{
	struct dmaload_file *file;

	if (!out || !path)
		return fail(err, -EINVAL, "a file needs a path, and a pointer "
			    "to return it in");
	file = file_new(path);
	if (!file)
		return fail(err, -ENOMEM, "no memory for a file's record");
	set_access(file, mode.create ? O_RDWR : O_RDONLY);
	return finish(out, file, open_path(path, mode, err), err);
}

int dmaload_file_open(struct dmaload_file **out, const char *path,
		      struct dmaload_error *err)
{
	return make_file(out, path, (struct open_mode){ .create = false }, err);
}

int dmaload_file_create(struct dmaload_file **out, const char *path,
			int exclusive, struct dmaload_error *err)
{
	return make_file(out, path, (struct open_mode){
		.create = true, .exclusive = exclusive != 0,
	}, err);
}

/* Reopen the file, so that the flags are ours; a dup would share the
 * caller's. */
static int adopt_fd(struct dmaload_file *file, int fd, int flags,
		    struct dmaload_error *err)
{
	int reopened = file_reopen(fd, flags & O_ACCMODE);

	if (reopened >= 0)
		return reopened;
	if (flags & O_APPEND && file->writable)
		return fail(err, -EINVAL, "cannot store into %s: it was opened "
			    "with O_APPEND, so writes go to its end, and it "
			    "cannot be reopened (%s); open it without O_APPEND",
			    file->name, error_text(reopened));
	file->shared = true;
	file->direct_only = flags & O_DIRECT;
	reopened = sys_dup(fd);
	if (reopened < 0)
		return fail(err, reopened, "cannot duplicate %s: %s",
			    file->name, error_text(reopened));
	return reopened;
}

int file_query(int fd, const char *name, struct sys_stat *st,
	       struct dmaload_error *err)
{
	int flags = sys_get_flags(fd), r;

	if (flags < 0 || (flags & O_PATH))
		return fail(err, -EBADF, "%s is not open", name);
	r = sys_stat_fd(fd, st);
	if (r < 0)
		return fail(err, r, "cannot query %s: %s", name, error_text(r));
	return flags;
}

int dmaload_file_from_fd(struct dmaload_file **out, int fd,
			 struct dmaload_error *err)
{
	struct dmaload_file *file;
	struct sys_stat st;
	char name[32];
	int flags, r;

	if (!out)
		return fail(err, -EINVAL, "the pointer for the file is NULL");
	snprintf(name, sizeof(name), "fd %d", fd);
	flags = file_query(fd, name, &st, err);
	if (flags < 0)
		return flags;
	r = check_kind(st.mode, name, err);
	if (r < 0)
		return r;

	file = file_new(name);
	if (!file)
		return fail(err, -ENOMEM, "no memory for a file's record");
	set_access(file, flags);
	return finish(out, file, adopt_fd(file, fd, flags, err), err);
}

/* SPDX-License-Identifier: MIT */
/* Files that can only be read forward: they have no size, and a position. */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sys/error.h"
#include "sys/sys.h"

static int check_stream(int fd, int flags, mode_t mode,
			struct dmaload_error *err)
{
	if ((flags & O_ACCMODE) == O_WRONLY)
		return fail(err, -EBADF, "fd %d is not open for reading", fd);
	if (S_ISFIFO(mode) || S_ISSOCK(mode) || S_ISCHR(mode))
		return 0;
	return fail(err, -EINVAL, "fd %d is %s, not a stream", fd,
		    S_ISDIR(mode) ? "a directory" : "a file: open it as one");
}

int dmaload_file_from_stream(struct dmaload_file **out, int fd,
			     struct dmaload_error *err)
{
	struct dmaload_file *file;
	struct sys_stat st;
	char name[32];
	int flags, r;

	if (!out)
		return fail(err, -EINVAL, "the pointer for the stream is NULL");
	snprintf(name, sizeof(name), "fd %d", fd);
	flags = file_query(fd, name, &st, err);
	r = flags < 0 ? flags : check_stream(fd, flags, st.mode, err);
	if (r < 0)
		return r;

	file = file_new(name);
	if (!file)
		return fail(err, -ENOMEM, "no memory for a stream's record");
	file->stream = file->readable = file->shared = true;
	atomic_init(&file->size, UINT64_MAX);
	r = file->fd = sys_dup(fd);
	if (r < 0) {
		file_unref(file);
		return fail(err, r, "cannot duplicate %s: %s", name,
			    error_text(r));
	}
	*out = file;
	return 0;
}

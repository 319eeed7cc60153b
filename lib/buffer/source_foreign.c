/* SPDX-License-Identifier: MIT */
#include "buffer/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "buffer/buffer.h"
#include "sys/error.h"
#include "sys/sys.h"
#include "sys/uapi.h"

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "a regular file or memfd";
	case S_IFDIR: return "a directory";
	case S_IFCHR: return "a character device";
	case S_IFBLK: return "a block device";
	case S_IFIFO: return "a pipe";
	case S_IFSOCK: return "a socket";
	}
	return "something else";
}

/* The inode of a dma-buf lives on a file system with its own magic. */
static int check_is_dmabuf(int fd, struct dmaload_error *err)
{
	struct sys_stat st;
	uint64_t magic;
	int r;

	r = sys_fs_magic(fd, &magic);
	if (r == 0 && magic == DMA_BUF_MAGIC)
		return 0;
	if (r == -EBADF)
		return fail(err, r, "fd %d is not open", fd);
	if (sys_stat_fd(fd, &st) < 0)
		st.mode = 0;
	return fail(err, -EBADFD, "fd %d is not a dma-buf but %s: pass the fd "
		    "that an exporter gave out", fd, kind(st.mode));
}

static int foreign_open(struct dmaload_buffer *buffer,
			const struct source_request *request,
			struct dmaload_error *err)
{
	uint64_t size;
	int fd, flags = 0, r;

	r = check_is_dmabuf(request->fd, err);
	if (r < 0)
		return r;
	fd = sys_dup(request->fd);
	if (fd < 0)
		return fail(err, fd, "cannot duplicate fd %d: %s",
			    request->fd, error_text(fd));

	r = sys_size(fd, &size);
	if (r == 0)
		flags = r = sys_get_flags(fd);
	if (r < 0) {
		sys_close(fd);
		return fail(err, r, "cannot query the size and mode of dma-buf "
			    "fd %d: %s", request->fd, error_text(r));
	}

	buffer->fd = buffer->map_fd = fd;
	buffer->size = size;
	buffer->writable = (flags & O_ACCMODE) == O_RDWR;
	snprintf(buffer->label, sizeof(buffer->label), "foreign");
	return 0;
}

const struct source_ops source_foreign = {
	.name = "foreign",
	.fds = 1,
	.open = foreign_open,
	.dmabuf = true,
};

/* SPDX-License-Identifier: MIT */
/*
 * Receives: an open DRM node, and a size, a GEM handle or a buffer.
 * Hands on: a buffer that libdmaload has adopted, or a GEM handle.
 * Always:   after a failure, no handle and no fd of this library is left.
 */
#include <dmaload-drm.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "common/error.h"

/*
 * 32 bits are the one depth that every driver accepts. A row has 4096 bytes, so
 * a driver that aligns rows, to 64 bytes or to 4096, adds nothing to it. It
 * rounds the whole up to pages, which may be larger.
 */
enum { BITS = 32, ROW_PIXELS = 1024, ROW_BYTES = ROW_PIXELS * BITS / 8 };

static int __attribute__((format(printf, 3, 4)))
fail(struct dmaload_error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_fill(err, code, format, args);
	va_end(args);
	return code;
}

/*
 * Report the failure of a call on drm_fd. Only now query whether it is a DRM
 * device at all, as the kernel checks that anyway. An unplugged device returns
 * ENODEV here too, and keeps its first code.
 */
static int __attribute__((format(printf, 4, 5)))
refuse(struct dmaload_error *err, int drm_fd, int code, const char *format, ...)
{
	drmVersion *version = drmGetVersion(drm_fd);
	char what[DMALOAD_MESSAGE_SIZE];
	va_list args;

	if (!version && errno == EBADF)
		return fail(err, -EBADF, "fd %d is not open", drm_fd);
	if (!version && errno == ENOTTY)
		return fail(err, -EBADFD, "fd %d is not a DRM device: open a "
			    "node of /dev/dri or /dev/accel", drm_fd);
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	fail(err, code, "DRM fd %d (%s) %s", drm_fd,
	     version ? version->name : "of an unknown driver", what);
	drmFreeVersion(version);
	return code;
}

static int adopt(struct dmaload_buffer **out, int drm_fd, uint32_t handle,
		 struct dmaload_error *err)
{
	struct dmaload_error reason;
	int fd, r;

	if (drmPrimeHandleToFD(drm_fd, handle, DRM_CLOEXEC | DRM_RDWR, &fd) < 0) {
		r = -errno;
		return refuse(err, drm_fd, r, "cannot export GEM handle %" PRIu32
			      " as a dma-buf: %s", handle, error_describe(r));
	}
	r = dmaload_buffer_from_fd(out, fd, &reason);
	close(fd);
	if (r < 0)
		return refuse(err, drm_fd, r, "exports GEM handle %" PRIu32
			      ", but %s", handle, reason.message);
	return 0;
}

/*
 * DRM_CAP_DUMB_BUFFER is not queried: the allocation returns ENOSYS for the
 * same reason. A driver without displays may have dumb buffers and no such
 * capability (EOPNOTSUPP from vgem, Linux 6.12).
 */
static int allocate(int drm_fd, uint64_t size, uint32_t *handle,
		    struct dmaload_error *err)
{
	const uint32_t rows = (uint32_t)((size + ROW_BYTES - 1) / ROW_BYTES);
	const char *remedy = "";
	uint64_t made;
	uint32_t pitch;
	int r;

	r = drmModeCreateDumbBuffer(drm_fd, ROW_PIXELS, rows, BITS, 0, handle,
				    &pitch, &made);
	if (r >= 0)
		return 0;
	if (r == -EACCES)
		remedy = ": render nodes have none, open the card's node";
	else if (r == -ENOSYS)
		remedy = ": the driver has none, allocate by its own ioctl";
	return refuse(err, drm_fd, r, "cannot allocate a dumb buffer of %" PRIu64
		      " bytes: %s%s", size, error_describe(r), remedy);
}

static int check_size(uint64_t size, struct dmaload_error *err)
{
	const uint64_t most = UINT32_MAX + UINT64_C(1) -
			      (uint64_t)sysconf(_SC_PAGESIZE);

	if (size == 0)
		return fail(err, -EINVAL, "a buffer needs a size of at least 1 "
			    "byte");
	if (size > most)
		return fail(err, -EOVERFLOW, "a dumb buffer has %" PRIu64 " bytes "
			    "at most, not %" PRIu64 ": spread the load over "
			    "several, or allocate by the driver's own ioctl",
			    most, size);
	return 0;
}

int dmaload_drm_buffer_create(struct dmaload_buffer **out, int drm_fd,
			      uint64_t size, struct dmaload_error *err)
{
	struct dmaload_buffer *buffer = NULL;
	uint32_t handle;
	int r;

	if (!out)
		return fail(err, -EINVAL, "the pointer for the buffer is NULL");
	r = check_size(size, err);
	if (r == 0)
		r = allocate(drm_fd, size, &handle, err);
	if (r < 0)
		return r;

	r = adopt(&buffer, drm_fd, handle, err);
	/* The dma-buf keeps the memory of the handle. */
	if (drmCloseBufferHandle(drm_fd, handle) < 0 && r == 0)
		r = refuse(err, drm_fd, -errno, "does not close the GEM handle "
			   "of the buffer that it has just made");
	if (r == 0 && dmaload_buffer_size(buffer) < size)
		r = fail(err, -ENOSPC, "DRM fd %d made a buffer of %" PRIu64
			 " bytes, not of %" PRIu64, drm_fd,
			 dmaload_buffer_size(buffer), size);
	if (r < 0) {
		dmaload_buffer_destroy(buffer);
		return r;
	}
	*out = buffer;
	return 0;
}

int dmaload_drm_buffer_from_handle(struct dmaload_buffer **out, int drm_fd,
				   uint32_t handle, struct dmaload_error *err)
{
	if (!out)
		return fail(err, -EINVAL, "the pointer for the buffer is NULL");
	return adopt(out, drm_fd, handle, err);
}

/* The inode of a dma-buf lives on a file system with its own magic. */
static int is_dmabuf(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DMA_BUF_MAGIC;
}

/*
 * The kernel refuses an fd that is not a dma-buf; only then is the reason
 * searched. The caller's own memory has the fd -1.
 */
int dmaload_drm_import(int drm_fd, const struct dmaload_buffer *buffer,
		       uint32_t *handle, struct dmaload_error *err)
{
	const char *source;
	int r;

	if (!buffer || !handle)
		return fail(err, -EINVAL, "an import needs a buffer, and a "
			    "pointer to return the handle in");
	if (drmPrimeFDToHandle(drm_fd, dmaload_buffer_fd(buffer), handle) >= 0)
		return 0;
	r = -errno;
	source = dmaload_buffer_source(buffer);
	if (!is_dmabuf(dmaload_buffer_fd(buffer)))
		return fail(err, -EBADFD, "a buffer from \"%s\" is not a "
			    "dma-buf, so no device can import it: load into "
			    "one of a heap",
			    source);
	return refuse(err, drm_fd, r, "cannot import the buffer from \"%s\": %s",
		      source, error_describe(r));
}

int dmaload_drm_handle_close(int drm_fd, uint32_t handle,
			     struct dmaload_error *err)
{
	int r;

	if (drmCloseBufferHandle(drm_fd, handle) >= 0)
		return 0;
	r = -errno;
	return refuse(err, drm_fd, r, "cannot close GEM handle %" PRIu32 ": %s",
		      handle, error_describe(r));
}

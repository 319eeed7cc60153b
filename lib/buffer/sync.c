/* SPDX-License-Identifier: MIT */
/* Brackets around the CPU's access, by DMA_BUF_IOCTL_SYNC. */
#include "buffer/buffer.h"

#include <errno.h>

#include <linux/dma-buf.h>

#include "sys/error.h"
#include "sys/sys.h"

/*
 * The kernel continues the wait for fences where it stopped, so both codes are
 * documented to be repeated, without a bound. A bound would turn a slow device
 * into a failed load.
 */
static int buffer_sync(struct dmaload_buffer *buffer, unsigned access,
		       uint64_t edge, const char *what,
		       struct dmaload_error *err)
{
	uint64_t flags = edge;
	int r;

	if (access == 0 || (access & ~(DMALOAD_ACCESS_READ | DMALOAD_ACCESS_WRITE)))
		return fail(err, -EINVAL, "access %#x is invalid: use "
			    "DMALOAD_ACCESS_READ, DMALOAD_ACCESS_WRITE or both",
			    access);
	if (access & DMALOAD_ACCESS_READ)
		flags |= DMA_BUF_SYNC_READ;
	if (access & DMALOAD_ACCESS_WRITE)
		flags |= DMA_BUF_SYNC_WRITE;

	r = dmaload_buffer_wait(buffer, err);
	/* Devices reach memory only by the fd of a dma-buf. */
	if (r < 0 || !buffer->ops->dmabuf)
		return r;
	do {
		r = sys_dmabuf_sync(buffer->fd, flags);
	} while (r == -EINTR || r == -EAGAIN);
	if (r < 0)
		return fail(err, error_of_others(r, false), "cannot %s the "
			    "CPU's access to the %s buffer by "
			    "DMA_BUF_IOCTL_SYNC: %s (%s)",
			    what, buffer->label, error_text(r),
			    error_name(r));
	return 0;
}

int dmaload_buffer_begin(struct dmaload_buffer *buffer, unsigned access,
			 struct dmaload_error *err)
{
	return buffer_sync(buffer, access, DMA_BUF_SYNC_START, "begin", err);
}

int dmaload_buffer_end(struct dmaload_buffer *buffer, unsigned access,
		       struct dmaload_error *err)
{
	return buffer_sync(buffer, access, DMA_BUF_SYNC_END, "end", err);
}

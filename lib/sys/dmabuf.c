/* SPDX-License-Identifier: MIT */
/* Memory that a device can share: heaps, memfds, udmabufs, and brackets. */
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "sys/result.h"

/* bionic has memfd_create() since Android 11. */
int sys_memfd(const char *name, unsigned flags)
{
	return result(syscall(SYS_memfd_create, name, flags));
}

int sys_truncate(int fd, uint64_t size)
{
	return result(ftruncate(fd, (off_t)size));
}

int sys_seal(int fd, int seals)
{
	return result(fcntl(fd, F_ADD_SEALS, seals));
}

int sys_heap_alloc(int heap_fd, uint64_t size)
{
	/* Without O_RDWR the dma-buf is read-only, and mmap() returns
	 * EACCES. */
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	const int r = control(heap_fd, DMA_HEAP_IOCTL_ALLOC, &data);

	return r < 0 ? r : (int)data.fd;
}

int sys_udmabuf(int device, int memfd, uint64_t size)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};

	return control(device, UDMABUF_CREATE, &create);
}

int sys_dmabuf_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return control(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

/* By the system call that streams use, so that filters of old calls need to
 * permit only one of them. */
bool sys_dmabuf_is_idle(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	const struct timespec now = { 0, 0 };

	return ppoll(&poll_fd, 1, &now, NULL) != 0;
}

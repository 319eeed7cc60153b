/* SPDX-License-Identifier: MIT */
/*
 * A dma-buf over a memfd.
 *
 * The dma-buf's own mapping is VM_PFNMAP, as a heap's, so direct I/O cannot pin
 * it. But the memfd's mapping is ordinary shared memory, which it can. The CPU
 * and the disk write to that mapping, and devices see the same pages. A hole
 * punched into the memfd would separate the two for good, so the library never
 * punches one, and never hands out the memfd's fd.
 *
 * "udmabuf:2M" takes reserved huge pages. They make the udmabuf in a fraction
 * of the time, and reads are not split. If there are too few, the buffer is
 * made of ordinary pages, and its note says so.
 */
#include "buffer/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/memfd.h>

#include "buffer/buffer.h"
#include "buffer/populate.h"
#include "buffer/memfd.h"
#include "buffer/room.h"
#include "buffer/udmabuf.h"
#include "sys/error.h"
#include "sys/sys.h"


static uint64_t huge_pages(const struct dmaload_buffer *buffer)
{
	return (buffer->size + UDMABUF_HUGE_PAGE - 1) / UDMABUF_HUGE_PAGE;
}

/* Reserved pages are not part of the available memory. */
static int udmabuf_source_reserve(const char *arg, uint64_t size,
				  struct promise *promise,
				  struct dmaload_error *err)
{
	const uint64_t reserved = arg ? udmabuf_huge_free() : 0;

	return size > reserved ? room_reserve(promise, ROOM_SHARED,
					      size - reserved, err) : 0;
}

static void note_absent(struct dmaload_buffer *buffer, int code)
{
	char text[32] = "unknown";

	sys_read_text(UDMABUF_HUGE_FREE, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	snprintf(buffer->note, sizeof(buffer->note), "no reserved huge pages: %"
		 PRIu64 " of 2 MiB are wanted, and free are %s (%s); see "
		 "vm.nr_hugepages", huge_pages(buffer), text,
		 error_text(code));
}

/*
 * The mapping comes before the udmabuf, since it reserves the pages. So a
 * shortage shows here, and Linux 6.12 may refuse to map afterwards. Return 0,
 * or why the kernel has no such memory.
 */
static int try_huge(struct dmaload_buffer *buffer)
{
	const uint64_t size = huge_pages(buffer) * UDMABUF_HUGE_PAGE;
	int fd, r;

	/* Rounding up can exceed what can be mapped. */
	if (size > SIZE_MAX || size > INT64_MAX)
		return -EOVERFLOW;
	fd = memfd_make(size, MFD_HUGETLB | MFD_HUGE_2MB, NULL);
	if (fd < 0)
		return fd;
	r = room_reserve(&buffer->promise, ROOM_HUGETLB, size, NULL);
	if (r == 0)
		r = sys_map(&buffer->map, (size_t)size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	if (r < 0) {
		promise_end(&buffer->promise);
		sys_close(fd);
		return r;
	}
	buffer->map_fd = fd;
	buffer->map_size = (size_t)size;
	buffer->reserved = true;
	snprintf(buffer->label, sizeof(buffer->label), "udmabuf:2M");
	return 0;
}

static int try_pages(struct dmaload_buffer *buffer,
		     const struct source_request *request,
		     struct dmaload_error *err)
{
	int r;

	r = source_promise(buffer, request, ROOM_SHARED, err);
	if (r == 0)
		r = memfd_make(buffer->size, 0, err);
	if (r < 0)
		return r;
	buffer->map_fd = r;
	return 0;
}

static int allocate(struct dmaload_buffer *buffer,
		    const struct source_request *request, bool huge,
		    struct dmaload_error *err)
{
	int r;

	if (huge) {
		r = try_huge(buffer);
		/* Other pages do not help against a shortage of fds. */
		if (r == -EMFILE || r == -ENFILE)
			return fail(err, r, "no fd is free for the memfd: %s",
				    error_text(r));
		if (r == 0)
			return 0;
		note_absent(buffer, r);
	}
	return try_pages(buffer, request, err);
}

static int udmabuf_source_open(struct dmaload_buffer *buffer,
			       const struct source_request *request,
			       struct dmaload_error *err)
{
	const bool huge = request->arg && strcmp(request->arg, "2M") == 0;
	int device, r;

	if (request->arg && !huge)
		return fail(err, -EINVAL, "the source \"udmabuf\" takes the "
			    "argument \"2M\" or none, not \":%s\"", request->arg);
	buffer->size = request->size;
	buffer->writable = true;
	snprintf(buffer->label, sizeof(buffer->label), "udmabuf");

	device = udmabuf_open(err);
	if (device < 0)
		return device;
	sys_close(device);
	r = udmabuf_check(buffer->size, udmabuf_limit(), err);
	return r < 0 ? r : allocate(buffer, request, huge, err);
}

/* Request huge pages, see source_memfd.c; hugetlb always has them. */
static int udmabuf_source_settle(struct dmaload_buffer *buffer,
				 const struct source_request *request,
				 struct dmaload_error *err)
{
	struct populate *after = request->after ? request->after->populate : NULL;
	int device = -1;

	sys_madvise(buffer->map, buffer->map_size, MADV_HUGEPAGE);
	if (!after) {
		device = udmabuf_open(err);
		if (device < 0)
			return device;
	}
	return populate_start(buffer, device, after, err);
}

/* If there are several buffers, all but the first open the device when their
 * turn comes. */
static int udmabuf_source_make(struct dmaload_buffer *buffer, int device,
			       struct dmaload_error *err)
{
	const int opened = device < 0 ? udmabuf_open(err) : device;
	int r;

	if (opened < 0)
		return opened;
	r = udmabuf_make(opened, buffer->map_fd, buffer->size, err);
	if (opened != device)
		sys_close(opened);
	if (r >= 0)
		buffer->fd = r;
	return r < 0 ? r : 0;
}

const struct source_ops source_udmabuf = {
	.name = "udmabuf",
	.fds = 2,
	.limit = udmabuf_limit,
	.reserve = udmabuf_source_reserve,
	.open = udmabuf_source_open,
	.settle = udmabuf_source_settle,
	.make = udmabuf_source_make,
	.dmabuf = true,
};

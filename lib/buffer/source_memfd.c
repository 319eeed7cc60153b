/* SPDX-License-Identifier: MIT */
#include "buffer/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "buffer/buffer.h"
#include "buffer/populate.h"
#include "buffer/memfd.h"
#include "buffer/pages.h"
#include "buffer/room.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Below this size, populating inline is faster than starting a thread. */
#define AT_ONCE ((uint64_t)8 << 20)

static int memfd_open(struct dmaload_buffer *buffer,
		      const struct source_request *request,
		      struct dmaload_error *err)
{
	int r;

	if (request->arg)
		return fail(err, -EINVAL, "the source \"memfd\" takes no argument, "
			    "not \":%s\"", request->arg);
	buffer->size = request->size;
	r = source_promise(buffer, request, ROOM_SHARED, err);
	if (r == 0)
		r = memfd_make(request->size, 0, err);
	if (r < 0)
		return r;

	buffer->fd = buffer->map_fd = r;
	buffer->writable = true;
	snprintf(buffer->label, sizeof(buffer->label), "memfd");
	return 0;
}

static int populate(struct dmaload_buffer *buffer, struct dmaload_error *err)
{
	int r = pages_populate(buffer->map, buffer->map_size);

	/* A kernel before 5.14: the load faults the pages in. */
	if (r == -EINVAL)
		r = 0;
	if (r < 0)
		return fail(err, r, "cannot populate %" PRIu64 " bytes of "
			    "shared memory: %s", buffer->size, error_text(r));
	promise_end(&buffer->promise);
	buffer_inspect_pages(buffer);
	return 0;
}

/*
 * The library populates the memory, for two reasons. Page faults during the
 * load cost more than the disk (0.7 instead of 0.1 CPU seconds per GB,
 * doc/design.md). And a shortage of memory is -ENOMEM now, instead of SIGBUS in
 * the middle of a copy.
 *
 * Huge pages are requested; /sys/kernel/mm/transparent_hugepage/shmem_enabled
 * decides whether the kernel uses them.
 */
static int memfd_settle(struct dmaload_buffer *buffer,
			const struct source_request *request,
			struct dmaload_error *err)
{
	struct populate *after = request->after ? request->after->populate : NULL;
	int r = -EAGAIN;

	sys_madvise(buffer->map, buffer->map_size, MADV_HUGEPAGE);
	if (buffer->size > AT_ONCE)
		r = populate_start(buffer, -1, after, NULL);
	return r < 0 ? populate(buffer, err) : 0;
}

const struct source_ops source_memfd = {
	.name = "memfd",
	.fds = 1,
	.reserve = source_reserve_shared,
	.open = memfd_open,
	.settle = memfd_settle,
};

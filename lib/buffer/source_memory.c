/* SPDX-License-Identifier: MIT */
#include "buffer/source.h"

#include <errno.h>
#include <stdio.h>

#include "buffer/buffer.h"
#include "sys/error.h"
#include "sys/sys.h"

/* There is nothing to open: the caller has the memory. */
static int memory_open(struct dmaload_buffer *buffer,
		       const struct source_request *request,
		       struct dmaload_error *err)
{
	const uintptr_t at = (uintptr_t)request->memory;
	const uintptr_t mask = sys_page_size() - 1;

	if (request->size > UINTPTR_MAX - at)
		return fail(err, -EOVERFLOW, "the memory exceeds the address "
			    "space");

	buffer->size = request->size;
	buffer->lead = at & mask;
	buffer->map = (void *)(at & ~mask);
	buffer->writable = true;
	snprintf(buffer->label, sizeof(buffer->label), "memory");
	return 0;
}

const struct source_ops source_memory = {
	.name = "memory",
	.fds = 0,
	.open = memory_open,
};

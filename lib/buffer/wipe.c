/* SPDX-License-Identifier: MIT */
#include <dmaload/buffer.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <dmaload/load.h>

#include "buffer/buffer.h"
#include "sys/error.h"

static int check(const struct dmaload_buffer *buffer, uint64_t offset,
		 uint64_t *length, struct dmaload_error *err)
{
	if (!buffer)
		return fail(err, -EINVAL, "the buffer is NULL");
	if (!buffer->writable)
		return fail(err, -EROFS, "the %s buffer is read-only: ask its "
			    "exporter for a dma-buf with O_RDWR", buffer->label);
	if (*length == 0)
		return fail(err, -EINVAL, "the length is 0: pass "
			    "DMALOAD_TO_END for all that follows");
	if (offset >= dmaload_buffer_size(buffer) ||
	    (*length != DMALOAD_TO_END &&
	     *length > dmaload_buffer_size(buffer) - offset))
		return fail(err, -ERANGE, "the %s buffer has %" PRIu64 " bytes: "
			    "%" PRIu64 " at offset %" PRIu64 " are not all "
			    "there", buffer->label, dmaload_buffer_size(buffer),
			    *length, offset);
	if (*length == DMALOAD_TO_END)
		*length = dmaload_buffer_size(buffer) - offset;
	return 0;
}

int dmaload_buffer_wipe(struct dmaload_buffer *buffer, uint64_t offset,
			uint64_t length, struct dmaload_error *err)
{
	int r;

	r = check(buffer, offset, &length, err);
	if (r == 0)
		r = dmaload_buffer_begin(buffer, DMALOAD_ACCESS_WRITE, err);
	if (r < 0)
		return r;
	/* The mapping has all these bytes, so size_t does. */
	memset((char *)dmaload_buffer_map(buffer) + offset, 0, (size_t)length);
	return dmaload_buffer_end(buffer, DMALOAD_ACCESS_WRITE, err);
}

/* SPDX-License-Identifier: MIT */
#include "job/brackets.h"

#include <errno.h>

#include "buffer/buffer.h"
#include "load/load.h"
#include "sys/sys.h"

static unsigned access_of(const struct load *load)
{
	return load->request.operation == DMALOAD_LOAD ? DMALOAD_ACCESS_WRITE :
						 DMALOAD_ACCESS_READ;
}

static int sync_begin(struct load *load, struct load_buffer *load_buffer,
		      struct dmaload_error *err)
{
	const uint64_t start = sys_now();
	int r;

	r = dmaload_buffer_begin(load_buffer->buffer, access_of(load), err);
	stats_sync(&load->stats, sys_now() - start, r == 0);
	return r;
}

static int sync_end(struct load *load, struct load_buffer *load_buffer,
		    struct dmaload_error *err)
{
	const uint64_t start = sys_now();
	int r;

	r = dmaload_buffer_end(load_buffer->buffer, access_of(load), err);
	stats_sync(&load->stats, sys_now() - start, false);
	return r;
}

/*
 * A dma-buf that is still being made has no devices attached, so it needs no
 * START. A device that maps it later sees the bytes written before, as mapping
 * makes them visible. A device that mapped it before the end is covered by the
 * START and END there.
 */
int bracket_begin(struct load *load, struct load_buffer *load_buffer)
{
	int r = 0;

	/* A transform may write anywhere, so its buffers are populated first. */
	load_buffer->early = load->request.operation == DMALOAD_LOAD &&
		     !load->request.transform.function &&
		     !buffer_is_made(load_buffer->buffer);
	if (!load_buffer->early)
		r = sync_begin(load, load_buffer, load->err);
	load_buffer->begun = r == 0;
	return r;
}

/*
 * Report the first failure, and end the bracket in any case. After -ENODATA,
 * too, the bytes must become visible: stream_load.c takes the end of a stream
 * for success.
 */
int bracket_end(struct load *load, struct load_buffer *load_buffer, int before)
{
	const bool tell = before == 0 || before == -ENODATA;
	struct dmaload_error *err = tell ? load->err : NULL;
	int r = 0;

	if (!load_buffer->begun)
		return before;
	load_buffer->begun = false;
	if (load_buffer->early && !buffer_is_made(load_buffer->buffer))
		return before;
	if (load_buffer->early)
		r = sync_begin(load, load_buffer, err);
	if (r == 0)
		r = sync_end(load, load_buffer, err);
	return tell && r < 0 ? r : before;
}

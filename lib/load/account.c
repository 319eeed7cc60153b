/* SPDX-License-Identifier: MIT */
#include "load/account.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/slot.h"
#include "load/load.h"
#include "load/progress.h"
#include "sys/error.h"
#include "sys/options.h"
#include "sys/sys.h"

void account_chunk(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;

	stats_move(&load->stats, slot->path, chunk->in_place, chunk->want);
	load->levels[chunk->level].left -= chunk->want;
	if (load->operation == DMALOAD_STORE)
		store_wrote_directly(load, slot);
	atomic_fetch_add_explicit(&load->done, chunk->want,
				  memory_order_relaxed);
}

void account_over(struct load *load)
{
	load->open_ended = false;
	plan_end(&load->plan, load->done);
	load->levels[load->published].left = 0;
	load->total = load->done;
	stats_total(&load->stats, load->done);
}

/* A buffer's pages, added to those of others; true if they are reserved. */
static bool add_pages(struct pages *sum, const struct dmaload_buffer *buffer)
{
	sum->bytes += buffer->pages.bytes;
	sum->whole += buffer->pages.whole;
	sum->present += buffer->pages.present;
	sum->huge += buffer->pages.huge;
	memcpy(sum->setting, buffer->pages.setting, sizeof(sum->setting));
	return buffer->reserved;
}

void account_pages(struct load *load)
{
	const struct dmaload_buffer *buffer;
	struct pages sum = { .bytes = 0 };
	bool reserved = true;
	int code = 0;
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++) {
		buffer = load->buffers[i].buffer;
		if (!buffer_is_made(buffer) || buffer->pages_code == -ENODATA)
			continue;
		reserved &= add_pages(&sum, buffer);
		code = code < 0 ? code : buffer->pages_code;
	}
	if (sum.bytes == 0)
		return;
	if (code == 0)
		stats_pages(&load->stats, reserved ? DMALOAD_PAGES_HUGETLB :
			    pages_kind(&sum), sum.huge);
	pages_explain(&sum, code, stats_pages_reason(&load->stats),
		      DMALOAD_REASON_SIZE);
}

/*
 * The load may go on meanwhile, so what is part of something else is read before
 * it: complete ranges and the first bytes are among those that are done, and these
 * are no more than all, which of a stream becomes less at its end.
 */
void account_look(const struct load *load, struct dmaload_progress *progress)
{
	struct dmaload_progress own = { .size = sizeof(own) };

	own.ranges_done = load_complete(load);
	own.ranges_total = load->n_wants;
	own.bytes_prefix = load->prefix;
	own.bytes_done = load->done;
	own.bytes_total = load->total;
	options_give(&own, sizeof(own), progress);
}

static int canceled(struct load *load)
{
	return fail(load->err, -ECANCELED, "canceled after %" PRIu64 " of %"
		    PRIu64 " bytes", load->done, load->total);
}

int account_stop(struct load *load)
{
	const uint64_t deadline = load->options.deadline_ns;

	if (load->stop == -ECANCELED)
		return canceled(load);
	if (deadline != 0 && sys_now() >= deadline)
		return fail(load->err, -ETIME, "the deadline passed after %"
			    PRIu64 " of %" PRIu64 " bytes", load->done,
			    load->total);
	return 0;
}

/* The progress functions that this thread is in, the innermost first. */
struct frame {
	const struct load *load;
	const struct frame *outer;
};

static _Thread_local const struct frame *frames;

bool account_in_progress(const struct engine *engine)
{
	const struct frame *frame = frames;

	while (frame && engine && frame->load->seat.engine != engine)
		frame = frame->outer;
	return frame;
}

bool account_in_progress_of(const struct load *load)
{
	const struct frame *frame = frames;

	while (frame && frame->load != load)
		frame = frame->outer;
	return frame;
}

static int call_progress(const struct load *load,
			 const struct dmaload_progress *progress)
{
	const struct frame frame = { .load = load, .outer = frames };
	int r;

	frames = &frame;
	r = progress_call(&load->options, progress);
	frames = frame.outer;
	return r;
}

int account_progress(struct load *load)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	int r;

	r = account_stop(load);
	if (r < 0 || !load->options.progress)
		return r;
	account_look(load, &progress);
	/* A signal that is sent now is the caller's. */
	if (load->signal_held)
		sys_release_xfsz(&load->signal);
	r = call_progress(load, &progress);
	if (load->signal_held)
		sys_hold_xfsz(&load->signal);
	return r != 0 ? canceled(load) : 0;
}

int account_failure(struct load *load, const struct dmaload_file *file,
		    int code, uint64_t offset)
{
	const bool writing = load->operation == DMALOAD_STORE;

	return fail(load->err, error_of_others(code, writing), "%s cannot be %s at "
		    "offset %" PRIu64 ": %s (%s)", file->name,
		    writing ? "written" : "read", offset, error_text(code),
		    error_name(code));
}

int account_short(struct load *load, const struct dmaload_file *file,
		  uint64_t offset)
{
	/* A write that takes nothing and gives no reason: the disk's fault, as is
	 * a read of nothing where the file goes on. */
	if (load->operation == DMALOAD_STORE || !file_ends_at(file, offset))
		return account_failure(load, file, -EIO, offset);
	return fail(load->err, -ENODATA, "%s ends at offset %" PRIu64 " or "
		    "before, and was %" PRIu64 " bytes long when it was opened: "
		    "it has been cut off", file->name, offset,
		    atomic_load(&file->size));
}

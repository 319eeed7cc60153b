/* SPDX-License-Identifier: MIT */
#include "job/pages_note.h"

#include <errno.h>
#include <string.h>

#include "buffer/buffer.h"
#include "load/load.h"
#include "sys/text.h"

/* Add a buffer's pages to the sum. Return true if they are reserved. */
static bool add_pages(struct pages *sum, const struct dmaload_buffer *buffer)
{
	sum->bytes += buffer->pages.bytes;
	sum->whole += buffer->pages.whole;
	sum->present += buffer->pages.present;
	sum->huge += buffer->pages.huge;
	memcpy(sum->setting, buffer->pages.setting, sizeof(sum->setting));
	return buffer->reserved;
}

/* The first buffer that falls short of the request speaks for all. */
static void explain_pages(struct load *load, const struct pages *sum, int code,
			  const char *note)
{
	char *reason = stats_pages_reason(&load->stats);

	pages_explain(sum, code, reason, DMALOAD_REASON_SIZE);
	if (note[0])
		text_format(reason, DMALOAD_REASON_SIZE, "%s; %s", note, reason);
}

/* The name is all that is known of how a heap is mapped. */
static void note_uncached(struct load *load)
{
	const struct dmaload_buffer *buffer;
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++) {
		buffer = load->buffers[i].buffer;
		if (!buffer->uncached)
			continue;
		text_format(stats_pages_reason(&load->stats), DMALOAD_REASON_SIZE,
			    "the heap %s is uncached, by its name: the CPU "
			    "reads it slowly, as a store or a comparison does",
			    buffer->label);
		break;
	}
}

void pages_note(struct load *load)
{
	const struct dmaload_buffer *buffer;
	struct pages sum = { .bytes = 0 };
	const char *note = "";
	bool reserved = true;
	int code = 0;
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++) {
		buffer = load->buffers[i].buffer;
		if (!note[0])
			note = buffer->note;
		if (!buffer_is_made(buffer) || buffer->pages_code == -ENODATA)
			continue;
		reserved &= add_pages(&sum, buffer);
		code = code < 0 ? code : buffer->pages_code;
	}
	if (sum.bytes == 0) {
		note_uncached(load);
		return;
	}
	if (code == 0)
		stats_pages(&load->stats, reserved ? DMALOAD_PAGES_HUGETLB :
			    pages_kind(&sum), sum.huge);
	explain_pages(load, &sum, code, note);
}

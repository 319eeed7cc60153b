/* SPDX-License-Identifier: MIT */
/*
 * Receives: the figures of a load.
 * Hands on: a summary, and text for people.
 * Always:   every figure comes from the report; no system call.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/text.h"

struct text {
	char *at;
	size_t size;
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...)
{
	const size_t used = text->length < text->size ? text->length :
							text->size;
	char part[DMALOAD_MESSAGE_SIZE];
	size_t n, room;
	va_list args;

	va_start(args, format);
	n = text_vformat(part, sizeof(part), format, args);
	va_end(args);
	/* Only the format may end a line. Text from outside must not contain a
	 * line end. */
	if (format[strlen(format) - 1] == '\n')
		part[n - 1] = '\n';
	text->length += n;
	room = text->size - used;
	if (room == 0)
		return;
	if (n >= room)
		n = room - 1;
	memcpy(text->at + used, part, n);
	text->at[used + n] = '\0';
	text_drop_part(text->at, used + n);
}

void report_clear(struct dmaload_report *report, bool stored)
{
	*report = (struct dmaload_report){
		.size = sizeof(*report),
		.cache_before_bytes = DMALOAD_UNKNOWN,
		.cache_residue_bytes = DMALOAD_UNKNOWN,
		.buffer_huge_bytes = DMALOAD_UNKNOWN,
		.stored = stored,
	};
}

int report_check(const struct dmaload_report *report, struct dmaload_error *err)
{
	if (report && !versioned_size_ok(report))
		return fail(err, -EINVAL, "struct dmaload_report has no size: "
			    "set it before the call");
	return 0;
}

int report_begin(struct dmaload_report *report, bool stored,
		 struct dmaload_error *err)
{
	struct dmaload_report clear;
	int r;

	r = report_check(report, err);
	if (r < 0 || !report)
		return r;
	report_clear(&clear, stored);
	versioned_put(&clear, sizeof(clear), report);
	return 0;
}

/* Copy the members that both versions know, over an empty report. */
static void get_report(struct dmaload_report *copy,
		       const struct dmaload_report *report)
{
	report_clear(copy, false);
	if (report)
		versioned_get_known(copy, sizeof(*copy), report);
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static enum dmaload_path path_of(const struct dmaload_report *report)
{
	const uint64_t bytes[] = {
		[DMALOAD_PATH_DIRECT] = report->bytes_direct,
		[DMALOAD_PATH_BOUNCE] = report->bytes_bounced,
		[DMALOAD_PATH_BUFFERED] = report->bytes_buffered,
		[DMALOAD_PATH_CACHED] = report->bytes_cached,
		[DMALOAD_PATH_STREAM] = report->bytes_streamed,
	};
	size_t i, busiest = 0;

	for (i = 1; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		if (bytes[i] > bytes[busiest])
			busiest = i;
	return (enum dmaload_path)busiest;
}

enum dmaload_path dmaload_report_path(const struct dmaload_report *report)
{
	struct dmaload_report copy;

	get_report(&copy, report);
	return path_of(&copy);
}

static void add_bytes(struct text *text, const struct dmaload_report *report)
{
	const double gb = (double)report->bytes_total / 1e9;

	add(text, "path      %s: %" PRIu64 " bytes direct, %" PRIu64
	    " bounced, %" PRIu64 " buffered",
	    dmaload_path_name(path_of(report)),
	    report->bytes_direct, report->bytes_bounced,
	    report->bytes_buffered);
	if (report->bytes_cached > 0)
		add(text, ", %" PRIu64 " from the page cache",
		    report->bytes_cached);
	if (report->bytes_streamed > 0)
		add(text, ", %" PRIu64 " from a stream", report->bytes_streamed);
	add(text, ", of %" PRIu64 "\n", report->bytes_total);
	if (report->ranges > 1)
		add(text, "ranges    %" PRIu64 ", in %" PRIu64 " extents, %"
		    PRIu64 " SYNC brackets\n", report->ranges, report->extents,
		    report->brackets);
	add(text, "time      %.3f s", seconds(report->total_ns));
	if (report->total_ns > 0)
		add(text, " (%.2f GB/s)", gb / seconds(report->total_ns));
	add(text, ": %.3f %s, %.3f copying, %.3f syncing; allocation %.3f s\n",
	    seconds(report->read_ns), report->stored ? "writing" : "reading",
	    seconds(report->copy_ns), seconds(report->sync_ns),
	    seconds(report->alloc_ns));
	/* Otherwise it was done before the load. */
	if (report->overlap_ns > 0 || report->create_wait_ns > 0)
		add(text, "creation  %.3f s beside the load, %.3f of it while "
		    "reading; %.3f waited for\n", seconds(report->create_ns),
		    seconds(report->overlap_ns),
		    seconds(report->create_wait_ns));
	if (report->buffer_pages_note[0])
		add(text, "pages     %s\n", report->buffer_pages_note);
	add(text, "%s    %" PRIu64 ", %" PRIu64 " of them repeated\n",
	    report->stored ? "writes" : "reads ", report->reads,
	    report->retries);
	if (report->rate_bounced > 0)
		add(text, "measured  %.2f GB/s directly, %.2f by bounce\n",
		    (double)report->rate_direct / 1e9,
		    (double)report->rate_bounced / 1e9);
}

/* If neither ring was granted, the reasons of the paths say so. */
static void add_engine(struct text *text, const struct dmaload_report *report)
{
	if (report->engine == DMALOAD_ENGINE_AUTO)
		return;
	add(text, "engine    %s", dmaload_engine_name(report->engine));
	if (report->chunk_bytes > 0)
		add(text, ", %u %s of %u KiB in flight at most",
		    report->queue_depth, report->stored ? "writes" : "reads",
		    report->chunk_bytes >> 10);
	if (report->engine_declined[0])
		add(text, ": %s", report->engine_declined);
	add(text, "\n");
}

static const char *pages_name(uint32_t pages)
{
	switch (pages) {
	case DMALOAD_PAGES_BASE: return "base pages";
	case DMALOAD_PAGES_TRANSPARENT: return "transparent huge pages";
	case DMALOAD_PAGES_HUGETLB: return "reserved huge pages";
	default: return "pages of unknown size";
	}
}

static void add_memory(struct text *text, const struct dmaload_report *report)
{
	add(text, "pinned    %" PRIu64 " bytes at most", report->pinned_bytes);
	if (report->pool_pages != DMALOAD_PAGES_UNKNOWN)
		add(text, ", a pool of %s", pages_name(report->pool_pages));
	if (report->pool_registered)
		add(text, ", registered");
	else if (report->pool_unregistered[0])
		add(text, ", not registered: %s", report->pool_unregistered);
	add(text, "\n");
	if (report->pool_reduced[0])
		add(text, "          the pool was reduced %s\n",
		    report->pool_reduced);

	if (report->cache_residue_bytes == DMALOAD_UNKNOWN &&
	    report->syscalls == DMALOAD_SYSCALLS_BASIC)
		add(text, "cache     unknown: no permitted system call reports "
		    "it\n");
	else if (report->cache_residue_bytes == DMALOAD_UNKNOWN)
		add(text, "cache     unknown: the kernel reports it only to "
		    "the owner and writers\n");
	else
		add(text, "cache     %" PRIu64 " bytes resident before, %"
		    PRIu64 " left behind\n", report->cache_before_bytes,
		    report->cache_residue_bytes);
}

size_t dmaload_report_format(const struct dmaload_report *report, char *out,
			     size_t size)
{
	struct text text = { .at = out, .size = out ? size : 0 };
	struct dmaload_report copy;
	const char *name;
	uint32_t i;

	get_report(&copy, report);
	add_bytes(&text, &copy);
	add_engine(&text, &copy);
	if (copy.syscalls_reduced[0])
		add(&text, "calls     %s: %s\n",
		    dmaload_syscalls_name(copy.syscalls),
		    copy.syscalls_reduced);
	add_memory(&text, &copy);
	for (i = 0; (name = dmaload_path_name(i)); i++)
		if (copy.declined[i][0])
			add(&text, "declined  %s: %s\n", name,
			    copy.declined[i]);
	return text.length;
}

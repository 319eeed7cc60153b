/* SPDX-License-Identifier: MIT */
#include "report/stats.h"

#include <stdio.h>

#include "report/report.h"
#include "sys/sys.h"
#include "sys/text.h"

void stats_begin(struct stats *stats, bool stored)
{
	report_clear(&stats->report, stored);
	stats->submitted = sys_now();
}

void stats_requested(struct stats *stats, uint64_t bytes, size_t ranges)
{
	stats->report.bytes_total = bytes;
	stats->report.ranges = ranges;
}

void stats_leave_queue(struct stats *stats)
{
	stats->report.queued_ns = sys_now() - stats->submitted;
}

void stats_total(struct stats *stats, uint64_t bytes)
{
	stats->report.bytes_total = bytes;
}

void stats_extents(struct stats *stats, size_t extents)
{
	stats->report.extents = extents;
}

void stats_end(struct stats *stats)
{
	if (stats->started != 0)
		stats->report.total_ns = sys_now() - stats->started;
}

void stats_request(struct stats *stats)
{
	if (stats->started == 0)
		stats->started = sys_now();
	stats->report.reads++;
}

void stats_retry(struct stats *stats)
{
	stats->report.retries++;
}

void stats_read(struct stats *stats, uint64_t ns)
{
	stats->report.read_ns += ns;
}

void stats_read_since(struct stats *stats, uint64_t start)
{
	if (stats->started != 0)
		stats_read(stats, sys_now() - (start > stats->started ?
					       start : stats->started));
}

void stats_copy(struct stats *stats, uint64_t ns)
{
	stats->report.copy_ns += ns;
}

bool stats_is_behind(const struct stats *stats, unsigned taken, unsigned in_flight)
{
	const uint64_t reads = stats->report.reads;

	return reads > taken &&
	       stats->report.copy_ns / (reads - taken) * 4 >=
	       (sys_now() - stats->started) / (reads - in_flight) * 3;
}

void stats_move(struct stats *stats, enum dmaload_path path, uint64_t bytes)
{
	struct dmaload_report *report = &stats->report;

	switch (path) {
	case DMALOAD_PATH_DIRECT:
		report->bytes_direct += bytes;
		break;
	case DMALOAD_PATH_BOUNCE:
		report->bytes_bounced += bytes;
		break;
	case DMALOAD_PATH_CACHED:
		report->bytes_cached += bytes;
		break;
	case DMALOAD_PATH_STREAM:
		report->bytes_streamed += bytes;
		break;
	case DMALOAD_PATH_BUFFERED:
		report->bytes_buffered += bytes;
		break;
	}
}

void stats_sync(struct stats *stats, uint64_t ns, bool opened)
{
	stats->report.sync_ns += ns;
	stats->report.brackets += opened;
}

void stats_allocate(struct stats *stats, uint64_t ns)
{
	stats->report.alloc_ns += ns;
}

void stats_make(struct stats *stats, uint64_t ns)
{
	stats->report.create_ns += ns;
}

void stats_overlap(struct stats *stats, uint64_t ns, uint64_t waited)
{
	stats->report.overlap_ns += ns;
	stats->report.create_wait_ns += waited;
}

void stats_pages(struct stats *stats, enum dmaload_pages pages, uint64_t huge)
{
	stats->report.buffer_pages = pages;
	stats->report.buffer_huge_bytes = huge;
}

void stats_decline(struct stats *stats, enum dmaload_path path,
		   const char *format, va_list args)
{
	text_vformat(stats->report.declined[path], DMALOAD_REASON_SIZE, format,
		     args);
}

const char *stats_reason(const struct stats *stats, enum dmaload_path path)
{
	return stats->report.declined[path];
}

void stats_rates(struct stats *stats, uint64_t direct, uint64_t bounced)
{
	stats->report.rate_direct = direct;
	stats->report.rate_bounced = bounced;
}

void stats_cache(struct stats *stats, uint64_t before, uint64_t residue)
{
	stats->report.cache_before_bytes = before;
	stats->report.cache_residue_bytes = residue;
}

void stats_engine(struct stats *stats, enum dmaload_engine engine)
{
	stats->report.engine = engine;
}

void stats_point(struct stats *stats, uint32_t chunk_bytes, uint32_t depth)
{
	stats->report.chunk_bytes = chunk_bytes;
	stats->report.queue_depth = depth;
}

void stats_pool(struct stats *stats, enum dmaload_pages pages, size_t bytes,
		const char *refused)
{
	stats->report.pool_pages = pages;
	if (refused[0])
		snprintf(stats->report.pool_reduced,
			 sizeof(stats->report.pool_reduced),
			 "to %zu bytes: %s", bytes, refused);
}

void stats_registered(struct stats *stats, bool registered)
{
	stats->report.pool_registered = registered;
}

void stats_pin(struct stats *stats, uint64_t bytes)
{
	if (bytes > stats->report.pinned_bytes)
		stats->report.pinned_bytes = bytes;
}

void stats_syscalls(struct stats *stats, enum dmaload_syscalls level,
		    const char *fact, const char *remedy)
{
	stats->report.syscalls = level;
	if (fact[0])
		snprintf(stats->report.syscalls_reduced,
			 sizeof(stats->report.syscalls_reduced), "%s: %s", fact,
			 remedy);
}

char *stats_engine_reason(struct stats *stats)
{
	return stats->report.engine_declined;
}

char *stats_register_reason(struct stats *stats)
{
	return stats->report.pool_unregistered;
}

char *stats_pages_reason(struct stats *stats)
{
	return stats->report.buffer_pages_note;
}

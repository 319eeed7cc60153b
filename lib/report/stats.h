/* SPDX-License-Identifier: MIT */
/*
 * Receives: what each stage of a load did, as it does it.
 * Hands on: the report.
 * Always:   the only writer of a load's figures and reasons; knows no other
 *           stage.
 */
#ifndef STATS_H
#define STATS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

struct stats {
	struct dmaload_report report;
	/* On CLOCK_MONOTONIC, in ns: when the load was submitted, and when it
	 * first read or wrote; 0 before. */
	uint64_t submitted;
	uint64_t started;
};

void stats_begin(struct stats *stats, bool stored);
void stats_requested(struct stats *stats, uint64_t bytes, size_t ranges);
void stats_leave_queue(struct stats *stats);
/* Set the total once the end of a stream is known. */
void stats_total(struct stats *stats, uint64_t bytes);
void stats_extents(struct stats *stats, size_t extents);
void stats_end(struct stats *stats);

/* Count a read or write; a repeated one; the time of one. */
void stats_request(struct stats *stats);
void stats_retry(struct stats *stats);
void stats_read(struct stats *stats, uint64_t ns);
/* Count the time from start to now as reading, from the first read on. */
void stats_read_since(struct stats *stats, uint64_t start);
void stats_copy(struct stats *stats, uint64_t ns);
/* Return true if a copy takes at least 3/4 of the time in which the disk brings
 * as many bytes. taken, in_flight: slots of the load. */
bool stats_is_behind(const struct stats *stats, unsigned taken,
		     unsigned in_flight);
/* Count bytes that have reached their destination. */
void stats_move(struct stats *stats, enum dmaload_path path, uint64_t bytes);

/* Count the time of a SYNC, and whether it opened a bracket. */
void stats_sync(struct stats *stats, uint64_t ns, bool opened);
void stats_allocate(struct stats *stats, uint64_t ns);
/* Count the time of making a buffer; the part of it while the load read; and
 * how long the load waited for it at its end. */
void stats_make(struct stats *stats, uint64_t ns);
void stats_overlap(struct stats *stats, uint64_t ns, uint64_t waited);
void stats_pages(struct stats *stats, enum dmaload_pages pages, uint64_t huge);

void stats_decline(struct stats *stats, enum dmaload_path path,
		   const char *format, va_list args);
const char *stats_reason(const struct stats *stats, enum dmaload_path path);
void stats_rates(struct stats *stats, uint64_t direct, uint64_t bounced);
void stats_cache(struct stats *stats, uint64_t before, uint64_t residue);

void stats_engine(struct stats *stats, enum dmaload_engine engine);
/* Set the length of the longest read, and how many of that length may be in
 * flight. */
void stats_point(struct stats *stats, uint32_t chunk_bytes, uint32_t depth);
void stats_pool(struct stats *stats, enum dmaload_pages pages, size_t bytes,
		const char *refused);
void stats_registered(struct stats *stats, bool registered);
void stats_pin(struct stats *stats, uint64_t bytes);
void stats_syscalls(struct stats *stats, enum dmaload_syscalls level,
		    const char *fact, const char *remedy);

/* Return where a stage writes a reason of DMALOAD_REASON_SIZE bytes. */
char *stats_engine_reason(struct stats *stats);
char *stats_register_reason(struct stats *stats);
char *stats_pages_reason(struct stats *stats);

#endif

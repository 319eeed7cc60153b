/* SPDX-License-Identifier: MIT */
/* Several files and several buffers, and ranges between them. */
#ifndef CROWD_H
#define CROWD_H

#include "scene.h"

#define CROWD_MAX 8

struct crowd {
	struct dmaload_ctx *ctx;
	struct fake_node *nodes[CROWD_MAX];
	struct dmaload_file *files[CROWD_MAX];
	/* The caller's fd of a stream. */
	int streams[CROWD_MAX];
	unsigned n_files;
	/* A device's view of a buffer; or the caller's own memory. */
	unsigned char *views[CROWD_MAX];
	struct fake_node *memories[CROWD_MAX];
	struct dmaload_buffer *buffers[CROWD_MAX];
	int foreign[CROWD_MAX];
	unsigned n_buffers;
	struct dmaload_options options;
	struct dmaload_report report;
	struct dmaload_error err;
};

/* A context, and nothing else; 0: 8192 and 4. */
void crowd_make(struct crowd *crowd, uint32_t chunk, uint32_t depth);
void crowd_drop(struct crowd *crowd);

/* The contents of each are others. 0: a block of 512. */
struct fake_node *crowd_add_file(struct crowd *crowd, uint64_t size,
				 uint32_t block);
/* FAKE_PIPE, FAKE_SOCKET or FAKE_CHAR. */
struct fake_node *crowd_add_stream(struct crowd *crowd, enum fake_kind kind,
				   uint64_t size);
/* "heap" can be pinned, "pfnmap" cannot; "memfd", "foreign", "read-only" or
 * "memory". */
void crowd_add_buffer(struct crowd *crowd, const char *kind, uint64_t size);

struct dmaload_range crowd_range(const struct crowd *crowd, unsigned file,
				 uint64_t file_offset, unsigned buffer,
				 uint64_t buffer_offset, uint64_t length);

/* Fill the buffers with what no file has, and load. */
int crowd_load(struct crowd *crowd, const struct dmaload_range *ranges,
	       size_t count);
/* Check each byte of each buffer: those of the ranges are those of their files,
 * the others are as they were. After a failure only the others. */
void crowd_check(struct crowd *crowd, const struct dmaload_range *ranges,
		 size_t count, bool loaded);
/* Check that the figures of a report add up, after so many ranges and bytes. */
void crowd_check_report(const struct crowd *crowd, size_t count, uint64_t total);
/* Load, and it must succeed; and the report's figures add up. */
void crowd_load_all(struct crowd *crowd, const struct dmaload_range *ranges,
		    size_t count);

/* Give the buffers contents of their own, to be stored. */
void crowd_fill(struct crowd *crowd);
void crowd_prepare(struct crowd *crowd);

void crowd_check_failure(const struct crowd *crowd, int r, int code,
			 const char *message);
void crowd_check_reason(const struct crowd *crowd, enum dmaload_path path,
			const char *part);

/* A number below n, and ranges in any order. */
uint64_t crowd_below(uint64_t n);
void crowd_mix(struct dmaload_range *ranges, size_t count);

#endif

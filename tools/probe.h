/* SPDX-License-Identifier: MIT */
/*
 * Receives: what this machine, and a file, are like.
 * Hands on: a line for people as soon as something is known, or, at the end, one
 *           object of JSON.
 * Always:   both say the same: what prints a line adds to the object.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

#include "json_out.h"
#include "tool.h"

struct probe {
	/* Else the lines are printed. */
	bool as_json;
	enum dmaload_syscalls syscalls;
	struct json_object *object;
};

/* As print_line(). */
void probe_line(const struct probe *probe, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Each is one subject, with a line or several. */
void probe_kernel(const struct probe *probe);
/* Which system calls a load makes by itself, and what becomes of each newer one. */
void probe_calls(const struct probe *probe);
void probe_io_uring(const struct probe *probe);
void probe_memlock(const struct probe *probe);
void probe_memory(const struct probe *probe);
/* The heaps, and udmabuf. */
int probe_sources(const struct probe *probe, struct dmaload_error *err);
/* Where a buffer of this size comes from if no source is asked for. */
int probe_choice(const struct probe *probe, uint64_t size,
		 struct dmaload_error *err);
/* How a load would read a file; source may be NULL. */
int probe_file(const struct probe *probe, const char *path, const char *source,
	       struct dmaload_error *err);

#endif

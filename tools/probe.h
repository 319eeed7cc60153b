/* SPDX-License-Identifier: MIT */
/*
 * Receives: what this machine can do, and how it would load a file.
 * Hands on: a line for people for each fact at once, or one object of JSON at
 *           the end.
 * Always:   both have the same facts: the function that prints a line also adds
 *           to the object.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

#include "json_out.h"
#include "tool.h"

struct probe {
	/* Otherwise, print lines. */
	bool as_json;
	enum dmaload_syscalls syscalls;
	struct json_object *object;
};

/* As print_line(). */
void probe_line(const struct probe *probe, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Print one or several lines about one subject. */
void probe_kernel(const struct probe *probe);
/* Print the system calls that a load makes by default, and the result of each
 * newer one. */
void probe_calls(const struct probe *probe);
void probe_io_uring(const struct probe *probe);
void probe_memlock(const struct probe *probe);
void probe_memory(const struct probe *probe);
/* Print the heaps, and udmabuf. */
int probe_sources(const struct probe *probe, struct dmaload_error *err);
/* Print the source of a buffer of this size if the caller names none. */
int probe_choice(const struct probe *probe, uint64_t size,
		 struct dmaload_error *err);
/* Print how a load would read a file; source may be NULL. */
int probe_file(const struct probe *probe, const char *path, const char *source,
	       struct dmaload_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/* Structs of callers of other versions, and the calls that take them. Each is allocated
 * with exactly its size, so that ASan and valgrind report the first byte beyond it. */
#ifndef VERSIONS_H
#define VERSIONS_H

#include "scene.h"

#define SIZE_MOST 65536u

/* Allocate so many bytes, all the same except for the size. */
void *versions_exactly(size_t size, int byte);

/* The arguments of the calls that take options and a report. */
struct call {
	struct scene *scene;
	/* NULL: the scene's own. */
	const struct dmaload_options *options;
	struct dmaload_report *report;
};

int call_load(const struct call *call);
int call_store(const struct call *call);
/* A stream of 5000 bytes. */
int call_load_stream(const struct call *call);
int call_load_file(const struct call *call);
int call_submit(const struct call *call);
/* These and all the others. */
#define VERSIONS_CALLS 7
extern int (*const versions_calls[VERSIONS_CALLS])(const struct call *call);

/* Make a scene for these calls, in which something was loaded. */
void versions_make(struct scene *scene);

/* The size is still the caller's, and the bytes beyond those that we know are 0. */
void versions_check_given(const unsigned char *given, size_t size, size_t known);

/* Return the report of a call that did nothing. */
struct dmaload_report versions_clear(bool stored);

#endif

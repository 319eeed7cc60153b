/* SPDX-License-Identifier: MIT */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <dmaload.h>

/* Exit codes of the program, as its manual states them. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* One line on stderr: "dmaload: ...". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number of bytes with an optional K, M, G or T (powers of 1024). */
bool parse_bytes(const char *text, uint64_t *bytes);

/* "direct", "bounce" or "buffered". */
bool parse_path(const char *text, enum dmaload_path *path);

int cmd_load(int argc, char **argv);
int cmd_probe(int argc, char **argv);

/* The result of a load as one JSON object. */
struct result {
	const char *file;
	const struct dmaload_buffer *buffer;
	const struct dmaload_report *report;
	/* -1: not asked for; 0: differs; 1: equal. */
	int verified;
	/* NULL after a success. */
	const struct dmaload_error *error;
};

void result_print_json(const struct result *result, FILE *out);

/* A progress bar on a terminal; silent elsewhere. */
struct progress {
	FILE *out;
	const char *label;
	uint64_t begun_ns;
	uint64_t drawn_ns;
	bool drawn;
};

void progress_begin(struct progress *progress, FILE *out, const char *label);
/* A dmaload_progress_fn; data is the struct progress. */
int progress_draw(const struct dmaload_progress *how, void *data);
void progress_end(struct progress *progress);

#endif

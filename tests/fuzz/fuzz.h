/* SPDX-License-Identifier: MIT */
/*
 * Shared by the fuzz targets. Each target is one function. libFuzzer calls it with
 * inputs that it makes up, replay.c calls it with the inputs kept in the tree.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Run a target on one input. libFuzzer prescribes the name. Return 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number that depends on all that the last input did. A replay must repeat it: see
 * replay.c. */
extern uint64_t fuzz_trace;

/* Print which fault an input shows, and abort. */
void fuzz_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* Unlike assert(), these are never compiled out. */
#define FUZZ_FAIL(...) fuzz_fail(__FILE__, __LINE__, __VA_ARGS__)
#define FUZZ_CHECK(condition) do { \
	if (!(condition)) \
		FUZZ_FAIL("%s", #condition); \
} while (0)

/*
 * Check text that people read on a terminal. It must be valid UTF-8, without control
 * characters (C0, DEL and C1) except those in allowed, such as "\n".
 */
void fuzz_check_text(const char *text, size_t length, const char *allowed);

#endif

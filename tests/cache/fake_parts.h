/* SPDX-License-Identifier: MIT */
/* Shared by the files of the fake libdmaload. */
#ifndef FAKE_PARTS_H
#define FAKE_PARTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <dmaload/error.h>

struct dmaload_buffer {
	unsigned char *bytes;
	uint64_t size;
};

/* cmocka's assertions work in the main thread only. */
#define MUST(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "fake: not true: %s\n", #condition);	\
		abort();						\
	}								\
} while (0)

/* Fill in the error, and return its code. */
int refuse(struct dmaload_error *err, int code, const char *reason);

void fake_jobs_reset(void);
void fake_jobs_check_empty(void);

#endif

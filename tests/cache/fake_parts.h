/* SPDX-License-Identifier: MIT */
/* What the parts of the fake libdmaload have in common. */
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

/* cmocka's own checks want the main thread. */
#define MUST(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "fake: %s is not so\n", #condition);	\
		abort();						\
	}								\
} while (0)

/* Return code, and explain it. */
int refuse(struct dmaload_error *err, int code, const char *reason);

void fake_jobs_reset(void);
void fake_jobs_check_empty(void);

#endif

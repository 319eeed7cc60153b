/* SPDX-License-Identifier: MIT */
/* Expect the result of a request for a buffer. */
#ifndef BUFFERS_H
#define BUFFERS_H

#include "scene.h"

/* The error of the last refusal. */
extern struct dmaload_error refusal;

/* The code, what it says, and the out parameter as it was. */
void expect_refusal(const char *source, uint64_t size, int code,
		    const char *message);
/* The same of somebody's fd. */
void expect_fd_refusal(int fd, int code, const char *message);

/* An entry in the list of sources; recommended: 1 for that of this size. The list has
 * it, and recommends no more than one. */
struct listed {
	int access;
	uint64_t max_bytes;
	uint32_t recommended;
	char remedy[DMALOAD_MESSAGE_SIZE];
	char reason[DMALOAD_MESSAGE_SIZE];
};

void find_source(struct listed *found, const char *name, uint64_t size);

/* The list recommends this source for a buffer of this size, and says why; NULL: none. */
void expect_recommended(const char *name, uint64_t size, const char *reason);

/* A buffer, from where it should come. */
void expect_buffer(const char *source, const char *label);

#endif

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

/* A buffer, from where it should come. */
void expect_buffer(const char *source, const char *label);

#endif

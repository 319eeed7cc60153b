/* SPDX-License-Identifier: MIT */
/* What is to come of asking for a buffer. */
#ifndef BUFFERS_H
#define BUFFERS_H

#include "scene.h"

/* What the last refusal said. */
extern struct dmaload_error refusal;

/* The code, what it says, and the out parameter as it was. */
void expect_refusal(const char *source, uint64_t size, int code,
		    const char *message);
/* The same of somebody's fd. */
void expect_fd_refusal(int fd, int code, const char *message);

/* A buffer, from where it should come. */
void expect_buffer(const char *source, const char *label);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: what is known of a model while it is opened.
 * Hands on: its files, and tensors that lie in them.
 * Always:   the functions return 0 or -errno, with the reason in the caller's
 *           struct.
 */
#ifndef OPENING_H
#define OPENING_H

#include "model.h"

struct opening {
	struct dmaload_model *model;
	struct parts parts;
	struct tensors tensors;
	/* The path that the caller gave; NULL: an fd. */
	const char *given;
	struct dmaload_error *err;
	struct header header;
};

/* Return the error of a header that was refused. */
int opening_refused(struct opening *o, const char *path);
int opening_no_memory(struct opening *o);
/* Open a file. Return its fd, or -errno. */
int opening_fd(const char *path);
/* Begin to read a file. The model gets the fd, which is closed in any case. */
int opening_add(struct opening *o, const char *path, int fd);

/* Open the other files that the tensors of a file lie in; others.c. */
int opening_read_others(struct opening *o);

#endif

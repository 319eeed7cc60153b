/* SPDX-License-Identifier: MIT */
/*
 * The socket of share-server.c, and the file that stands for it.
 *
 * Receives: a path.
 * Hands on: a socket that clients can connect to by that path.
 * Always:   the path of another server that lives is left alone.
 */
#ifndef SHARE_LISTEN_H
#define SHARE_LISTEN_H

#include <sys/types.h>

struct listener {
	int fd;
	/* Which file under the path is this one's. */
	dev_t dev;
	ino_t ino;
};

/* 0, or -1 with the reason on stderr. */
int listener_open(struct listener *listener, const char *path);
/* Remove the file and close the socket. */
void listener_close(const struct listener *listener, const char *path);

#endif

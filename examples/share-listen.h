/* SPDX-License-Identifier: MIT */
/*
 * The socket of share-server.c, and its file.
 *
 * Receives: a path. Hands on: a socket that clients can connect to at that
 *           path. Always: the path of another running server is left alone.
 */
#ifndef SHARE_LISTEN_H
#define SHARE_LISTEN_H

#include <sys/types.h>

struct listener {
	int fd;
	/* Identify the file that this server made at the path. */
	dev_t dev;
	ino_t ino;
};

/* Return 0, or -1 with the reason on stderr. */
int listener_open(struct listener *listener, const char *path);
/* Remove the file and close the socket. */
void listener_close(const struct listener *listener, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
/* The message that share-server.c sends with an fd, and share-client.c
 * receives. */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>

/*
 * In the byte order of the machine, which both ends share. Without padding,
 * which would send bytes of the server's stack to the client.
 */
struct share_header {
	uint32_t magic;
	uint32_t version;
	uint64_t length; /* of the file, from the buffer's first byte on */
	uint64_t buffer_size;
};
_Static_assert(sizeof(struct share_header) == 24, "no padding");

enum { SHARE_MAGIC = 0x6c616d64 /* "dmal" */, SHARE_VERSION = 1 };

#endif

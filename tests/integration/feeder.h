/* SPDX-License-Identifier: MIT */
#ifndef FEEDER_H
#define FEEDER_H

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#define MIB ((uint64_t)1 << 20)
#define MEDIUM ((uint64_t)16 << 20)

/* A thread that writes the pattern into a stream. */
struct feeder {
	pthread_t thread;
	int fd;
	uint64_t length;
	/* Keep the stream open and silent until feeder_finish(). */
	bool stalls;
	/* All bytes have been written. */
	atomic_bool fed;
};

/* Begin to write into a pipe or a socket. Return its other end. */
int feeder_begin(struct feeder *feeder, bool socket, uint64_t length,
		 bool stalls);
void feeder_finish(struct feeder *feeder);
/* Make a stream from the fd, put it into the kit, and close the fd. */
void feeder_open(struct kit *kit, int fd);

/* Run the tests of slow or silent streams. Return the number of failed
 * tests. */
int stream_waits(void);

#endif

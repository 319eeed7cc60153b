/* SPDX-License-Identifier: MIT */
/* A thread that writes the pattern into a stream. */
#ifndef FEEDER_H
#define FEEDER_H

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#define MIB ((uint64_t)1 << 20)
#define MEDIUM ((uint64_t)16 << 20)

/* Writes the pattern into a stream, from a thread of its own. */
struct feeder {
	pthread_t thread;
	int fd;
	uint64_t length;
	/* Keep the stream open, and silent, until told to close it. */
	bool stalls;
	/* All is in the stream, and no more will come. */
	atomic_bool fed;
};

/* Begin to write into a pipe or a socket; return its other end. */
int feeder_begin(struct feeder *feeder, bool socket, uint64_t length,
		 bool stalls);
void feeder_finish(struct feeder *feeder);
/* Make a stream of the kit's file, and close the fd. */
void feeder_open(struct kit *kit, int fd);

/* The tests of streams that are slow or silent. Return how many have failed. */
int stream_waits(void);

#endif

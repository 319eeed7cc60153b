/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's name and a size, or a foreign fd.
 * Hands on: an fd of shared memory.
 * Always:   after a failure the buffer owns nothing.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

#include "buffer/promise.h"

struct dmaload_buffer;

struct source_request {
	/* The buffer that is made before this one, or NULL. */
	const struct dmaload_buffer *after;
	/* A promise to several buffers together, of which each takes its share;
	 * or NULL. */
	struct promise *promised;
	/* The text after "heap:" and the like; NULL for the source's
	 * default. */
	const char *arg;
	/* Whole pages; 0 if the fd has its own size. */
	uint64_t size;
	/* The caller's fd, or -1 if the source allocates. */
	int fd;
	/* The caller's memory, or NULL if it is to be mapped. */
	void *memory;
};

struct source_ops {
	const char *name;
	/* Fds that a buffer needs. */
	unsigned fds;
	/* Return the maximum size of a buffer. NULL: no limit. */
	uint64_t (*limit)(void);
	/* Reserve memory for several buffers together. Return 0 or -ENOMEM.
	 * NULL: the source allocates none. */
	int (*reserve)(const char *arg, uint64_t size, struct promise *promise,
		       struct dmaload_error *err);
	/* Set map_fd, size, writable and label of the buffer; fd if it exists
	 * already; map and lead if it is mapped already. */
	int (*open)(struct dmaload_buffer *buffer,
		    const struct source_request *request,
		    struct dmaload_error *err);
	/* After mmap(): populate the mapping, so that writing is as fast as for
	 * a heap. NULL: it is populated. */
	int (*settle)(struct dmaload_buffer *buffer,
		      const struct source_request *request,
		      struct dmaload_error *err);
	/* Complete a populated buffer whose settle() has started a thread, with
	 * the thread's device fd. NULL: nothing is left to do. Return 0 or
	 * -errno. */
	int (*make)(struct dmaload_buffer *buffer, int device,
		    struct dmaload_error *err);
	/* It is a dma-buf, which needs brackets. */
	bool dmabuf;
};

extern const struct source_ops source_heap;
extern const struct source_ops source_udmabuf;
extern const struct source_ops source_memfd;
extern const struct source_ops source_foreign;
extern const struct source_ops source_memory;

/* Return the source of a name, never NULL. arg becomes its argument. */
const struct source_ops *source_find(const char *spec, const char **arg);

/* Reserve memory for a source of ordinary shared memory. */
int source_reserve_shared(const char *arg, uint64_t size,
			  struct promise *promise, struct dmaload_error *err);

/*
 * Reserve memory for a buffer before it is allocated: a share of the promise to
 * several, or by room_reserve(). who: its ROOM_* flags. Return 0 or -ENOMEM.
 */
int source_promise(struct dmaload_buffer *buffer,
		   const struct source_request *request, unsigned who,
		   struct dmaload_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: a source's name and a size, or a foreign fd.
 * Hands on: an fd of shared memory.
 * Always:   on failure the buffer owns nothing.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

#include "buffer/promise.h"

struct dmaload_buffer;

struct source_request {
	/* The buffer before this one, if several are made one after the other;
	 * or NULL. */
	const struct dmaload_buffer *after;
	/* A promise to several buffers together, of which each takes its share;
	 * or NULL. */
	struct promise *promised;
	/* The text behind "heap:" and the like; NULL for the source's
	 * default. */
	const char *arg;
	/* Whole pages; 0 where the fd brings its own size. */
	uint64_t size;
	/* The caller's fd, -1 where the source allocates. */
	int fd;
	/* The caller's memory, NULL where it is to be mapped. */
	void *memory;
};

struct source_ops {
	const char *name;
	/* Fds that a buffer takes. */
	unsigned fds;
	/* The most bytes of a buffer. NULL: as many as there are. */
	uint64_t (*limit)(void);
	/* Have memory promised to several buffers together: 0 or -ENOMEM. NULL: it
	 * allocates none. */
	int (*reserve)(const char *arg, uint64_t size, struct promise *promise,
		       struct dmaload_error *err);
	/* Set map_fd, size, writable and label of the buffer, and fd where it is
	 * there at once; map and lead where the mapping is. */
	int (*open)(struct dmaload_buffer *buffer,
		    const struct source_request *request,
		    struct dmaload_error *err);
	/* After mmap: make the mapping as ready to be written as a heap's is. NULL: it
	 * is. */
	int (*settle)(struct dmaload_buffer *buffer,
		      const struct source_request *request,
		      struct dmaload_error *err);
	/* Complete a buffer that settle() has given to a maker, when it is
	 * populated, with the maker's device. NULL: nothing is left to do. 0 or
	 * -errno. */
	int (*make)(struct dmaload_buffer *buffer, int device,
		    struct dmaload_error *err);
	/* It is a dma-buf, whose brackets devices care for. */
	bool dmabuf;
};

extern const struct source_ops source_heap;
extern const struct source_ops source_udmabuf;
extern const struct source_ops source_memfd;
extern const struct source_ops source_foreign;
extern const struct source_ops source_memory;

/* Which source a name means; arg receives its argument. Never NULL. */
const struct source_ops *source_find(const char *spec, const char **arg);

/* Reserve memory for a source of ordinary shared memory. */
int source_reserve_shared(const char *arg, uint64_t size,
			  struct promise *promise, struct dmaload_error *err);

/*
 * Have memory promised to a buffer before it is allocated: out of what several have been
 * promised, or else by room_reserve(), whose ROOM_* who is. 0 or -ENOMEM.
 */
int source_promise(struct dmaload_buffer *buffer,
		   const struct source_request *request, unsigned who,
		   struct dmaload_error *err);

#endif

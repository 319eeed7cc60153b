/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load's routes: pairs of a file and a buffer.
 * Hands on: for the next chunk, the path that moves it.
 * Always:   a path that is not used leaves a reason in the report.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

#include <dmaload/report.h>

struct chunk;
struct dmaload_file;
struct load;
struct route;
struct slot;

/* Conditions, not errors. */
/* Try the next path. */
#define PATH_DECLINED 1
/* The ring has the request. */
#define PATH_QUEUED 2
/* Try the same again later. */
#define PATH_RETRY 3
/* The stream has ended, and all requested bytes have come. */
#define PATH_EOF 4
/* The write was put aside for later. */
#define PATH_DEFERRED 5
/* The chunk was read or written without the ring; slot->result has the
 * result. */
#define PATH_ARRIVED 6
/* Wait for a slot of the engine. */
#define PATH_BLOCKED 7
/* Wait until the load holds fewer of the slots that others need. */
#define PATH_CROWDED 8

/*
 * Extents shorter than this fraction of a chunk share a read if they can,
 * instead of being read in place. A copy costs less than many small reads.
 * Measured on a virtio disk with 10,000 ranges of 105 KiB: 1.3 to 1.7 GB/s in
 * place, 2.1 to 2.4 shared; one large range has 1.9 to 2.3.
 */
#define PATH_SMALL(chunk) ((chunk) / 4u)

struct path_ops {
	enum dmaload_path id;
	const char *name;
	/* Check that a file can be read, or written, this way. Return 0,
	 * PATH_DECLINED or -errno. NULL: it always can. */
	int (*open)(struct load *load, struct route *route);
	/* Check that a buffer can be used this way, and set the route's
	 * geometry. Return 0, PATH_DECLINED or -errno. NULL: routes never have
	 * this path. */
	int (*probe)(struct load *load, struct route *route);
	/* Move a chunk. Return 0 when it is done, a condition, or -errno. */
	int (*move)(struct load *load, struct slot *slot);
};

extern const struct path_ops path_direct;
extern const struct path_ops path_bounce;
extern const struct path_ops path_buffered;
extern const struct path_ops path_cached;
extern const struct path_ops path_stream;

/* Get the next chunk of a plan that is not empty, and the best path that has
 * not declined it. Return 0 or -errno. */
int path_get(struct load *load, struct chunk *chunk,
	     const struct path_ops **path);

/* Switch to the buffered path, if permitted, since O_DIRECT does not bypass the
 * page cache here. */
void path_leave_direct_io(struct load *load, struct route *route);

/* Switch a route to a path, which sets the route's geometry. reason: why it
 * leaves its last path, for a tracer. Return 0, PATH_DECLINED or -errno. */
int path_switch(struct load *load, struct route *route,
		const struct path_ops *path, const char *reason);

/* Return true if no permitted path needs a ring. */
bool path_is_ringless(const struct load *load);

/* Choose a route's path. Return 0 or -errno. */
int path_choose(struct load *load, struct route *route);

/* Record why a path is not used. Return PATH_DECLINED. */
int path_decline(struct load *load, enum dmaload_path path, const char *format,
		 ...) __attribute__((format(printf, 3, 4)));

/* Shared by direct and bounce: open the file with O_DIRECT and get a ring; get
 * the pool, and offer it to the ring; queue a chunk. */
int path_open_direct_io(struct load *load, struct route *route,
			enum dmaload_path path);
int path_need_pool(struct load *load, enum dmaload_path path);
int path_move_direct_io(struct load *load, struct slot *slot);
/* Return the block size of direct reads, or writes, of a file that
 * path_open_direct_io() opened. */
uint32_t path_block(const struct load *load, const struct dmaload_file *file);

/* Find out whether a stream of unknown length has ended, once its load has
 * filled the buffer. Return 0 if it has, 1 to ask again, or -errno. */
int path_stream_end(struct load *load);

/* Allocate memory for a chunk that has neither a slot nor a place in the
 * buffer. Return 0 or -errno. */
int path_need_stage(struct load *load, const struct dmaload_file *file);

#endif

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
/* The next path is to be tried. */
#define PATH_DECLINED 1
/* The ring has it. */
#define PATH_QUEUED 2
/* Not now: the same again. */
#define PATH_RETRY 3
/* Nothing more will come, and what has come is all that was wanted. */
#define PATH_EOF 4
/* Put by; it is written later. */
#define PATH_DEFERRED 5
/* It was read or written here and now, well or not. */
#define PATH_ARRIVED 6
/* It waits for a slot of the engine. */
#define PATH_BLOCKED 7
/* It waits until the load holds less of what others need. */
#define PATH_CROWDED 8

/*
 * Extents shorter than this part of a chunk are not read in place where they can
 * share a read: a copy costs less than a disk that is asked for small pieces.
 * Measured on a virtio disk with 10,000 ranges of 105 KiB: 1.3 to 1.7 GB/s in
 * place, 2.1 to 2.4 shared, where one range has 1.9 to 2.3.
 */
#define PATH_SMALL(chunk) ((chunk) / 4u)

struct path_ops {
	enum dmaload_path id;
	const char *name;
	/* Can the file be read, or written, this way? 0, PATH_DECLINED or -errno.
	 * NULL: yes. */
	int (*open)(struct load *load, struct route *route);
	/* Can this buffer be filled, or emptied, this way? The same; on 0 the
	 * route's geometry is set. NULL: no route is of this path. */
	int (*probe)(struct load *load, struct route *route);
	/* Move a chunk: 0 when it is done, a condition, or -errno. */
	int (*move)(struct load *load, struct slot *slot);
};

extern const struct path_ops path_direct;
extern const struct path_ops path_bounce;
extern const struct path_ops path_buffered;
extern const struct path_ops path_cached;
extern const struct path_ops path_stream;

/* Take the next chunk of the plan, which is not empty, with who moves it: the best
 * path that has not declined. 0 or -errno. */
int path_get(struct load *load, struct chunk *chunk,
	     const struct path_ops **path);

/* O_DIRECT does not pass by the page cache here: on by the buffered path, if it may be
 * used. */
void path_leave_direct_io(struct load *load, struct route *route);

/* Go on by this path, in which the route's geometry follows. 0, PATH_DECLINED or
 * -errno. */
int path_switch(struct load *load, struct route *route,
		const struct path_ops *path);

/* Return whether no path that a load may take needs a ring. */
bool path_is_ringless(const struct load *load);

/* Choose a route's path. 0 or -errno. */
int path_choose(struct load *load, struct route *route);

/* Write down why a path is not used, and return PATH_DECLINED. */
int path_decline(struct load *load, enum dmaload_path path, const char *format,
		 ...) __attribute__((format(printf, 3, 4)));

/* Direct and bounce share these: O_DIRECT on the file, and a ring; the pool,
 * offered to the ring; and the way a chunk is queued. */
int path_open_direct_io(struct load *load, struct route *route,
			enum dmaload_path path);
int path_need_pool(struct load *load, enum dmaload_path path);
int path_move_direct_io(struct load *load, struct slot *slot);
/* The block of direct reads, or writes, of a file that path_open_direct_io() opened. */
uint32_t path_block(const struct load *load, const struct dmaload_file *file);

/* Find out whether a stream of unknown length has ended, when its load has
 * filled its room: 0 if it has, 1 to ask again, or -errno. */
int path_stream_end(struct load *load);

/* Memory for a chunk that is neither in place nor in a slot. 0 or -errno. */
int path_need_stage(struct load *load, const struct dmaload_file *file);

#endif

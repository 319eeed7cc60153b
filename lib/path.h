/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its plan.
 * Hands on: to one path after the other what is left of the plan.
 * Always:   a path that does not do its work leaves a reason in the report.
 */
#ifndef PATH_H
#define PATH_H

#include <dmaload/report.h>

struct load;

/* A condition, not an error: the next path is to be tried. */
#define PATH_DECLINED 1

struct path_ops {
	enum dmaload_path id;
	const char *name;
	/* Can the file be read this way? 0, PATH_DECLINED or -errno. */
	int (*open)(struct load *load);
	/* Can this buffer be filled this way? The same. */
	int (*probe)(struct load *load);
	/* Move what is left of the plan. The same; with nothing in flight. */
	int (*run)(struct load *load);
};

extern const struct path_ops path_direct;
extern const struct path_ops path_bounce;
extern const struct path_ops path_buffered;

/* Move all of the plan, by the best path that does it. 0 or -errno. */
int path_run(struct load *load);

/* The path that would be tried first by path_run(). 0 or -errno. */
int path_choose(struct load *load, enum dmaload_path *path);

/* Write down why a path is not used, and return PATH_DECLINED. */
int path_decline(struct load *load, enum dmaload_path path, const char *format,
		 ...) __attribute__((format(printf, 3, 4)));

/* What direct and bounce have in common: O_DIRECT on the file, and a ring. */
int path_open_ring(struct load *load, enum dmaload_path path);

#endif

/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "file.h"
#include "load.h"
#include "ring.h"

/* In the order in which they are tried. */
static const struct path_ops *const paths[] = {
	&path_direct,
	&path_bounce,
	&path_buffered,
};

#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

const char *dmaload_path_name(enum dmaload_path path)
{
	size_t i;

	for (i = 0; i < N_PATHS; i++)
		if (paths[i]->id == path)
			return paths[i]->name;
	return NULL;
}

int path_decline(struct load *load, enum dmaload_path path, const char *format,
		 ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(load->report.declined[path], DMALOAD_REASON_SIZE, format,
		  args);
	va_end(args);
	return PATH_DECLINED;
}

static bool allowed(const struct load *load, const struct path_ops *path)
{
	return load->options.paths & DMALOAD_PATH_BIT(path->id);
}

/*
 * From number *i on, the first path that is allowed and does not decline: 0, with
 * *i behind it. PATH_DECLINED if there is none; *path is then the last that was
 * tried. Or -errno.
 */
static int next_ready(struct load *load, size_t *i,
		      const struct path_ops **path)
{
	int r = PATH_DECLINED;

	while (r == PATH_DECLINED && *i < N_PATHS) {
		const struct path_ops *candidate = paths[(*i)++];

		if (!allowed(load, candidate))
			continue;
		*path = candidate;
		r = candidate->open(load);
		if (r == 0)
			r = candidate->probe(load);
	}
	return r;
}

static int all_declined(struct load *load, const struct path_ops *last)
{
	return fail(load->err, -EOPNOTSUPP, "%s cannot be loaded by any path "
		    "that was allowed; %s: %s", load->file->name, last->name,
		    load->report.declined[last->id]);
}

int path_run(struct load *load)
{
	const struct path_ops *path = NULL;
	size_t i = 0;
	int r;

	do {
		r = next_ready(load, &i, &path);
		if (r == PATH_DECLINED)
			return all_declined(load, path);
		if (r == 0)
			r = path->run(load);
		/* One may decline with its last read, all work done. */
	} while (r == PATH_DECLINED && load->done < load->range.length);
	return r < 0 ? r : 0;
}

int path_choose(struct load *load, enum dmaload_path *path)
{
	const struct path_ops *first = NULL;
	size_t i = 0;
	int r;

	r = next_ready(load, &i, &first);
	if (r == PATH_DECLINED)
		return all_declined(load, first);
	if (r == 0)
		*path = first->id;
	return r;
}

static int get_ring(struct load *load)
{
	if (!load->ring && load->ring_error == 0)
		load->ring_error = ring_create(&load->ring,
					       load->ctx->queue_depth);
	return load->ring_error;
}

/* An fd shortage would stop the load on the next path too; say it now. */
static bool is_fatal(int code)
{
	return code == -EMFILE || code == -ENFILE;
}

int path_open_ring(struct load *load, enum dmaload_path path)
{
	char why[DMALOAD_REASON_SIZE];
	int r;

	r = get_ring(load);
	if (r < 0 && is_fatal(r))
		return fail(load->err, r, "no fd is free for io_uring: %s",
			    error_text(r));
	if (r < 0)
		return path_decline(load, path, "io_uring is refused: %s (%s); "
				    "see kernel.io_uring_disabled and the "
				    "process's seccomp filter", error_name(r),
				    error_text(r));

	if (file_open_direct(load->file, why, sizeof(why)) != 0) {
		if (is_fatal(load->file->direct_fd))
			return fail(load->err, load->file->direct_fd, "%s", why);
		return path_decline(load, path, "%s", why);
	}
	if (load->file->block > load->ctx->chunk_bytes)
		return path_decline(load, path, "direct I/O on %s wants blocks "
				    "of %u bytes, more than the reads' %u",
				    load->file->name, load->file->block,
				    load->ctx->chunk_bytes);
	return 0;
}

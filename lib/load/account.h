/* SPDX-License-Identifier: MIT */
/*
 * Receives: what happens to a load while a path moves its bytes.
 * Hands on: the figures of the report, the caller's progress, a failure's text.
 * Always:   the same on every path.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct dmaload_file;
struct dmaload_progress;
struct engine;
struct load;
struct slot;

/* A chunk has arrived. */
void account_chunk(struct load *load, const struct slot *slot);

/* What has arrived is all that there is. */
void account_over(struct load *load);

/* How far the load is, and whether it is to go on: 0 or -errno. */
int account_progress(struct load *load);
/* Whether this thread is in a progress function of a load; of one of an engine, of any if
 * that is NULL. */
bool account_in_progress(const struct engine *engine);
/* Whether this thread is in a load's own. */
bool account_in_progress_of(const struct load *load);
/* Only whether it is to go on. */
int account_stop(struct load *load);
/* How far it is; the caller has set the size. */
void account_look(const struct load *load, struct dmaload_progress *progress);

/* What the buffers are made of, as far as that is known by now. */
void account_pages(struct load *load);

/* The failure of a read or a write: names the file and the offset. Returns code. */
int account_failure(struct load *load, const struct dmaload_file *file,
		    int code, uint64_t offset);
/* A read that brought nothing, -ENODATA if the file ends here, else -EIO; or a
 * write that took nothing. */
int account_short(struct load *load, const struct dmaload_file *file,
		  uint64_t offset);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Receives: what a caller asks for.
 * Hands on: a load that can be begun: ranges sorted, files and buffers numbered
 *           and kept, bytes claimed.
 * Always:   a request that cannot be met is refused before anything is touched.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#include <dmaload/job.h>

struct load;

/* Fill a load that is zeroed but for bounce, operation and err. 0 or -errno. */
int request_check(struct load *load, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options);

/* Take what was asked for into use: references and claims. 0 or -errno. */
int request_ref_all(struct load *load);
/* Give back what request_ref_all() took. */
void request_drop(struct load *load);
/* The same of a load that does not begin. No lock is held. */
void request_withdraw(struct load *load);

/* Free what request_check() made. */
void request_free(struct load *load);

#endif

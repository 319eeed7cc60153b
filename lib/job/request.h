/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's request.
 * Hands on: a load that can begin: ranges sorted, files and buffers numbered
 *           and referenced, bytes claimed.
 * Always:   a request that cannot be met is refused before anything is touched.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#include <dmaload/job.h>

struct load;

/* Fill a load that is zeroed but for bounce, operation and err. Return 0 or
 * -errno. */
int request_check(struct load *load, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options);

/* Take the references and claims of a load. Return 0 or -errno. */
int request_ref_all(struct load *load);
/* Drop the references and claims. */
void request_drop(struct load *load);
/* Do the same for a load that does not begin. The caller holds no lock. */
void request_withdraw(struct load *load);

/* Free the memory from request_check(). */
void request_free(struct load *load);

#endif

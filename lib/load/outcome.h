/* SPDX-License-Identifier: MIT */
/*
 * Receives: a reason to end a load: a request of the caller, or an error of a
 *           file.
 * Hands on: the code, and the message that explains it.
 * Always:   the same words on every path.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdint.h>

struct dmaload_file;
struct load;

/* Check for a stop. Return 0 to go on, -ECANCELED if the load was canceled, or
 * -ETIME if its deadline has passed. */
int load_check_stop(struct load *load);
int load_canceled(struct load *load);

/* Report a failed read or write, with the file and the offset. Return code. */
int load_failure(struct load *load, const struct dmaload_file *file, int code,
		 uint64_t offset);
/* Report a read or write of no bytes. Return -ENODATA if the file ends there,
 * else -EIO. */
int load_short(struct load *load, const struct dmaload_file *file,
	       uint64_t offset);

#endif

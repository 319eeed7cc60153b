/* SPDX-License-Identifier: MIT */
/*
 * Receives: a reason to end a load: its caller's, or an error of a file.
 * Hands on: the code, and the sentence that explains it.
 * Always:   the same words on every path.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdint.h>

struct dmaload_file;
struct load;

/* 0 to go on; -ECANCELED or -ETIME if the load was canceled or its deadline has passed. */
int load_check_stop(struct load *load);
int load_canceled(struct load *load);

/* The failure of a read or a write: names the file and the offset. Returns code. */
int load_failure(struct load *load, const struct dmaload_file *file, int code,
		 uint64_t offset);
/* A read that brought nothing, -ENODATA if the file ends here, else -EIO; or a
 * write that took nothing. */
int load_short(struct load *load, const struct dmaload_file *file,
	       uint64_t offset);

#endif

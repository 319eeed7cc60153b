/* SPDX-License-Identifier: MIT */
/*
 * Receives: what happens to a load while a path moves its bytes.
 * Hands on: the figures of the report, the caller's progress, a failure's text.
 * Always:   the same on every path.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdint.h>

struct load;

/* Account for bytes that have arrived on a path, and tell the caller. */
void account_bytes(struct load *load, uint64_t *path_bytes, uint64_t bytes);
int account_progress(struct load *load);

/* Note the time of the first read, and count it. */
void account_read(struct load *load);

/* The failure of a read: names the file and the offset. Returns code. */
int account_read_error(struct load *load, int code, uint64_t offset);
/* A read that brought nothing: -ENODATA if the file ends here, else -EIO. */
int account_short_read(struct load *load, uint64_t offset);

#endif

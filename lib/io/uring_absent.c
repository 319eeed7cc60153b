/* SPDX-License-Identifier: MIT */
/* In place of uring.c, if the library is built without liburing. */
#include <errno.h>

#include "io/ring_ops.h"

static int absent_create(struct ring **out, unsigned depth)
{
	(void)out;
	(void)depth;
	return -ENOSYS;
}

const struct ring_ops ring_uring = {
	.absent = "io_uring is not built into the library: build it with "
		  "liburing",
	.create = absent_create,
};

/* SPDX-License-Identifier: MIT */
/* In place of bench_digest.c, if the program is built without libcrypto. */
#include "bench_pairs.h"

#include <errno.h>

#include "tool.h"

int bench_digest(struct bench_pair_work *work, struct dmaload_error *err)
{
	(void)work;
	return explain(err, -ENOSYS, "this dmaload is built without libcrypto, "
		       "which computes digests");
}

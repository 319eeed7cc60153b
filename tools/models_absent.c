/* SPDX-License-Identifier: MIT */
/* Without libdmaload-models, no tensor is found. */
#include "tool.h"

#include <errno.h>

int listing_print(const struct listing *listing, struct dmaload_error *err)
{
	(void)listing;
	return explain(err, -EOPNOTSUPP, "this dmaload is built without "
		       "libdmaload-models, so it cannot read models; build it "
		       "with json-c");
}

/* SPDX-License-Identifier: MIT */
/* Without libdmaload-models, no tensor is found. */
#include "models.h"

#include <errno.h>

static int refuse(struct dmaload_error *err)
{
	return explain(err, -EOPNOTSUPP, "this dmaload is built without "
		       "libdmaload-models, so it cannot read models; build it "
		       "with json-c");
}

int listing_print(const struct listing *listing, struct dmaload_error *err)
{
	(void)listing;
	return refuse(err);
}

int chosen_open(struct files *files, const struct request *request,
		struct dmaload_error *err)
{
	(void)files;
	(void)request;
	return refuse(err);
}

void chosen_add_json(const struct chosen *chosen, struct json_object *object)
{
	(void)chosen;
	(void)object;
}

void chosen_print(const struct chosen *chosen, FILE *out)
{
	(void)chosen;
	(void)out;
}

void chosen_free(struct chosen *chosen)
{
	(void)chosen;
}

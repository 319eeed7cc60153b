/* SPDX-License-Identifier: MIT */
/* Without libdmaload-digest, there are no digests. */
#include "tool.h"

#include <errno.h>

int digests_begin(struct digests **out, const struct request *request,
		  const struct files *files, struct dmaload_options *options,
		  struct dmaload_error *err)
{
	(void)files;
	(void)options;
	*out = NULL;
	if (!request->digest && !request->expect && !request->expect_file)
		return 0;
	return explain(err, -EOPNOTSUPP, "this dmaload is built without libcrypto, "
		       "so it has no digests; compare with sha256sum instead");
}

bool digests_may_be_measured(const struct request *request)
{
	(void)request;
	return false;
}

int digests_measure(char **out, int fd, struct dmaload_error *err)
{
	(void)out;
	(void)fd;
	(void)err;
	return 0;
}

int digests_end(struct digests *digests, int result, struct dmaload_error *err)
{
	(void)digests;
	(void)err;
	return result;
}

const char *digests_text(const struct digests *digests, size_t i)
{
	(void)digests;
	(void)i;
	return NULL;
}

void digests_print(const struct digests *digests, FILE *out)
{
	(void)digests;
	(void)out;
}

void digests_free(struct digests *digests)
{
	(void)digests;
}

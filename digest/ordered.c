/* SPDX-License-Identifier: MIT */
/* The digest of the bytes of a file, from the first to the last. */
#include "method.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "error.h"

struct ordered {
	pthread_mutex_t lock;
	EVP_MD_CTX *ctx;
	/* The byte that has to come next. */
	uint64_t next;
	bool finished;
};

static void destroy(void *state)
{
	struct ordered *ordered = state;

	if (!ordered)
		return;
	EVP_MD_CTX_free(ordered->ctx);
	pthread_mutex_destroy(&ordered->lock);
	free(ordered);
}

static int create(void **state, EVP_MD *md, struct dmaload_error *err)
{
	struct ordered *ordered = calloc(1, sizeof(*ordered));

	if (ordered) {
		pthread_mutex_init(&ordered->lock, NULL);
		ordered->ctx = EVP_MD_CTX_new();
	}
	if (!ordered || !ordered->ctx ||
	    EVP_DigestInit_ex(ordered->ctx, md, NULL) != 1) {
		destroy(ordered);
		return dg_fail(err, -ENOMEM, "out of memory for a digest");
	}
	*state = ordered;
	return 0;
}

static int add(void *state, uint64_t offset, const void *bytes, size_t length,
	       struct dmaload_error *err)
{
	struct ordered *ordered = state;
	int r = 0;

	pthread_mutex_lock(&ordered->lock);
	if (ordered->finished)
		r = dg_fail(err, -EINVAL, "the bytes at %" PRIu64 " came after "
			    "the result was returned", offset);
	else if (offset != ordered->next)
		r = dg_fail(err, -EINVAL, "the bytes at %" PRIu64 " came where "
			    "those at %" PRIu64 " were to come: this algorithm "
			    "needs them in order", offset, ordered->next);
	else if (EVP_DigestUpdate(ordered->ctx, bytes, length) != 1)
		r = dg_fail(err, -EIO, "libcrypto cannot hash the bytes at %"
			    PRIu64, offset);
	else
		ordered->next += length;
	pthread_mutex_unlock(&ordered->lock);
	return r;
}

static int finish(void *state, unsigned char *value, struct dmaload_error *err)
{
	struct ordered *ordered = state;
	int r = 0;

	pthread_mutex_lock(&ordered->lock);
	ordered->finished = true;
	if (EVP_DigestFinal_ex(ordered->ctx, value, NULL) != 1)
		r = dg_fail(err, -EIO, "libcrypto cannot finish the hash");
	pthread_mutex_unlock(&ordered->lock);
	return r;
}

const struct dg_method dg_ordered = { create, add, finish, destroy };

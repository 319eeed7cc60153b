/* SPDX-License-Identifier: MIT */
/*
 * Receives: pieces of the ranges of a load.
 * Hands on: a digest of each range, as text.
 * Always:   the first failure is kept, since a load only learns that there was
 *           one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "format.h"

struct part {
	void *state;
	/* The result, or empty. */
	char text[DMALOAD_DIGEST_SIZE];
};

struct dmaload_digest {
	const struct dg_algorithm *algorithm;
	EVP_MD *md;
	/* Protects failure and the texts. */
	pthread_mutex_t lock;
	struct dmaload_error failure;
	size_t count;
	struct part parts[];
};

void dmaload_digest_destroy(struct dmaload_digest *digest)
{
	size_t i;

	if (!digest)
		return;
	for (i = 0; i < digest->count; i++)
		digest->algorithm->method->destroy(digest->parts[i].state);
	EVP_MD_free(digest->md);
	pthread_mutex_destroy(&digest->lock);
	free(digest);
}

static int create_states(struct dmaload_digest *digest,
			 struct dmaload_error *err)
{
	const struct dg_algorithm *algorithm = digest->algorithm;
	size_t i;
	int r = 0;

	/* In FIPS mode it has no BLAKE2. */
	digest->md = EVP_MD_fetch(NULL, algorithm->hash, NULL);
	if (!digest->md)
		return dg_fail(err, -EOPNOTSUPP, "libcrypto has no %s here: its "
			       "configuration leaves it out", algorithm->hash);
	for (i = 0; r == 0 && i < digest->count; i++)
		r = algorithm->method->create(&digest->parts[i].state,
					      digest->md, err);
	return r;
}

int dmaload_digest_create(struct dmaload_digest **out, const char *algorithm,
			  size_t ranges, struct dmaload_error *err)
{
	const size_t most = (SIZE_MAX - sizeof(struct dmaload_digest)) /
			    sizeof(struct part);
	const struct dg_algorithm *found;
	struct dmaload_digest *digest;
	int r;

	if (!out || !algorithm || ranges == 0)
		return dg_fail(err, -EINVAL, "a digest needs a pointer to "
			       "return it in, an algorithm and a range");
	found = dg_algorithm_find(algorithm, strlen(algorithm), err);
	if (!found)
		return -EINVAL;
	digest = ranges > most ? NULL :
		 calloc(1, sizeof(*digest) + ranges * sizeof(struct part));
	if (!digest)
		return dg_fail(err, -ENOMEM, "out of memory for the digests of "
			       "%zu ranges", ranges);
	digest->algorithm = found;
	digest->count = ranges;
	pthread_mutex_init(&digest->lock, NULL);
	r = create_states(digest, err);
	if (r < 0) {
		dmaload_digest_destroy(digest);
		return r;
	}
	*out = digest;
	return 0;
}

static int keep_failure(struct dmaload_digest *digest, size_t range, int code,
			const struct dmaload_error *reason)
{
	pthread_mutex_lock(&digest->lock);
	if (digest->failure.code == 0)
		dg_fail(&digest->failure, code, "no digest of range %zu: %s",
			range, reason->message);
	pthread_mutex_unlock(&digest->lock);
	return code;
}

int dmaload_digest_piece(const struct dmaload_piece *piece, void *data)
{
	struct dmaload_digest *digest = data;
	struct dmaload_error reason;
	int r;

	if (!piece || !digest)
		return -EINVAL;
	if (piece->range >= digest->count)
		r = dg_fail(&reason, -EINVAL, "there are digests of %zu ranges",
			    digest->count);
	else
		r = digest->algorithm->method->add(
			digest->parts[piece->range].state, piece->offset,
			piece->bytes, piece->length, &reason);
	return r < 0 ? keep_failure(digest, piece->range, r, &reason) : 0;
}

/* With the lock. */
static int finish_part(struct dmaload_digest *digest, size_t range)
{
	const struct dg_algorithm *algorithm = digest->algorithm;
	struct part *part = &digest->parts[range];
	unsigned char value[EVP_MAX_MD_SIZE];
	struct dmaload_error reason;
	int r;

	if (digest->failure.code < 0 || part->text[0] != '\0')
		return digest->failure.code;
	r = algorithm->method->finish(part->state, value, &reason);
	if (r < 0)
		return dg_fail(&digest->failure, r, "no digest of range %zu: %s",
			       range, reason.message);
	dg_format(part->text, algorithm, value);
	return 0;
}

int dmaload_digest_result(struct dmaload_digest *digest, size_t range,
			  char text[DMALOAD_DIGEST_SIZE],
			  struct dmaload_error *err)
{
	int r;

	if (!digest || !text || range >= digest->count)
		return dg_fail(err, -EINVAL, "a result needs a digest, a range "
			       "of it, and a pointer to return it in");
	pthread_mutex_lock(&digest->lock);
	r = finish_part(digest, range);
	if (r == 0)
		strcpy(text, digest->parts[range].text);
	else if (err)
		*err = digest->failure;
	pthread_mutex_unlock(&digest->lock);
	return r;
}

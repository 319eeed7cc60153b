/* SPDX-License-Identifier: MIT */
/* The digest of fs-verity, from pieces that come in any order. */
#include "method.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "groups.h"

struct tree {
	EVP_MD *md;
	pthread_mutex_t lock;
	struct dg_groups groups;
	/* The end of the last piece. */
	uint64_t end;
	/* The end of the piece that ends within a block, or 0. */
	uint64_t short_end;
	bool finished;
};

static void destroy(void *state)
{
	struct tree *tree = state;

	if (!tree)
		return;
	dg_groups_free(&tree->groups);
	pthread_mutex_destroy(&tree->lock);
	free(tree);
}

static int create(void **state, EVP_MD *md, struct dmaload_error *err)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return dg_fail(err, -ENOMEM, "out of memory for a digest");
	pthread_mutex_init(&tree->lock, NULL);
	tree->md = md;
	*state = tree;
	return 0;
}

/* Check where a piece lies before anything of it is hashed. */
static int begin_piece(struct tree *tree, uint64_t offset, size_t length,
		       struct dmaload_error *err)
{
	uint64_t end = offset + length;

	if (tree->finished)
		return dg_fail(err, -EINVAL, "the bytes at %" PRIu64 " came "
			       "after the result was returned", offset);
	if (offset % BLOCK != 0 || end < offset || end / GROUP >= SIZE_MAX)
		return dg_fail(err, -EINVAL, "a piece of %zu bytes at %" PRIu64
			       " does not begin at a multiple of 4096, or is "
			       "too far", length, offset);
	if (end % BLOCK != 0 && tree->short_end != 0)
		return dg_fail(err, -EINVAL, "two pieces end within a block");
	if (end % BLOCK != 0)
		tree->short_end = end;
	if (end > tree->end)
		tree->end = end;
	return 0;
}

static int add_parts(struct tree *tree, EVP_MD_CTX *ctx, uint64_t offset,
		     const unsigned char *bytes, size_t length,
		     struct dmaload_error *err)
{
	struct dg_leaves leaves;
	size_t part;
	int r = 0;

	for (; r == 0 && length > 0; length -= part, bytes += part) {
		part = GROUP - (size_t)(offset % GROUP);
		if (part > length)
			part = length;
		if (!dg_leaves_hash(ctx, tree->md, &leaves, offset, bytes,
				    part))
			return dg_fail(err, -EIO, "libcrypto cannot hash");
		pthread_mutex_lock(&tree->lock);
		r = dg_groups_add(&tree->groups, tree->md, &leaves, err);
		pthread_mutex_unlock(&tree->lock);
		offset += part;
	}
	return r;
}

static int add(void *state, uint64_t offset, const void *bytes, size_t length,
	       struct dmaload_error *err)
{
	struct tree *tree = state;
	EVP_MD_CTX *ctx;
	int r;

	pthread_mutex_lock(&tree->lock);
	r = begin_piece(tree, offset, length, err);
	pthread_mutex_unlock(&tree->lock);
	if (r < 0)
		return r;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return dg_fail(err, -ENOMEM, "out of memory for a digest");
	r = add_parts(tree, ctx, offset, bytes, length, err);
	EVP_MD_CTX_free(ctx);
	return r;
}

/* Hash the levels above the groups, in place. */
static bool hash_levels(const struct tree *tree, EVP_MD_CTX *ctx, size_t n)
{
	unsigned char (*const hashes)[HASH] = tree->groups.hashes;
	size_t i, rest;

	while (n > 1) {
		rest = n * HASH;
		n = (n + FAN - 1) / FAN;
		for (i = 0; i < n; i++, rest -= BLOCK)
			if (!dg_hash_block(ctx, tree->md, hashes[i],
					   hashes[i * FAN],
					   rest < BLOCK ? rest : BLOCK))
				return false;
	}
	return true;
}

/* All blocks came, so only the last group can be incomplete. A file of one
 * block has no level above it, and an empty one has a root of zeroes. */
static bool hash_root(const struct tree *tree, EVP_MD_CTX *ctx,
		      unsigned char root[HASH])
{
	const uint64_t n = tree->end / GROUP + (tree->end % GROUP != 0);
	const unsigned char *last;
	size_t group;

	if (tree->end == 0)
		return true;
	last = dg_groups_incomplete(&tree->groups, &group);
	if (tree->end <= BLOCK) {
		memcpy(root, last, HASH);
		return true;
	}
	if (last && !dg_hash_block(ctx, tree->md, tree->groups.hashes[group],
				   last, BLOCK))
		return false;
	if (!hash_levels(tree, ctx, (size_t)n))
		return false;
	memcpy(root, tree->groups.hashes[0], HASH);
	return true;
}

static bool hash_descriptor(const struct tree *tree, unsigned char *value)
{
	/* struct fsverity_descriptor of <linux/fsverity.h>: version 1, SHA-256,
	 * 2^12 bytes a block, no salt, the size at 8, the root at 16. */
	unsigned char descriptor[256] = { 1, 1, 12, 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_hashed;
	int i;

	for (i = 0; i < 8; i++)
		descriptor[8 + i] = (unsigned char)(tree->end >> 8 * i);
	is_hashed = ctx && hash_root(tree, ctx, descriptor + 16) &&
		    EVP_Digest(descriptor, sizeof(descriptor), value, NULL,
			       tree->md, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return is_hashed;
}

static int finish(void *state, unsigned char *value, struct dmaload_error *err)
{
	struct tree *tree = state;
	uint64_t all;
	int r = 0;

	pthread_mutex_lock(&tree->lock);
	tree->finished = true;
	all = tree->end / BLOCK + (tree->end % BLOCK != 0);
	if (tree->short_end != 0 && tree->short_end != tree->end)
		r = dg_fail(err, -EINVAL, "a piece ends within a block at %"
			    PRIu64 ", and the file does not end there",
			    tree->short_end);
	else if (tree->groups.blocks != all)
		r = dg_fail(err, -ENODATA, "only %" PRIu64 " of %" PRIu64
			    " blocks of 4096 bytes came", tree->groups.blocks,
			    all);
	else if (!hash_descriptor(tree, value))
		r = dg_fail(err, -EIO, "libcrypto cannot finish the hash");
	pthread_mutex_unlock(&tree->lock);
	return r;
}

const struct dg_method dg_tree = { create, add, finish, destroy };

/* SPDX-License-Identifier: MIT */
/*
 * The digest of fs-verity is the root of a tree. A leaf is the hash of a block
 * of 4096 bytes of the file. 128 hashes fill a block of the next level, whose
 * hash is one of the 128 in a block of the level above. Zeroes fill up the last
 * block of each level, and of the file.
 *
 * Blocks come in any order, and their leaves would take 1/128 of the file's
 * size. But the tree needs leaves only until all 128 of a block, a group of 512
 * KiB of the file, have come. Then the hash of that block is enough, which is
 * 1/16384 of the size. A piece that has all of a group leaves this hash at
 * once. Other pieces need a record with the block until the rest of the group
 * comes. A load has few reads in flight, so few groups are incomplete at a
 * time. DMALOAD_DIGEST_SCATTER_MAX makes it a promise: beyond it, a piece is
 * refused. The array of the hashes doubles when it grows, so it has room for
 * twice the hashes at most, and its old half exists beside it meanwhile. That
 * is 3/32768 of the size, below 1/4096.
 *
 * No input of SHA-256 is known whose hash is zero. So zeroes in a block, or in
 * the array, stand for what has not come yet.
 */
#include "groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <dmaload-digest.h>

#include "error.h"

static const unsigned char nothing[HASH];

struct dg_record {
	struct dg_record *next;
	size_t group;
	size_t leaves;
	unsigned char block[BLOCK];
};

bool dg_hash_block(EVP_MD_CTX *ctx, const EVP_MD *md, unsigned char hash[HASH],
		   const unsigned char *bytes, size_t length)
{
	static const unsigned char zeroes[BLOCK];

	return EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, bytes, length) == 1 &&
	       EVP_DigestUpdate(ctx, zeroes, BLOCK - length) == 1 &&
	       EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
}

bool dg_leaves_hash(EVP_MD_CTX *ctx, const EVP_MD *md, struct dg_leaves *leaves,
		    uint64_t offset, const unsigned char *bytes, size_t length)
{
	unsigned char *leaf = leaves->block;
	size_t done, part;

	leaves->group = (size_t)(offset / GROUP);
	leaves->first = (size_t)(offset % GROUP) / BLOCK;
	leaves->count = (length + BLOCK - 1) / BLOCK;
	for (done = 0; done < length; done += part, leaf += HASH) {
		part = length - done < BLOCK ? length - done : BLOCK;
		if (!dg_hash_block(ctx, md, leaf, bytes + done, part))
			return false;
	}
	return leaves->count < FAN ||
	       dg_hash_block(ctx, md, leaves->hash, leaves->block, BLOCK);
}

/* Have room for the hashes of groups up to this one. */
static bool reserve(struct dg_groups *groups, size_t group)
{
	unsigned char (*hashes)[HASH];
	size_t capacity = 2 * groups->capacity;

	if (group < groups->capacity)
		return true;
	if (capacity <= group)
		capacity = group + 1;
	if (capacity > SIZE_MAX / HASH)
		return false;
	hashes = realloc(groups->hashes, capacity * HASH);
	if (!hashes)
		return false;
	memset(hashes + groups->capacity, 0, (capacity - groups->capacity) * HASH);
	groups->hashes = hashes;
	groups->capacity = capacity;
	return true;
}

/* Return where the record of a group is linked, or where the list ends. */
static struct dg_record **find_record(struct dg_groups *groups, size_t group)
{
	struct dg_record **at = &groups->records;

	while (*at && (*at)->group != group)
		at = &(*at)->next;
	return at;
}

static int add_part(struct dg_groups *groups, const EVP_MD *md,
		    const struct dg_leaves *leaves, struct dmaload_error *err)
{
	struct dg_record **at = find_record(groups, leaves->group), *record = *at;
	size_t i;

	if (!record && groups->records_count == DMALOAD_DIGEST_SCATTER_MAX)
		return dg_fail(err, -ENOBUFS, "the pieces are scattered: more "
			       "than %zu groups of 512 KiB are incomplete",
			       (size_t)DMALOAD_DIGEST_SCATTER_MAX);
	if (!record) {
		record = calloc(1, sizeof(*record));
		if (!record)
			return dg_fail(err, -ENOMEM, "out of memory for a "
				       "digest");
		record->group = leaves->group;
		*at = record;
		groups->records_count++;
	}
	for (i = 0; i < leaves->count; i++) {
		unsigned char *leaf = record->block + (leaves->first + i) * HASH;

		if (memcmp(leaf, nothing, HASH) != 0)
			return -EEXIST;
		memcpy(leaf, leaves->block + i * HASH, HASH);
	}
	record->leaves += leaves->count;
	if (record->leaves < FAN)
		return 0;

	if (EVP_Digest(record->block, BLOCK, groups->hashes[record->group], NULL,
		       md, NULL) != 1)
		return dg_fail(err, -EIO, "libcrypto cannot hash");
	*at = record->next;
	groups->records_count--;
	free(record);
	return 0;
}

int dg_groups_add(struct dg_groups *groups, const EVP_MD *md,
		  const struct dg_leaves *leaves, struct dmaload_error *err)
{
	int r = 0;

	if (!reserve(groups, leaves->group))
		return dg_fail(err, -ENOMEM, "out of memory for a digest");
	if (memcmp(groups->hashes[leaves->group], nothing, HASH) != 0)
		r = -EEXIST;
	else if (leaves->count < FAN)
		r = add_part(groups, md, leaves, err);
	else if (*find_record(groups, leaves->group))
		r = -EEXIST;
	else
		memcpy(groups->hashes[leaves->group], leaves->hash, HASH);
	if (r == -EEXIST)
		return dg_fail(err, -EINVAL, "bytes of the same block came "
			       "twice");
	groups->blocks += r == 0 ? leaves->count : 0;
	return r;
}

const unsigned char *dg_groups_incomplete(const struct dg_groups *groups,
					  size_t *group)
{
	if (!groups->records)
		return NULL;
	*group = groups->records->group;
	return groups->records->block;
}

void dg_groups_free(struct dg_groups *groups)
{
	struct dg_record *record;

	while ((record = groups->records)) {
		groups->records = record->next;
		free(record);
	}
	free(groups->hashes);
}

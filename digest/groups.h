/* SPDX-License-Identifier: MIT */
/*
 * Receives: blocks of a file, in any order.
 * Hands on: the hashes of all groups of 128 blocks.
 * Always:   few groups are incomplete at a time, and the others have only their
 *           hash: see groups.c.
 */
#ifndef DG_GROUPS_H
#define DG_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <dmaload/error.h>

#define BLOCK ((size_t)4096)
#define HASH ((size_t)32)
#define FAN (BLOCK / HASH)
#define GROUP (BLOCK * FAN)

/* The part of a piece that lies in one group. */
struct dg_leaves {
	size_t group;
	size_t first;
	size_t count;
	unsigned char block[BLOCK];
	/* The hash of block, if the piece has all of the group. */
	unsigned char hash[HASH];
};

struct dg_record;

/* Zeroes are no groups yet. */
struct dg_groups {
	/* The hashes of the complete groups; zeroes for the others. */
	unsigned char (*hashes)[HASH];
	size_t capacity;
	/* The incomplete groups. */
	struct dg_record *records;
	size_t records_count;
	/* Blocks of the file that came. */
	uint64_t blocks;
};

/* Hash a block, of which the bytes after length are zeroes. */
bool dg_hash_block(EVP_MD_CTX *ctx, const EVP_MD *md, unsigned char hash[HASH],
		   const unsigned char *bytes, size_t length);
/* Hash length bytes at an offset of the file, which are in one group. */
bool dg_leaves_hash(EVP_MD_CTX *ctx, const EVP_MD *md, struct dg_leaves *leaves,
		    uint64_t offset, const unsigned char *bytes, size_t length);
/* Add leaves to their group. Return 0 or -errno. */
int dg_groups_add(struct dg_groups *groups, const EVP_MD *md,
		  const struct dg_leaves *leaves, struct dmaload_error *err);
/* Return the block of a group that is incomplete, or NULL if all are complete.
 * Set its index. */
const unsigned char *dg_groups_incomplete(const struct dg_groups *groups,
					  size_t *group);
void dg_groups_free(struct dg_groups *groups);

#endif

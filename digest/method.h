/* SPDX-License-Identifier: MIT */
/*
 * Receives: the bytes of one file, in pieces.
 * Hands on: the value of its digest.
 * Always:   libcrypto hashes; a method only decides what is hashed, and when.
 */
#ifndef DG_METHOD_H
#define DG_METHOD_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <dmaload/error.h>

/*
 * Every slot is filled. Any thread may call any of them at any time, but not
 * while the state is destroyed. They return 0 or -errno. After finish(), add()
 * refuses all bytes.
 */
struct dg_method {
	/* md stays the caller's, who keeps it as long as the state. */
	int (*create)(void **state, EVP_MD *md, struct dmaload_error *err);
	int (*add)(void *state, uint64_t offset, const void *bytes,
		   size_t length, struct dmaload_error *err);
	/* value has room for EVP_MAX_MD_SIZE bytes. */
	int (*finish)(void *state, unsigned char *value,
		      struct dmaload_error *err);
	void (*destroy)(void *state);
};

/* The digest of the bytes in order. */
extern const struct dg_method dg_ordered;
/* The digest of fs-verity, of pieces in any order. */
extern const struct dg_method dg_tree;

#endif

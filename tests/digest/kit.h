/* SPDX-License-Identifier: MIT */
/* Bytes of a fixed seed, pieces of them, and what the library allocates. */
#ifndef KIT_H
#define KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dmaload-digest.h>

#define BLOCK ((size_t)4096)
#define GROUP ((size_t)512 << 10)

/* Return the next number of a sequence. */
uint64_t kit_random(uint64_t *seed);
/* Return length bytes, the same in each run. The caller frees them. */
unsigned char *kit_bytes(size_t length);

/* How a file is cut into pieces. */
struct kit_cut {
	/* Pieces have at most this many bytes: a multiple of BLOCK. */
	size_t most;
	/* Other lengths than that, too. */
	bool varied;
	/* A piece comes at most this many places from its own; 0: in order. */
	size_t window;
};

/* Give bytes to the digest of a range. Return the first failure. */
int kit_feed(struct dmaload_digest *digest, size_t range, unsigned char *bytes,
	     size_t length, const struct kit_cut *cut);
int kit_give(struct dmaload_digest *digest, size_t range, uint64_t offset,
	     void *bytes, size_t length);
struct dmaload_digest *kit_create(const char *algorithm, size_t ranges);
/* Compare the result of a range with the text, and free the digest. */
void kit_expect(struct dmaload_digest *digest, const char *text);
/* Expect a failure that has the word, and free the digest. */
void kit_expect_failure(struct dmaload_digest *digest, int code,
			const char *word);

/* Bytes that the library has allocated, and the maximum since kit_count(). */
extern size_t kit_allocated;
extern size_t kit_peak;
/* Let the nth allocation fail from now on; 0: none. */
extern unsigned kit_fail;
void kit_count(void);

#endif

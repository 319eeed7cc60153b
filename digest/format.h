/* SPDX-License-Identifier: MIT */
/*
 * Receives: the name of an algorithm, or the value of a digest.
 * Hands on: what is known of the algorithm, or the digest as text.
 * Always:   the texts have lower case.
 */
#ifndef DG_FORMAT_H
#define DG_FORMAT_H

#include <dmaload-digest.h>

#include "method.h"

struct dg_algorithm {
	/* In texts, and for the caller. */
	const char *name;
	/* The name that libcrypto has for the hash. */
	const char *hash;
	/* The name in the lines of "sha256sum --tag"; NULL if there is none. */
	const char *tag;
	/* Hexadecimal digits of a digest. */
	size_t digits;
	const struct dg_method *method;
};

#define DG_ALGORITHMS 4
extern const struct dg_algorithm dg_algorithms[DG_ALGORITHMS];

/* Return an algorithm by its name, or NULL after writing the reason. */
const struct dg_algorithm *dg_algorithm_find(const char *name, size_t length,
					     struct dmaload_error *err);
/* Write the text of a value. */
void dg_format(char text[DMALOAD_DIGEST_SIZE],
	       const struct dg_algorithm *algorithm,
	       const unsigned char *value);
/* Write the text of length hexadecimal digits, if they are that. Return 0, or
 * -EINVAL. */
int dg_format_digits(char text[DMALOAD_DIGEST_SIZE],
		     const struct dg_algorithm *algorithm, const char *digits,
		     size_t length, struct dmaload_error *err);
/* Return how many hexadecimal digits the text begins with. */
size_t dg_count_digits(const char *text, size_t length);

#endif

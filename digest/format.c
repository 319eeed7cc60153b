/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "error.h"

#define NAMES "sha256, sha512, blake2b512 and fsverity"

const struct dg_algorithm dg_algorithms[DG_ALGORITHMS] = {
	{ "sha256", "SHA256", "SHA256", 64, &dg_ordered },
	{ "sha512", "SHA512", "SHA512", 128, &dg_ordered },
	{ "blake2b512", "BLAKE2B512", "BLAKE2b", 128, &dg_ordered },
	{ "fsverity", "SHA256", NULL, 64, &dg_tree },
};

const struct dg_algorithm *dg_algorithm_find(const char *name, size_t length,
					     struct dmaload_error *err)
{
	size_t i;

	for (i = 0; i < DG_ALGORITHMS; i++)
		if (strlen(dg_algorithms[i].name) == length &&
		    memcmp(dg_algorithms[i].name, name, length) == 0)
			return &dg_algorithms[i];
	dg_fail(err, -EINVAL, "unknown digest algorithm: use one of " NAMES);
	return NULL;
}

void dg_format(char text[DMALOAD_DIGEST_SIZE],
	       const struct dg_algorithm *algorithm,
	       const unsigned char *value)
{
	static const char digits[] = "0123456789abcdef";
	char *at = stpcpy(stpcpy(text, algorithm->name), ":");
	size_t i;

	for (i = 0; i < algorithm->digits / 2; i++) {
		*at++ = digits[value[i] >> 4];
		*at++ = digits[value[i] & 0xf];
	}
	*at = '\0';
}

/* isxdigit() and tolower() depend on the locale. */
static char lower_digit(char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
		return c;
	return c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : '\0';
}

size_t dg_count_digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && lower_digit(text[n]) != '\0')
		n++;
	return n;
}

int dg_format_digits(char text[DMALOAD_DIGEST_SIZE],
		     const struct dg_algorithm *algorithm, const char *digits,
		     size_t length, struct dmaload_error *err)
{
	char *at;
	size_t i;

	if (dg_count_digits(digits, length) != length)
		return dg_fail(err, -EINVAL, "the digest has a character that "
			       "is not a hexadecimal digit");
	if (length != algorithm->digits)
		return dg_fail(err, -EINVAL, "a digest of %s has %zu digits, "
			       "not %zu", algorithm->name, algorithm->digits,
			       length);
	at = stpcpy(stpcpy(text, algorithm->name), ":");
	for (i = 0; i < length; i++)
		*at++ = lower_digit(digits[i]);
	*at = '\0';
	return 0;
}

int dmaload_digest_parse(char text[DMALOAD_DIGEST_SIZE], const char *expected,
			 struct dmaload_error *err)
{
	const struct dg_algorithm *algorithm;
	char parsed[DMALOAD_DIGEST_SIZE];
	const char *colon;
	int r;

	if (!text || !expected)
		return dg_fail(err, -EINVAL, "to parse a digest needs a text, "
			       "and a pointer to return it in");
	colon = strchr(expected, ':');
	if (!colon)
		return dg_fail(err, -EINVAL, "a digest is written as "
			       "ALGORITHM:DIGITS, for example sha256:e3b0...");
	algorithm = dg_algorithm_find(expected, (size_t)(colon - expected), err);
	if (!algorithm)
		return -EINVAL;
	r = dg_format_digits(parsed, algorithm, colon + 1, strlen(colon + 1),
			     err);
	if (r == 0)
		strcpy(text, parsed);
	return r;
}

int dmaload_digest_compare(const char *digest, const char *expected,
			   struct dmaload_error *err)
{
	char texts[2][DMALOAD_DIGEST_SIZE];
	int r;

	r = dmaload_digest_parse(texts[0], digest, err);
	if (r == 0)
		r = dmaload_digest_parse(texts[1], expected, err);
	if (r < 0)
		return r;
	if (strcmp(texts[0], texts[1]) == 0)
		return 0;
	if (strcspn(texts[0], ":") != strcspn(texts[1], ":") ||
	    strncmp(texts[0], texts[1], strcspn(texts[0], ":")) != 0)
		return dg_fail(err, -EINVAL, "cannot compare %s with %s: they "
			       "are of two algorithms", texts[0], texts[1]);
	return dg_fail(err, -EBADMSG, "the digest is %s, but %s is expected: "
		       "the bytes are not the expected ones",
		       texts[0], texts[1]);
}

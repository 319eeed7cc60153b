/* SPDX-License-Identifier: MIT */
/*
 * The parser of lists of digests. The input is the output of sha256sum, or not. If
 * the parser accepts it, the list must come out the same when it is written again,
 * with escapes, and read back. If not, the reason must be readable text.
 */
#include <dmaload-digest.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static char *write_escaped(char *to, const char *name)
{
	for (; *name; name++) {
		if (*name != '\\' && *name != '\n' && *name != '\r') {
			*to++ = *name;
			continue;
		}
		*to++ = '\\';
		*to++ = *name == '\n' ? 'n' : *name == '\r' ? 'r' : '\\';
	}
	return to;
}

/* Write the lines of "sha256sum --tag" and its relatives, each with escapes. */
static char *write_list(const struct dmaload_digest_list *list, size_t *length)
{
	const size_t count = dmaload_digest_list_count(list);
	const char *digest;
	size_t size = 1, i;
	char *text, *to;

	for (i = 0; i < count; i++)
		size += DMALOAD_DIGEST_SIZE + 32 +
			2 * strlen(dmaload_digest_list_name(list, i));
	to = text = malloc(size);
	FUZZ_CHECK(text);
	for (i = 0; i < count; i++) {
		digest = dmaload_digest_list_digest(list, i);
		to = stpcpy(to, strncmp(digest, "sha256:", 7) == 0 ? "\\SHA256 (" :
			    strncmp(digest, "sha512:", 7) == 0 ? "\\SHA512 (" :
			    "\\BLAKE2b (");
		to = write_escaped(to, dmaload_digest_list_name(list, i));
		to = stpcpy(stpcpy(to, ") = "), strchr(digest, ':') + 1);
		*to++ = '\n';
	}
	*length = (size_t)(to - text);
	return text;
}

static void check_entry(const struct dmaload_digest_list *list,
			const struct dmaload_digest_list *again, size_t i)
{
	const char *digest = dmaload_digest_list_digest(list, i);
	char text[DMALOAD_DIGEST_SIZE];

	FUZZ_CHECK(dmaload_digest_list_name(list, i)[0] != '\0');
	FUZZ_CHECK(dmaload_digest_parse(text, digest, NULL) == 0);
	FUZZ_CHECK(strcmp(text, digest) == 0);
	FUZZ_CHECK(strcmp(dmaload_digest_list_digest(again, i), digest) == 0);
	FUZZ_CHECK(strcmp(dmaload_digest_list_name(again, i),
			  dmaload_digest_list_name(list, i)) == 0);
}

static void check_list(const struct dmaload_digest_list *list)
{
	const size_t count = dmaload_digest_list_count(list);
	struct dmaload_digest_list *again = NULL;
	size_t length, i;
	char *text;

	text = write_list(list, &length);
	FUZZ_CHECK(dmaload_digest_list_create(&again, text, length, NULL, NULL)
		   == 0);
	free(text);
	FUZZ_CHECK(dmaload_digest_list_count(again) == count);
	for (i = 0; i < count; i++)
		check_entry(list, again, i);
	FUZZ_CHECK(!dmaload_digest_list_name(list, count));
	dmaload_digest_list_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dmaload_digest_list *list = NULL;
	struct dmaload_error err;
	int r;

	r = dmaload_digest_list_create(&list, (const char *)data, size, NULL, &err);
	if (r == 0) {
		check_list(list);
	} else {
		FUZZ_CHECK(r == -EINVAL && err.code == r);
		fuzz_check_text(err.message, strlen(err.message), "");
	}
	dmaload_digest_list_destroy(list);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Receives: the text that sha256sum, sha512sum or b2sum printed.
 * Hands on: digests and names.
 * Always:   a line is understood as coreutils do, or refused.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "format.h"

struct entry {
	char digest[DMALOAD_DIGEST_SIZE];
	char *name;
};

struct dmaload_digest_list {
	/* The algorithm of lines without a tag; NULL: by the number of digits. */
	const struct dg_algorithm *untagged;
	struct entry *entries;
	size_t count;
	size_t capacity;
};

/* The rest of a line. */
struct text {
	const char *at;
	size_t length;
};

static void skip(struct text *text, size_t n)
{
	text->at += n;
	text->length -= n;
}

static bool take(struct text *text, const char *word)
{
	const size_t n = strlen(word);

	if (text->length < n || memcmp(text->at, word, n) != 0)
		return false;
	skip(text, n);
	return true;
}

static void skip_blanks(struct text *text)
{
	while (text->length > 0 && (*text->at == ' ' || *text->at == '\t'))
		skip(text, 1);
}

/* Return a copy of a name, or NULL with errno. In a line that begins with a
 * backslash, \\ stands for a backslash, \n and \r for the ends of lines. */
static char *copy_name(struct text name, bool escaped)
{
	char *copy = malloc(name.length + 1), *to = copy;

	for (; copy && name.length > 0; skip(&name, 1)) {
		if (!escaped || *name.at != '\\') {
			*to++ = *name.at;
			continue;
		}
		skip(&name, 1);
		if (name.length == 0 || !strchr("\\nr", *name.at)) {
			free(copy);
			errno = EINVAL;
			return NULL;
		}
		*to++ = *name.at == 'n' ? '\n' : *name.at == 'r' ? '\r' : '\\';
	}
	if (copy)
		*to = '\0';
	return copy;
}

static bool make_room(struct dmaload_digest_list *list)
{
	const size_t capacity = list->capacity ? 2 * list->capacity : 16;
	struct entry *entries;

	if (list->count < list->capacity)
		return true;
	if (capacity > SIZE_MAX / sizeof(*entries))
		return false;
	entries = realloc(list->entries, capacity * sizeof(*entries));
	if (!entries)
		return false;
	list->entries = entries;
	list->capacity = capacity;
	return true;
}

static int append(struct dmaload_digest_list *list,
		  const struct dg_algorithm *algorithm, struct text digits,
		  struct text name, bool escaped, struct dmaload_error *err)
{
	struct entry *entry;
	int r;

	if (name.length == 0)
		return dg_fail(err, -EINVAL, "the name is empty");
	if (!make_room(list))
		return dg_fail(err, -ENOMEM, "out of memory");
	entry = &list->entries[list->count];
	r = dg_format_digits(entry->digest, algorithm, digits.at, digits.length,
			     err);
	if (r < 0)
		return r;
	entry->name = copy_name(name, escaped);
	if (!entry->name && errno == EINVAL)
		return dg_fail(err, -EINVAL, "in a line that begins with a "
			       "backslash, a name has \\\\, \\n and \\r only");
	if (!entry->name)
		return dg_fail(err, -ENOMEM, "out of memory");
	list->count++;
	return 0;
}

/* TAG (NAME) = DIGITS; a name may have parentheses, too. */
static int parse_tagged(struct dmaload_digest_list *list,
			const struct dg_algorithm *algorithm, struct text line,
			bool escaped, struct dmaload_error *err)
{
	struct text name = line, digits = { NULL, 0 };

	while (name.length > 0 && name.at[name.length - 1] != ')')
		name.length--;
	if (name.length > 0) {
		digits = line;
		skip(&digits, name.length);
		name.length--;
	}
	skip_blanks(&digits);
	if (!take(&digits, "="))
		return dg_fail(err, -EINVAL, "it begins with \"%s (\", and does "
			       "not go on with \"NAME) = DIGITS\"",
			       algorithm->tag);
	skip_blanks(&digits);
	return append(list, algorithm, digits, name, escaped, err);
}

static const struct dg_algorithm *by_digits(size_t digits)
{
	return dg_algorithm_find(digits == 128 ? "sha512" : "sha256", 6, NULL);
}

/* DIGITS, a blank, a blank or an asterisk, NAME. */
static int parse_untagged(struct dmaload_digest_list *list, struct text line,
			  bool escaped, struct dmaload_error *err)
{
	struct text digits = line;

	digits.length = dg_count_digits(line.at, line.length);
	skip(&line, digits.length);
	if (digits.length == 0 || !(take(&line, "  ") || take(&line, " *")))
		return dg_fail(err, -EINVAL, "it is neither \"DIGITS  NAME\" nor "
			       "\"SHA256 (NAME) = DIGITS\"");
	return append(list, list->untagged ? list->untagged :
		      by_digits(digits.length), digits, line, escaped, err);
}

static int parse_line(struct dmaload_digest_list *list, struct text line,
		      struct dmaload_error *err)
{
	struct text rest;
	bool escaped;
	size_t i;

	if (line.length > 0 && *line.at == '#')
		return 0;
	if (line.length > 0 && line.at[line.length - 1] == '\r')
		line.length--;
	skip_blanks(&line);
	if (line.length == 0)
		return 0;
	if (memchr(line.at, '\0', line.length))
		return dg_fail(err, -EINVAL, "it has a NUL");
	escaped = take(&line, "\\");
	for (i = 0; i < DG_ALGORITHMS; i++) {
		rest = line;
		if (!dg_algorithms[i].tag || !take(&rest, dg_algorithms[i].tag))
			continue;
		take(&rest, " ");
		if (take(&rest, "("))
			return parse_tagged(list, &dg_algorithms[i], rest,
					    escaped, err);
	}
	return parse_untagged(list, line, escaped, err);
}

static int parse(struct dmaload_digest_list *list, struct text text,
		 struct dmaload_error *err)
{
	struct dmaload_error reason;
	struct text line;
	const char *end;
	size_t number;
	int r;

	for (number = 1; text.length > 0; number++) {
		end = memchr(text.at, '\n', text.length);
		line = text;
		line.length = end ? (size_t)(end - text.at) : text.length;
		r = parse_line(list, line, &reason);
		if (r < 0)
			return dg_fail(err, r, "line %zu of the digests: %s",
				       number, reason.message);
		skip(&text, line.length + (end ? 1 : 0));
	}
	return 0;
}

int dmaload_digest_list_create(struct dmaload_digest_list **out,
			       const char *text, size_t length,
			       const char *algorithm, struct dmaload_error *err)
{
	const struct dg_algorithm *untagged = NULL;
	struct dmaload_digest_list *list;
	int r;

	if (!out || !text)
		return dg_fail(err, -EINVAL, "a list needs a text, and a "
			       "pointer to return it in");
	if (algorithm) {
		untagged = dg_algorithm_find(algorithm, strlen(algorithm), err);
		if (!untagged)
			return -EINVAL;
	}
	list = calloc(1, sizeof(*list));
	if (!list)
		return dg_fail(err, -ENOMEM, "out of memory for a list");
	list->untagged = untagged;
	r = parse(list, (struct text){ text, length }, err);
	if (r < 0) {
		dmaload_digest_list_destroy(list);
		return r;
	}
	*out = list;
	return 0;
}

void dmaload_digest_list_destroy(struct dmaload_digest_list *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; i < list->count; i++)
		free(list->entries[i].name);
	free(list->entries);
	free(list);
}

size_t dmaload_digest_list_count(const struct dmaload_digest_list *list)
{
	return list ? list->count : 0;
}

const char *dmaload_digest_list_name(const struct dmaload_digest_list *list,
				     size_t index)
{
	return list && index < list->count ? list->entries[index].name : NULL;
}

const char *dmaload_digest_list_digest(const struct dmaload_digest_list *list,
				       size_t index)
{
	return list && index < list->count ? list->entries[index].digest : NULL;
}

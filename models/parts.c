/* SPDX-License-Identifier: MIT */
/*
 * The files of a model. Receives the count and numbers of the files, from a
 * format or a file's name; hands on their paths, and checks that together they
 * are the model. Always: nothing is opened here.
 */
#include "parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The limit for the paths of a model, in bytes. */
#define PATHS_MAX (16u << 20)

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int parts_add(struct parts *parts, struct header *header, char *path)
{
	char **paths = NULL;

	/* Double the array at each power of two. */
	if ((parts->count & (parts->count - 1)) != 0)
		paths = parts->paths;
	else if (path)
		paths = realloc(parts->paths, (2 * parts->count + 1) *
				sizeof(*paths));
	if (paths)
		parts->paths = paths;
	if (!paths || !path || parts->count == PARTS_MAX) {
		free(path);
		if (parts->count == PARTS_MAX)
			return refuse(header, "more than %zu files",
				      parts->count);
		return refuse_memory(header, "no memory for %zu files",
				     parts->count);
	}
	parts->paths[parts->count++] = path;
	return 0;
}

void parts_free(struct parts *parts)
{
	size_t i;

	for (i = 0; i < parts->count; i++)
		free(parts->paths[i]);
	for (i = 0; i < parts->n_map; i++)
		free(parts->map[i].tensor);
	free(parts->paths);
	free(parts->map);
	*parts = (struct parts){ 0 };
}

/* Some writers use more digits for the count than for the number. */
static const char *read_digits(const char *text, uint64_t *number)
{
	for (*number = 0; *text >= '0' && *text <= '9'; text++)
		if (*number <= PARTS_MAX)
			*number = 10 * *number + (uint64_t)(*text - '0');
	return text;
}

bool part_name_parse(const char *path, struct part_name *name)
{
	const char *base = path_base(path), *of = NULL, *next, *begin, *end;

	for (next = base; (next = strstr(next, "-of-")); next++)
		of = next;
	if (!of)
		return false;
	for (begin = of; begin > base; begin--)
		if (begin[-1] < '0' || begin[-1] > '9')
			break;
	end = read_digits(of + strlen("-of-"), &name->count);
	if (begin == of || begin == base || begin[-1] != '-' ||
	    end == of + strlen("-of-") || (*end != '.' && *end != '\0'))
		return false;
	read_digits(begin, &name->number);
	name->prefix = (int)(begin - path);
	name->digits = (int)(of - begin);
	name->rest = of;
	return name->count <= PARTS_MAX;
}

int parts_add_named(struct parts *parts, struct header *header,
		    const char *path, const struct part_name *name)
{
	uint64_t i;
	char *part;

	/* A few bytes of a header claim the count. */
	if (name->count * (strlen(path) + 1) > PATHS_MAX)
		return refuse(header, "the paths of %" PRIu64 " files would take "
			      "more than %u bytes", name->count, PATHS_MAX);
	for (i = 1; i <= name->count; i++) {
		if (asprintf(&part, "%.*s%0*" PRIu64 "%s", name->prefix, path,
			     name->digits, i, name->rest) < 0)
			part = NULL;
		if (parts_add(parts, header, part) < 0)
			return -1;
	}
	return 0;
}

static int by_tensor(const void *a, const void *b)
{
	const struct mapped *x = a, *y = b;

	return strcmp(x->tensor, y->tensor);
}

/* Keep the tensors that the index has in this part, or does not have. */
static void drop_copies(struct parts *parts, struct tensors *tensors)
{
	struct mapped key, *mapped;
	size_t i, kept = 0;

	for (i = 0; i < tensors->count; i++) {
		key.tensor = tensors->items[i].name;
		mapped = bsearch(&key, parts->map, parts->n_map, sizeof(key),
				 by_tensor);
		if (!mapped || mapped->part == tensors->items[i].part) {
			tensors->items[kept++] = tensors->items[i];
			if (mapped)
				mapped->found = true;
		} else {
			free(tensors->items[i].name);
			free(tensors->items[i].shape);
		}
	}
	tensors->count = kept;
}

static int check_index(struct parts *parts, struct tensors *tensors,
		       struct header *header)
{
	size_t i;

	qsort(parts->map, parts->n_map, sizeof(*parts->map), by_tensor);
	for (i = 1; i < parts->n_map; i++)
		if (by_tensor(&parts->map[i - 1], &parts->map[i]) == 0)
			return refuse(header, "the index has tensor \"%s\" "
				      "twice", name_start(parts->map[i].
							  tensor).text);
	drop_copies(parts, tensors);
	for (i = 0; i < parts->n_map; i++)
		if (!parts->map[i].found)
			return refuse(header, "tensor \"%s\" is not in part %zu "
				      "of %zu, where the index has it",
				      name_start(parts->map[i].tensor).text,
				      parts->map[i].part + 1, parts->count);
	return 0;
}

int parts_check(struct parts *parts, struct tensors *tensors,
		struct header *header)
{
	if (parts->n_map > 0 && check_index(parts, tensors, header) < 0)
		return -1;
	if (tensors_check_names(tensors, 0, header) < 0)
		return -1;
	if (parts->split.tensors > 0 &&
	    parts->split.tensors != tensors->count)
		return refuse(header, "the model has %" PRIu64 " tensors, but "
			      "its %zu parts have %zu", parts->split.tensors,
			      parts->count, tensors->count);
	return 0;
}

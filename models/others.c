/* SPDX-License-Identifier: MIT */
/*
 * Opens the files beside a model that have its tensors. Receives their names;
 * hands on the open files. Always: each tensor lies in its file, and no two of
 * them share bytes.
 *
 * Without the path of the model, no other file is looked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "opening.h"

static void omit(struct tensors *tensors)
{
	size_t i;

	for (i = 0; i < tensors->count; i++)
		if (tensors->items[i].location)
			tensors->items[i] = (struct tensor){
				.name = tensors->items[i].name,
				.type = tensors->items[i].type,
				.shape = tensors->items[i].shape,
				.rank = tensors->items[i].rank,
				.location = tensors->items[i].location,
				.omitted = true,
			};
}

static int missing(struct opening *o, const struct tensor *tensor,
		   const char *path, int code)
{
	char *name = name_escape(path, strlen(path));

	model_fail_file(o->err, code, o->given, "cannot open %s, which has "
			"tensor \"%s\": %s", name_end(name ? name : "?").text,
			name_start(tensor->name).text, model_open_reason(code));
	free(name);
	return code;
}

/* These are the tensors of this file. */
static int read_other(struct opening *o, const char *path,
		      const struct tensor **tensors, size_t count)
{
	const int fd = opening_fd(path);
	uint64_t end;
	int r;

	if (fd < 0)
		return missing(o, tensors[0], path, fd);
	r = opening_add(o, path, fd);
	if (r < 0)
		return r;
	if (tensors_check_part(tensors, count, &o->header, &end) < 0)
		return opening_refused(o, path);
	o->tensors.unclaimed += o->header.size - end;
	return 0;
}

/* The tensors are sorted by their files. */
static int read_others(struct opening *o, const struct tensor **sorted)
{
	const struct tensor **const end = sorted + o->tensors.count, **next;
	const int folder = (int)(path_base(o->given) - o->given);
	char *path;
	size_t i;
	int r = 0;

	while (sorted < end && (*sorted)->part == 0)
		sorted++;
	for (i = 0; r == 0 && i < o->tensors.n_others; i++) {
		for (next = sorted; next < end && (*next)->part == i + 1; next++)
			;
		if (asprintf(&path, "%.*s%s", folder, o->given,
			     o->tensors.others[i]) < 0)
			return opening_no_memory(o);
		r = read_other(o, path, sorted, (size_t)(next - sorted));
		free(path);
		sorted = next;
	}
	return r;
}

int opening_read_others(struct opening *o)
{
	const struct tensor **sorted;
	struct file *files;
	int r;

	if (o->tensors.n_others == 0)
		return 0;
	if (!o->given) {
		omit(&o->tensors);
		return 0;
	}
	files = realloc(o->model->files, (o->model->n_files +
					  o->tensors.n_others) * sizeof(*files));
	if (!files)
		return opening_no_memory(o);
	o->model->files = files;
	sorted = tensors_by_part(&o->tensors, &o->header);
	if (!sorted)
		return opening_refused(o, o->given);
	r = read_others(o, sorted);
	free(sorted);
	return r;
}

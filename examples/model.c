/* SPDX-License-Identifier: MIT */
/*
 * Opens a model. Receives a path; hands on the tensors and their files. Always:
 * header and data of a file are read from the same open file, and a missing
 * part is an error.
 */
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int complain(const char *file, const char *format, ...)
{
	char *name = name_escape(file, strlen(file));
	va_list args;

	fprintf(stderr, "%s: %s%s", tensors_format, name ? name : "?",
		file[0] ? ": " : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	free(name);
	return -1;
}

/* If the output could not be written, the exit status must say so. */
int exit_status(int r)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		r = complain("", "the output cannot be written: %s",
			     strerror(errno));
	return r < 0 ? 1 : 0;
}

/* O_NONBLOCK does not wait for the writer of a pipe. A pipe is refused
 * afterwards. */
static int open_fd(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Append a file, and prepare to read its header from fd. */
static int add_file(struct model *model, const char *path, int fd,
		    struct header *header)
{
	struct dmaload_file **file = &model->files[model->count];
	struct dmaload_error err;

	if (dmaload_file_from_fd(file, fd, &err) < 0)
		return complain(path, "%s", err.message);
	model->count++;
	/* No readahead: only the header should be in the page cache. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	header_init(header, fd, dmaload_file_size(*file));
	return 0;
}

static int read_tensors(struct model *model, const char *path,
			struct header *header)
{
	struct tensors *tensors = &model->tensors;
	size_t i;

	if (tensors_read(tensors, header) < 0)
		return complain(path, "%s", header->error);
	for (i = tensors->first; i < tensors->count; i++)
		tensors->items[i].part = model->count - 1;
	return 0;
}

static int missing_part(const char *given, size_t number, size_t count,
			const char *path)
{
	const int error = errno;
	char *name = name_escape(path, strlen(path));

	complain(given, "part %zu of %zu is missing: cannot open %s: %s",
		 number, count, name ? name : "?", strerror(error));
	free(name);
	return -1;
}

/* A part must be the one that its name says. */
static int check_part(const struct model *model, const char *path,
		      size_t number)
{
	const struct split *part = &model->tensors.split;
	const struct parts *parts = &model->parts;

	if (parts->split.count == 0 ||
	    (part->count == parts->split.count && part->number == number))
		return 0;
	if (part->count == 0)
		return complain(path, "part %zu of %zu is expected here, but "
				"this file is not a part", number, parts->count);
	return complain(path, "part %zu of %zu is expected here, but this is "
			"part %" PRIu64 " of %" PRIu64, number, parts->count,
			part->number, part->count);
}

static int read_parts(struct model *model, const char *given,
		      struct header *header)
{
	const struct parts *parts = &model->parts;
	size_t i;
	int fd, r = 0;

	model->files = calloc(parts->count, sizeof(*model->files));
	if (!model->files)
		return complain(given, "no memory for %zu files", parts->count);
	for (i = 0; r == 0 && i < parts->count; i++) {
		fd = open_fd(parts->paths[i]);
		if (fd < 0)
			return missing_part(given, i + 1, parts->count,
					    parts->paths[i]);
		r = add_file(model, parts->paths[i], fd, header);
		if (r == 0)
			r = read_tensors(model, parts->paths[i], header);
		if (r == 0)
			r = check_part(model, parts->paths[i], i + 1);
		close(fd);
	}
	if (r == 0 && parts_check(&model->parts, &model->tensors, header) < 0)
		r = complain(given, "%s", header->error);
	return r;
}

/* Read the given file for the names of the others. */
static int find_parts(struct model *model, const char *path, int fd,
		      struct header *header)
{
	model->files = calloc(1, sizeof(*model->files));
	if (!model->files)
		return complain(path, "no memory for a file");
	if (add_file(model, path, fd, header) < 0)
		return -1;
	if (parts_find(&model->parts, header, path) < 0)
		return complain(path, "%s", header->error);
	return 0;
}

static void close_files(struct model *model)
{
	while (model->count > 0)
		dmaload_file_close(model->files[--model->count]);
	free(model->files);
	model->files = NULL;
}

int model_open(struct model *model, const char *path)
{
	struct header *header = malloc(sizeof(*header));
	const int fd = open_fd(path);
	int r;

	*model = (struct model){ 0 };
	if (fd < 0)
		r = complain(path, "%s", strerror(errno));
	else if (!header)
		r = complain(path, "no memory for a header");
	else
		r = find_parts(model, path, fd, header);
	if (r == 0 && model->parts.count > 0) {
		close_files(model);
		r = read_parts(model, path, header);
	} else if (r == 0) {
		header_init(header, fd, dmaload_file_size(model->files[0]));
		r = read_tensors(model, path, header);
	}
	if (fd >= 0)
		close(fd);
	free(header);
	return r;
}

void model_close(struct model *model)
{
	close_files(model);
	parts_free(&model->parts);
	tensors_free(&model->tensors);
}

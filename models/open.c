/* SPDX-License-Identifier: MIT */
/*
 * Opens a model. Receives a path, or an fd; hands on the tensors and their
 * files. Always: the fd of which a header was read is the one that the model
 * has, and a missing part is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "error.h"
#include "opening.h"

int opening_refused(struct opening *o, const char *path)
{
	return model_fail_file(o->err, o->header.code, path, "%s",
			       o->header.error);
}

int opening_no_memory(struct opening *o)
{
	return model_fail_file(o->err, -ENOMEM, o->given, "out of memory");
}

/* O_NONBLOCK does not wait for the writer of a pipe, which is refused
 * afterwards. */
int opening_fd(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static const char *kind_of(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a pipe";
	return S_ISSOCK(mode) ? "a socket" : "a device";
}

static int begin(struct opening *o, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return model_fail_file(o->err, -errno, path, "%s",
				       error_describe(-errno));
	if (!S_ISREG(st.st_mode))
		return model_fail_file(o->err, -EINVAL, path,
				       "is %s; a regular file is needed",
				       kind_of(st.st_mode));
	/* No readahead: only the header should be in the page cache. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	header_init(&o->header, fd, (uint64_t)st.st_size);
	return 0;
}

/* Another file of a model may be empty, if its tensors are. */
static int refuse_empty(struct opening *o, const char *path)
{
	if (o->header.size > 0)
		return 0;
	return model_fail_file(o->err, -EBADMSG, path, "is empty");
}

int opening_add(struct opening *o, const char *path, int fd)
{
	struct dmaload_model *model = o->model;
	char *copy = path ? strdup(path) : NULL;

	if (path && !copy) {
		close(fd);
		return opening_no_memory(o);
	}
	model->files[model->n_files++] = (struct file){ fd, copy };
	return begin(o, path, fd);
}

/* The fd is closed in any case. */
static int read_file(struct opening *o, const char *path, int fd)
{
	struct tensors *tensors = &o->tensors;
	const size_t number = o->model->n_files;
	size_t i;
	int r;

	r = opening_add(o, path, fd);
	if (r == 0)
		r = refuse_empty(o, path);
	if (r < 0)
		return r;
	if (o->model->format->read_tensors(tensors, &o->header) < 0)
		return opening_refused(o, path);
	for (i = tensors->first; i < tensors->count; i++)
		tensors->items[i].part += number;
	return 0;
}

/* A part must be the one that its name says. */
static int check_part(struct opening *o, const char *path, size_t number)
{
	const struct split *part = &o->tensors.split;
	const struct parts *parts = &o->parts;

	if (parts->split.count == 0 ||
	    (part->count == parts->split.count && part->number == number))
		return 0;
	if (part->count == 0)
		return model_fail_file(o->err, -EBADMSG, path, "part %zu of %zu "
				       "is expected here, but this file is not "
				       "a part", number, parts->count);
	return model_fail_file(o->err, -EBADMSG, path, "part %zu of %zu is "
			       "expected here, but this is part %" PRIu64
			       " of %" PRIu64, number, parts->count,
			       part->number, part->count);
}

static int missing_part(struct opening *o, size_t number, int code)
{
	const char *path = o->parts.paths[number - 1];
	char *name = name_escape(path, strlen(path));

	model_fail_file(o->err, code, o->given, "part %zu of %zu is missing: "
			"cannot open %s: %s", number, o->parts.count,
			name_end(name ? name : "?").text,
			model_open_reason(code));
	free(name);
	return code;
}

static int read_parts(struct opening *o)
{
	const struct parts *parts = &o->parts;
	size_t i;
	int fd, r = 0;

	for (i = 0; r == 0 && i < parts->count; i++) {
		fd = opening_fd(parts->paths[i]);
		if (fd < 0)
			return missing_part(o, i + 1, fd);
		r = read_file(o, parts->paths[i], fd);
		if (r == 0)
			r = check_part(o, parts->paths[i], i + 1);
	}
	if (r == 0 && parts_check(&o->parts, &o->tensors, &o->header) < 0)
		r = opening_refused(o, o->given);
	return r;
}

/* Hand the tensors to the model: it owns their names and shapes then. */
static int hand_on(struct opening *o)
{
	struct dmaload_model *model = o->model;
	const struct tensor *tensor;
	struct dmaload_tensor made;
	size_t i;

	/* At least one: calloc(0) may return NULL. */
	model->tensors = calloc(o->tensors.count + 1, sizeof(*model->tensors));
	model->omitted = calloc(o->tensors.count + 1, sizeof(*model->omitted));
	if (!model->tensors || !model->omitted)
		return opening_no_memory(o);
	for (i = 0; i < o->tensors.count; i++) {
		tensor = &o->tensors.items[i];
		made = (struct dmaload_tensor){
			.name = tensor->name,
			.type = tensor->type,
			.shape = tensor->shape,
			.rank = tensor->rank,
			.file = (uint32_t)tensor->part,
			.file_offset = tensor->file_offset,
			.bytes = tensor->bytes,
		};
		free(tensor->location);
		if (tensor->omitted)
			model->omitted[model->n_omitted++] = made;
		else
			model->tensors[model->n_tensors++] = made;
	}
	model->unclaimed = o->tensors.unclaimed;
	o->tensors.count = 0;
	return 0;
}

/* Find the format and the files, and read them. The fd is closed, or the model
 * has it. */
static int read_model(struct opening *o, int fd)
{
	struct dmaload_model *model = o->model;
	int r = begin(o, o->given, fd);

	if (r == 0)
		r = refuse_empty(o, o->given);
	if (r == 0) {
		model->format = format_of(&o->header);
		if (!model->format ||
		    (o->given && model->format->find_parts(
				&o->parts, &o->header, o->given) < 0))
			r = opening_refused(o, o->given);
	}
	if (r == 0) {
		model->files = calloc(o->parts.count + 1, sizeof(*model->files));
		r = model->files ? 0 : opening_no_memory(o);
	}
	if (r < 0 || o->parts.count > 0)
		close(fd);
	if (r < 0)
		return r;
	r = o->parts.count > 0 ? read_parts(o) : read_file(o, o->given, fd);
	if (r == 0)
		r = opening_read_others(o);
	return r == 0 ? hand_on(o) : r;
}

static int open_model(struct dmaload_model **out, const char *path, int fd,
		      struct dmaload_error *err)
{
	struct dmaload_model *model = calloc(1, sizeof(*model));
	struct opening *o = calloc(1, sizeof(*o));
	int r = -ENOMEM;

	if (model && o) {
		o->model = model;
		o->given = path;
		o->err = err;
		r = read_model(o, fd);
		parts_free(&o->parts);
		tensors_free(&o->tensors);
	} else {
		model_fail_file(err, r, path, "out of memory");
		close(fd);
	}
	free(o);
	if (r == 0)
		*out = model;
	else
		dmaload_model_close(model);
	return r;
}

int dmaload_model_open(struct dmaload_model **out, const char *path,
		       struct dmaload_error *err)
{
	int fd;

	if (!out || !path)
		return model_fail(err, -EINVAL, "out or path is NULL");
	fd = opening_fd(path);
	if (fd < 0)
		return model_fail_file(err, fd, path, "%s",
				       model_open_reason(fd));
	return open_model(out, path, fd, err);
}

int dmaload_model_from_fd(struct dmaload_model **out, int fd,
			  struct dmaload_error *err)
{
	int copy;

	if (!out)
		return model_fail(err, -EINVAL, "out is NULL");
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return model_fail(err, -errno, "fd %d cannot be used: %s", fd,
				  model_open_reason(-errno));
	return open_model(out, NULL, copy, err);
}

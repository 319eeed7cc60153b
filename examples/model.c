/* SPDX-License-Identifier: MIT */
/*
 * Opens a model. Receives a path; hands on the tensors and their files. Always:
 * data are read from the same open file as the header.
 */
#include "model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int complain(const char *file, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: %s%s", program_invocation_short_name, file,
		file[0] ? ": " : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
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

/* Open the files that have bytes of tensors. Another one may be empty. */
static int open_files(struct model *model, struct dmaload_error *err)
{
	const struct dmaload_tensor *tensor;
	struct dmaload_file **file;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && (tensor = dmaload_model_tensor(model->model, i));
	     i++) {
		file = &model->files[tensor->file];
		if (tensor->bytes > 0 && !*file)
			r = dmaload_file_from_fd(file, dmaload_model_fd(
				model->model, tensor->file), err);
	}
	return r;
}

int model_open(struct model *model, const char *path)
{
	struct dmaload_error err;

	*model = (struct model){ 0 };
	if (dmaload_model_open(&model->model, path, &err) < 0)
		return complain("", "%s", err.message);
	model->count = dmaload_model_files(model->model);
	model->files = calloc(model->count, sizeof(*model->files));
	if (!model->files) {
		complain(path, "no memory for %zu files", model->count);
		model->count = 0;
		return -1;
	}
	return open_files(model, &err) < 0 ? complain(path, "%s", err.message) :
					     0;
}

void model_close(struct model *model)
{
	while (model->count > 0)
		dmaload_file_close(model->files[--model->count]);
	free(model->files);
	dmaload_model_close(model->model);
}

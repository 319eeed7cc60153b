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

int model_open(struct model *model, const char *path)
{
	struct dmaload_error err;
	size_t files;
	int fd;

	*model = (struct model){ 0 };
	if (dmaload_model_open(&model->model, path, &err) < 0)
		return complain("", "%s", err.message);
	files = dmaload_model_files(model->model);
	model->files = calloc(files, sizeof(*model->files));
	if (!model->files)
		return complain(path, "no memory for %zu files", files);
	for (; model->count < files; model->count++) {
		fd = dmaload_model_fd(model->model, model->count);
		if (dmaload_file_from_fd(&model->files[model->count], fd,
					 &err) < 0)
			return complain(path, "%s", err.message);
	}
	return 0;
}

void model_close(struct model *model)
{
	while (model->count > 0)
		dmaload_file_close(model->files[--model->count]);
	free(model->files);
	dmaload_model_close(model->model);
}

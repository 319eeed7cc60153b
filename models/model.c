/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void free_tensors(struct dmaload_tensor *tensors, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free((void *)tensors[i].name);
		free((void *)tensors[i].shape);
	}
	free(tensors);
}

void dmaload_model_close(struct dmaload_model *model)
{
	size_t i;

	if (!model)
		return;
	for (i = 0; i < model->n_files; i++) {
		close(model->files[i].fd);
		free(model->files[i].path);
	}
	free_tensors(model->tensors, model->n_tensors);
	free_tensors(model->omitted, model->n_omitted);
	free(model->files);
	free(model);
}

const char *dmaload_model_format(const struct dmaload_model *model)
{
	return model ? model->format->name : NULL;
}

size_t dmaload_model_files(const struct dmaload_model *model)
{
	return model ? model->n_files : 0;
}

int dmaload_model_fd(const struct dmaload_model *model, size_t file)
{
	return model && file < model->n_files ? model->files[file].fd : -EINVAL;
}

const char *dmaload_model_path(const struct dmaload_model *model, size_t file)
{
	return model && file < model->n_files ? model->files[file].path : NULL;
}

uint64_t dmaload_model_unclaimed(const struct dmaload_model *model)
{
	return model ? model->unclaimed : 0;
}

size_t dmaload_model_tensors(const struct dmaload_model *model)
{
	return model ? model->n_tensors : 0;
}

const struct dmaload_tensor *
dmaload_model_tensor(const struct dmaload_model *model, size_t index)
{
	return model && index < model->n_tensors ? &model->tensors[index] : NULL;
}

size_t dmaload_model_omissions(const struct dmaload_model *model)
{
	return model ? model->n_omitted : 0;
}

const struct dmaload_tensor *
dmaload_model_omitted(const struct dmaload_model *model, size_t index)
{
	return model && index < model->n_omitted ? &model->omitted[index] : NULL;
}

const struct dmaload_tensor *dmaload_model_find(const struct dmaload_model *model,
						const char *name)
{
	size_t i;

	for (i = 0; model && name && i < model->n_tensors; i++)
		if (strcmp(model->tensors[i].name, name) == 0)
			return &model->tensors[i];
	return NULL;
}

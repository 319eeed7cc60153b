/* SPDX-License-Identifier: MIT */
/*
 * The library of models in a C program: print the tensors of a model.
 *
 *   models FILE
 */
#include <dmaload-models.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const struct dmaload_tensor *tensor;
	struct dmaload_model *model = NULL;
	struct dmaload_error err;
	size_t i;

	if (argc != 2)
		return 2;
	if (dmaload_model_open(&model, argv[1], &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	for (i = 0; (tensor = dmaload_model_tensor(model, i)); i++)
		printf("%s %s %" PRIu64 " bytes at %" PRIu64 "\n", tensor->name,
		       tensor->type, tensor->bytes, tensor->file_offset);
	dmaload_model_close(model);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <dmaload-models.h>
#include <stdio.h>
#include <stdlib.h>

/* EXAMPLE: Load places into a buffer. files has a file for each of the model's
 * fds: */
static int load_places(const struct dmaload_place *places, size_t count,
		       struct dmaload_file **files,
		       struct dmaload_buffer *buffer, struct dmaload_error *err)
{
	struct dmaload_range *ranges = calloc(count, sizeof(*ranges));
	size_t i, n = 0;
	int r;

	for (i = 0; ranges && i < count; i++) {
		/* A range has at least one byte. */
		if (places[i].tensor->bytes == 0)
			continue;
		ranges[n].file = files[places[i].tensor->file];
		ranges[n].file_offset = places[i].tensor->file_offset;
		ranges[n].length = places[i].tensor->bytes;
		ranges[n].buffer = buffer;
		ranges[n++].buffer_offset = places[i].offset;
	}
	r = dmaload_load(NULL, ranges, n, NULL, NULL, err);
	free(ranges);
	return r;
}
/* END */

/* EXAMPLE: Choose the tensors of the first layer of a model in one file, lay
 * them out at multiples of 4096, and load them: */
static int load_layer(const char *path, struct dmaload_buffer **out,
		      struct dmaload_error *err)
{
	const char *const pattern = "blk.0.*";
	struct dmaload_place *places = NULL;
	struct dmaload_model *model = NULL;
	struct dmaload_file *file = NULL;
	uint64_t size = 0;
	size_t count = 0;
	int r = dmaload_model_open(&model, path, err);

	if (r < 0)
		return r;
	places = calloc(dmaload_model_tensors(model) + 1, sizeof(*places));
	r = dmaload_model_choose(model, &pattern, 1, places, &count, err);
	if (r == 0)
		r = dmaload_model_align(places, count, 4096, &size, err);
	if (r == 0)
		r = dmaload_file_from_fd(&file, dmaload_model_fd(model, 0), err);
	if (r == 0)
		r = dmaload_buffer_create(out, "memfd", size, err);
	if (r == 0)
		r = load_places(places, count, &file, *out, err);
	dmaload_file_close(file);
	free(places);
	dmaload_model_close(model);
	return r;
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_error err;

	if (argc < 2)
		return 2;
	if (load_layer(argv[1], &buffer, &err) < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_buffer_destroy(buffer);
	return 0;
}

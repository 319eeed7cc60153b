/* SPDX-License-Identifier: MIT */
/*
 * Load a tensor of a GGUF file in the form that a kernel computes with, without
 * a second pass over it:
 *
 *   repack MODEL.gguf blk.0.ffn_up.weight [SOURCE [OUT]]
 *
 * Q4_0 is repacked into blocks of 8 interleaved rows, and F16 becomes F32. The
 * bytes of the buffer are written into the file OUT. convert.c has the functions
 * that get the bytes as they are read; quants.c has the arithmetic.
 *
 * Build it by:
 *
 *   cc -O3 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o repack \
 *	repack.c convert.c quants.c model.c \
 *	$(pkg-config --cflags --libs dmaload dmaload-models)
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "convert.h"
#include "model.h"

static int dump(struct dmaload_buffer *buffer, uint64_t bytes, const char *path)
{
	FILE *out = fopen(path, "wb");
	struct dmaload_error err;
	bool written;

	if (!out)
		return complain(path, "%s", strerror(errno));
	if (dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0) {
		fclose(out);
		return complain(path, "%s", err.message);
	}
	written = fwrite(dmaload_buffer_map(buffer), 1, (size_t)bytes, out) == bytes;
	written &= dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) == 0;
	if (fclose(out) != 0 || !written)
		return complain(path, "cannot be written to the end");
	return 0;
}

static int load(struct conversion *conversion, struct dmaload_file *file,
		const char *source, const char *out)
{
	const struct dmaload_tensor *tensor = conversion->tensor;
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	char text[4096];
	int r;

	if (dmaload_buffer_create(&buffer, source, conversion->bytes, &err) < 0)
		return complain(tensor->name, "%s", err.message);
	r = convert_load(conversion, NULL, file, buffer, 0, NULL, &report, &err);
	if (r < 0) {
		complain(tensor->name, "%s", err.message);
	} else {
		/* Pass dmaload_buffer_fd(buffer) to the device's driver here. */
		dmaload_report_format(&report, text, sizeof(text));
		printf("%s: %" PRIu64 " bytes of %s are %" PRIu64 " bytes of %s\n%s",
		       tensor->name, tensor->bytes, tensor->type,
		       conversion->bytes, conversion->type, text);
	}
	if (r == 0 && out)
		r = dump(buffer, conversion->bytes, out);
	dmaload_buffer_destroy(buffer);
	return r;
}

static int run(const struct model *model, char **argv)
{
	const struct dmaload_tensor *tensor = dmaload_model_find(model->model, argv[2]);
	struct conversion conversion;

	if (!tensor)
		return complain(argv[1], "no tensor has the name of the second "
				"argument; load-tensors --list prints all");
	/* Without a context, the load has chunks of the default size. */
	if (!convert_plan(&conversion, tensor, DMALOAD_CHUNK_DEFAULT))
		return complain(argv[1], "tensor \"%s\" has to be F16, or Q4_0 in "
				"groups of 8 rows", tensor->name);
	return load(&conversion, model->files[tensor->file], argv[3],
		    argv[3] ? argv[4] : NULL);
}

int main(int argc, char **argv)
{
	struct model model;
	int r;

	if (argc < 3 || argc > 5) {
		fprintf(stderr, "usage: %s FILE TENSOR [SOURCE [OUT]]\n", argv[0]);
		return 2;
	}
	r = model_open(&model, argv[1]);
	if (r == 0)
		r = run(&model, argv);
	model_close(&model);
	return exit_status(r);
}

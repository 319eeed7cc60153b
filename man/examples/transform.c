/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <stdio.h>

/* EXAMPLE: Load samples of 16 bits, and swap their bytes on the way. Several
 * threads may do so, since no two pieces write the same bytes: */
static int swap(const struct dmaload_piece *piece, void *data)
{
	const unsigned char *from = piece->bytes;
	unsigned char *to = (unsigned char *)data + piece->offset;
	size_t i;

	/* A file of odd length ends within a sample. */
	for (i = 0; i + 1 < piece->length; i += 2) {
		to[i] = from[i + 1];
		to[i + 1] = from[i];
	}
	return 0;
}

static int load_swapped(struct dmaload_ctx *ctx, struct dmaload_file *file,
			struct dmaload_buffer *buffer,
			struct dmaload_error *err)
{
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	const struct dmaload_range range = {
		.file = file, .buffer = buffer, .length = DMALOAD_TO_END,
	};

	transform.unit = 2;
	transform.flags = DMALOAD_PIECES_AT_ONCE;
	transform.function = swap;
	transform.data = dmaload_buffer_map(buffer);
	options.transform = &transform;
	return dmaload_load(ctx, &range, 1, &options, NULL, err);
}
/* END */

/* EXAMPLE: Compute a checksum, as sum(1) does, without a buffer: */
static int add(const struct dmaload_piece *piece, void *data)
{
	const unsigned char *bytes = piece->bytes;
	unsigned *sum = data;
	size_t i;

	for (i = 0; i < piece->length; i++)
		*sum = (((*sum >> 1) | (*sum << 15)) + bytes[i]) & 0xffff;
	return 0;
}

static int check(struct dmaload_ctx *ctx, struct dmaload_file *file,
		 unsigned *sum, struct dmaload_error *err)
{
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	const struct dmaload_range range = {
		.file = file, .length = DMALOAD_TO_END,
	};

	*sum = 0;
	transform.flags = DMALOAD_PIECES_IN_ORDER;
	transform.function = add;
	transform.data = sum;
	options.transform = &transform;
	return dmaload_load(ctx, &range, 1, &options, NULL, err);
}
/* END */

/* Compare both with the file. */
static int compare(const char *path, struct dmaload_buffer *buffer, unsigned sum)
{
	const unsigned char *bytes = dmaload_buffer_map(buffer);
	FILE *file = fopen(path, "rb");
	unsigned other = 0;
	size_t i, last = 0;
	int byte;

	for (i = 0; file && (byte = fgetc(file)) != EOF; i++, last = (size_t)byte) {
		other = (((other >> 1) | (other << 15)) + (unsigned)byte) & 0xffff;
		if (i % 2 == 1 && (bytes[i - 1] != byte || bytes[i] != last))
			return -1;
	}
	if (file)
		fclose(file);
	return i > 0 && sum == other ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	unsigned sum = 0;
	int r;

	if (argc < 2)
		return 2;
	r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, argv[2],
					  dmaload_file_size(file), &err);
	if (r == 0)
		r = load_swapped(ctx, file, buffer, &err);
	if (r == 0)
		r = check(ctx, file, &sum, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	else
		r = compare(argv[1], buffer, sum);
	dmaload_buffer_destroy(buffer);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(file);
	return r < 0;
}

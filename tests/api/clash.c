/* SPDX-License-Identifier: MIT */
/*
 * Load a file into shared memory, compare each byte with the file, and provoke
 * an error. In both, the library must call its own functions, even if the
 * program has functions of the same names: see own-names.c.
 *
 *   clash FILE
 */
#include <dmaload.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Return the number of leading bytes that equal the stream's. */
static uint64_t compare(const unsigned char *loaded, uint64_t size, FILE *stream)
{
	unsigned char bytes[65536];
	uint64_t offset = 0;
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), stream)) > 0) {
		if (n > size - offset || memcmp(bytes, loaded + offset, n) != 0)
			break;
		offset += n;
	}
	return offset;
}

static int load(const char *path, FILE *stream, struct dmaload_error *err)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	uint64_t size = 0, equal;
	int r;

	r = dmaload_ctx_create(&ctx, NULL, err);
	if (r == 0)
		r = dmaload_file_open(&file, path, err);
	if (r == 0) {
		size = dmaload_file_size(file);
		r = dmaload_buffer_create(&buffer, "memfd", size, err);
	}
	if (r == 0)
		r = dmaload_load(ctx, &(struct dmaload_range){
			.file = file,
			.buffer = buffer,
			.length = DMALOAD_TO_END,
		}, 1, NULL, NULL, err);
	if (r == 0) {
		equal = compare(dmaload_buffer_map(buffer), size, stream);
		printf("%llu of %llu bytes are equal\n",
		       (unsigned long long)equal, (unsigned long long)size);
		if (equal != size) {
			snprintf(err->message, sizeof(err->message), "it differs");
			r = -EILSEQ;
		}
	}
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r;
}

/* A directory cannot be loaded. */
static int is_refused(struct dmaload_error *err)
{
	struct dmaload_file *file = NULL;

	err->message[0] = '\0';
	if (dmaload_file_open(&file, "/", err) == 0) {
		dmaload_file_close(file);
		return 0;
	}
	printf("refused: %s\n", err->message);
	return err->message[0] != '\0';
}

int main(int argc, char **argv)
{
	FILE *stream = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct dmaload_error err;
	int r;

	if (!stream) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	r = load(argv[1], stream, &err);
	fclose(stream);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], err.message);
		return 1;
	}
	return is_refused(&err) ? 0 : 1;
}

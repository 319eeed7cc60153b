/* SPDX-License-Identifier: MIT */
/*
 * Load a file into a dma-buf, and compute its digest from the bytes that go by.
 * Use the buffer only if the digest is the expected one.
 *
 *   load-verified FILE sha256:HEX [SOURCE]
 *
 * Build it by:
 *
 *   cc -o load-verified load-verified.c $(pkg-config --cflags --libs dmaload-digest)
 */
#include <dmaload.h>
#include <dmaload-digest.h>
#include <stdio.h>
#include <string.h>

/* Load all of a file. Nobody has the buffer's fd before the digest is right. */
static int load(struct dmaload_file *file, struct dmaload_buffer *buffer,
		const char *expected, struct dmaload_error *err)
{
	const struct dmaload_range range = {
		.file = file, .buffer = buffer, .length = DMALOAD_TO_END,
	};
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	char algorithm[DMALOAD_DIGEST_SIZE], text[DMALOAD_DIGEST_SIZE];
	struct dmaload_digest *digest;
	int r;

	snprintf(algorithm, sizeof(algorithm), "%.*s",
		 (int)strcspn(expected, ":"), expected);
	r = dmaload_digest_create(&digest, algorithm, 1, err);
	if (r < 0)
		return r;
	/* The library copies the bytes into the buffer, and the digest only
	 * sees them, from the first to the last. */
	transform.flags = DMALOAD_PIECES_COPIED | DMALOAD_PIECES_IN_ORDER;
	transform.unit = DMALOAD_DIGEST_UNIT;
	transform.function = dmaload_digest_piece;
	transform.data = digest;
	options.transform = &transform;
	r = dmaload_load(NULL, &range, 1, &options, NULL, err);
	if (r == 0)
		r = dmaload_digest_result(digest, 0, text, err);
	if (r == 0)
		r = dmaload_digest_compare(text, expected, err);
	/* Only needed if the buffer is used again, or others have it. */
	if (r < 0)
		dmaload_buffer_wipe(buffer, 0, DMALOAD_TO_END, NULL);
	dmaload_digest_destroy(digest);
	return r;
}

int main(int argc, char **argv)
{
	const char *source = argc > 3 ? argv[3] : NULL;
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: %s FILE sha256:HEX [SOURCE]\n", argv[0]);
		return 2;
	}
	r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, source,
					  dmaload_file_size(file), &err);
	if (r == 0)
		r = load(file, buffer, argv[2], &err);
	/* Pass dmaload_buffer_fd(buffer) to the device's driver here. */
	if (r == 0)
		printf("%s has its digest, and is in fd %d\n", argv[1],
		       dmaload_buffer_fd(buffer));
	else
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(file);
	return r < 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The digest library in a C program: load a file, and compute its digest by the
 * way. The bytes go nowhere else.
 *
 *   digest FILE
 */
#include <dmaload.h>
#include <dmaload-digest.h>
#include <stdio.h>

static int load(struct dmaload_file *file, struct dmaload_digest *digest,
		struct dmaload_error *err)
{
	const struct dmaload_range range = {
		.file = file,
		.length = DMALOAD_TO_END,
	};
	struct dmaload_transform transform = DMALOAD_TRANSFORM_INIT;
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;

	transform.unit = DMALOAD_DIGEST_UNIT;
	transform.function = dmaload_digest_piece;
	transform.data = digest;
	options.transform = &transform;
	return dmaload_load(NULL, &range, 1, &options, NULL, err);
}

int main(int argc, char **argv)
{
	struct dmaload_digest *digest = NULL;
	struct dmaload_file *file = NULL;
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;
	int r;

	if (argc != 2)
		return 2;
	r = dmaload_digest_create(&digest, "fsverity", 1, &err);
	if (r == 0)
		r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = load(file, digest, &err);
	if (r == 0)
		r = dmaload_digest_result(digest, 0, text, &err);
	if (r == 0)
		printf("%s\n", text);
	else
		fprintf(stderr, "%s: %s\n", argv[1], err.message);
	dmaload_digest_destroy(digest);
	dmaload_file_close(file);
	return r < 0 ? 1 : 0;
}

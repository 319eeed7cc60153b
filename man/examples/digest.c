/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <dmaload-digest.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* EXAMPLE: Hash all bytes of a file by one pass over it: */
static int hash_file(struct dmaload_file *file,
		     struct dmaload_digest *digest,
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
/* END */

/* EXAMPLE: Return the fs-verity digest of a file. Only if the kernel does not
 * have it, read the file: */
static int digest_fd(int fd, char text[DMALOAD_DIGEST_SIZE],
		     struct dmaload_error *err)
{
	struct dmaload_digest *digest = NULL;
	struct dmaload_file *file = NULL;
	int r = dmaload_digest_measure(fd, text, err);

	if (r != -ENODATA && r != -EOPNOTSUPP)
		return r;
	r = dmaload_file_from_fd(&file, fd, err);
	if (r == 0)
		r = dmaload_digest_create(&digest, "fsverity", 1, err);
	if (r == 0)
		r = hash_file(file, digest, err);
	if (r == 0)
		r = dmaload_digest_result(digest, 0, text, err);
	dmaload_digest_destroy(digest);
	dmaload_file_close(file);
	return r;
}
/* END */

int main(int argc, char **argv)
{
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error err;
	int fd, r;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	r = digest_fd(fd, text, &err);
	if (r == 0)
		r = dmaload_digest_compare(text, text, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	close(fd);
	return r < 0;
}

/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* EXAMPLE: Open standard input, which may be a file or a stream: */
static int take_stdin(struct dmaload_file **out,
		      struct dmaload_error *err)
{
	int r = dmaload_file_from_fd(out, STDIN_FILENO, err);

	if (r == -ESPIPE)
		r = dmaload_file_from_stream(out, STDIN_FILENO, err);
	return r;
}
/* END */

/* EXAMPLE: Print how much of a file is in the page cache: */
static int print_resident(struct dmaload_file *file,
			  struct dmaload_error *err)
{
	uint64_t size = dmaload_file_size(file), bytes;
	int r = dmaload_file_resident(file, 0, size, &bytes, err);

	if (r == 0)
		printf("%s: %" PRIu64 " bytes, %" PRIu64
		       " resident (whole pages)\n",
		       dmaload_file_name(file), size, bytes);
	return r;
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_file *file = NULL, *input = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 2)
		return 2;
	r = take_stdin(&input, &err);
	if (r == 0)
		r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = print_resident(file, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_file_close(file);
	dmaload_file_close(input);
	return r < 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Load a file into a buffer, and compare the two.
 *
 *   load FILE SOURCE
 */
#include <dmaload.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Return 0 if the buffer begins with the bytes of the whole file. */
static int compare(struct dmaload_buffer *buffer, const char *path)
{
	const unsigned char *mapped = dmaload_buffer_map(buffer);
	unsigned char bytes[65536];
	FILE *file = fopen(path, "rb");
	uint64_t place = 0;
	size_t count;
	int differs = !file || !mapped;

	while (!differs && (count = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		differs = place + count > dmaload_buffer_size(buffer) ||
			  memcmp(mapped + place, bytes, count) != 0;
		place += count;
	}
	if (file) {
		differs = differs || ferror(file);
		fclose(file);
	}
	if (!differs)
		printf("%s: %" PRIu64 " bytes are equal, fd %d\n",
		       dmaload_buffer_source(buffer), place, dmaload_buffer_fd(buffer));
	return differs || place == 0;
}

int main(int argc, char **argv)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	int failed;

	if (argc != 3)
		return 2;
	if (dmaload_load_file(&buffer, argv[1], argv[2], NULL, NULL, &err) < 0 ||
	    dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	failed = dmaload_buffer_fd(buffer) < 0 ||
		 strcmp(dmaload_buffer_source(buffer), argv[2]) != 0 ||
		 compare(buffer, argv[1]) != 0;
	if (dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) < 0)
		failed = 1;
	dmaload_buffer_destroy(buffer);
	if (failed)
		fprintf(stderr, "%s is not in a buffer from %s\n", argv[1], argv[2]);
	return failed;
}

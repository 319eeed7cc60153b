/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* EXAMPLE: Pass a buffer to an importer that takes ownership of the fd: */
static int fd_for_importer(const struct dmaload_buffer *buffer)
{
	return fcntl(dmaload_buffer_fd(buffer), F_DUPFD_CLOEXEC, 0);
}
/* END */

/* EXAMPLE: Clear the end of a buffer that a load has not filled: */
static int clear_from(struct dmaload_buffer *buffer, uint64_t used,
		      struct dmaload_error *err)
{
	unsigned access = DMALOAD_ACCESS_WRITE;
	char *map = dmaload_buffer_map(buffer);
	int r = dmaload_buffer_begin(buffer, access, err);

	if (r < 0)
		return r;
	memset(map + used, 0, dmaload_buffer_size(buffer) - used);
	return dmaload_buffer_end(buffer, access, err);
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	unsigned char *map;
	int r, fd;

	r = dmaload_buffer_create(&buffer, argc > 2 ? argv[2] : NULL, 1 << 20, &err);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	map = dmaload_buffer_map(buffer);
	memset(map, 0xff, 1 << 20);
	r = clear_from(buffer, 100, &err);
	fd = fd_for_importer(buffer);
	if (r < 0 || map[99] != 0xff || map[100] != 0 || fd < 0 || close(fd) < 0)
		r = -1;
	dmaload_buffer_destroy(buffer);
	return r < 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The DRM library in a C program: allocate a driver's buffer, make a GEM handle
 * of it, and a buffer of that.
 *
 *   drm NODE
 */
#include <dmaload-drm.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static int there_and_back(int drm_fd, struct dmaload_error *err)
{
	struct dmaload_buffer *buffer = NULL, *back = NULL;
	uint32_t handle;
	int r;

	r = dmaload_drm_buffer_create(&buffer, drm_fd, 1 << 20, err);
	if (r < 0)
		return r;
	r = dmaload_drm_import(drm_fd, buffer, &handle, err);
	if (r == 0) {
		r = dmaload_drm_buffer_from_handle(&back, drm_fd, handle, err);
		if (r == 0)
			printf("%" PRIu64 " bytes\n", dmaload_buffer_size(back));
		dmaload_drm_handle_close(drm_fd, handle, NULL);
	}
	dmaload_buffer_destroy(back);
	dmaload_buffer_destroy(buffer);
	return r;
}

int main(int argc, char **argv)
{
	struct dmaload_error err;
	int fd, r;

	fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0) {
		fprintf(stderr, "usage: %s NODE\n", argv[0]);
		return 2;
	}
	r = there_and_back(fd, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], err.message);
	close(fd);
	return r < 0 ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dmaload/buffer.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

struct fake fake;

struct dmaload_buffer {
	uint64_t size;
	int fd;
};

static bool fails(enum step step)
{
	fake.calls |= 1u << step;
	if (fake.failing != step)
		return false;
	errno = -fake.code;
	return true;
}

drmVersionPtr drmGetVersion(int fd)
{
	drmVersion *version;

	(void)fd;
	fake.calls |= 1u << STEP_VERSION;
	if (fake.version_code) {
		errno = -fake.version_code;
		return NULL;
	}
	version = calloc(1, sizeof(*version));
	if (version)
		version->name = strdup("fake");
	/* The real function may leave any errno. */
	errno = EXFULL;
	return version;
}

void drmFreeVersion(drmVersionPtr version)
{
	if (version)
		free(version->name);
	free(version);
}

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height,
			    uint32_t bpp, uint32_t flags, uint32_t *handle,
			    uint32_t *pitch, uint64_t *size)
{
	(void)fd;
	(void)flags;
	if (fails(STEP_CREATE))
		return -errno;
	fake.width = width;
	fake.height = height;
	fake.bpp = bpp;
	*pitch = width * (bpp / 8);
	*size = (uint64_t)*pitch * height;
	*handle = 7;
	fake.handles++;
	return 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	(void)fd;
	if (fails(STEP_CLOSE))
		return -1;
	if (handle != 7 || fake.handles == 0) {
		errno = EINVAL;
		return -1;
	}
	fake.handles--;
	return 0;
}

int drmPrimeHandleToFD(int fd, uint32_t handle, uint32_t flags, int *prime_fd)
{
	(void)fd;
	(void)handle;
	fake.export_flags = flags;
	if (fails(STEP_EXPORT))
		return -1;
	*prime_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *prime_fd < 0 ? -1 : 0;
}

int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	(void)fd;
	(void)prime_fd;
	if (fails(STEP_IMPORT))
		return -1;
	*handle = 7;
	fake.handles++;
	return 0;
}

int dmaload_buffer_from_fd(struct dmaload_buffer **out, int fd,
			   struct dmaload_error *err)
{
	struct dmaload_buffer *buffer;

	if (fails(STEP_ADOPT)) {
		snprintf(err->message, sizeof(err->message), "%s",
			 "the CPU cannot map it");
		return fake.code;
	}
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	buffer->fd = dup(fd);
	buffer->size = (uint64_t)fake.width * (fake.bpp / 8) * fake.height -
		       fake.missing;
	fake.buffers++;
	*out = buffer;
	return 0;
}

void dmaload_buffer_destroy(struct dmaload_buffer *buffer)
{
	if (!buffer)
		return;
	close(buffer->fd);
	free(buffer);
	fake.buffers--;
}

int dmaload_buffer_fd(const struct dmaload_buffer *buffer)
{
	return buffer->fd;
}

uint64_t dmaload_buffer_size(const struct dmaload_buffer *buffer)
{
	return buffer->size;
}

const char *dmaload_buffer_source(const struct dmaload_buffer *buffer)
{
	(void)buffer;
	return "foreign";
}

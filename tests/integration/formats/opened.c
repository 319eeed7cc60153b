/* SPDX-License-Identifier: MIT */
#include "opened.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fd = -1;

const struct format *opened_format(void)
{
	if (strcmp(models.format, onnx_format.name) == 0)
		return &onnx_format;
	return strcmp(models.format, gguf_format.name) == 0 ?
	       &gguf_format : &safetensors_format;
}

int opened_setup(void **state)
{
	(void)state;
	fd = memfd_create("model", MFD_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

int opened_teardown(void **state)
{
	(void)state;
	return close(fd);
}

void opened_write(const struct bytes *file, struct header *header, uint64_t size)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, file->data, file->length, 0),
			 (ssize_t)file->length);
	assert_int_equal(ftruncate(fd, (off_t)(file->length + file->hole)), 0);
	header_init(header, fd, size);
}

/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <errno.h>
#include <stdio.h>

/* EXAMPLE: Use a heap that may be missing: */
static int create(struct dmaload_buffer **out, uint64_t size)
{
	struct dmaload_error err;
	int r = dmaload_buffer_create(out, "linux,cma", size, &err);

	if (r == -ENODEV)
		r = dmaload_buffer_create(out, NULL, size, &err);
	if (r < 0)
		fprintf(stderr, "libdmaload %s: %s\n",
			dmaload_version(), err.message);
	return r;
}
/* END */

int main(void)
{
	struct dmaload_buffer *buffer;
	int r = create(&buffer, 1 << 20);

	if (r == 0)
		dmaload_buffer_destroy(buffer);
	/* This machine may have no heap and no udmabuf. */
	return r < 0 && r != -ENODEV && r != -EACCES;
}

/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <dmaload-drm.h>

/* EXAMPLE: Load a file for a driver that imports dma-bufs: */
int load_for(int drm_fd, uint32_t *handle, struct dmaload_ctx *ctx,
	     struct dmaload_file *file, struct dmaload_error *err)
{
	struct dmaload_range range = {
		.file = file,
		.length = DMALOAD_TO_END,
	};
	int r = dmaload_buffer_create(&range.buffer, NULL,
				      dmaload_file_size(file), err);

	if (r < 0)
		return r;
	r = dmaload_load(ctx, &range, 1, NULL, NULL, err);
	if (r == 0)
		r = dmaload_drm_import(drm_fd, range.buffer, handle,
				       err);
	dmaload_buffer_destroy(range.buffer);
	return r;
}
/* END */


/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the tests on vgem, a DRM driver without a device. They access it
 * by libdrm only: its nodes, dumb buffers and handles.
 */
#ifndef DRM_SUPPORT_H
#define DRM_SUPPORT_H

#include "support.h"

#include <xf86drm.h>
#include <xf86drmMode.h>

#include <dmaload-drm.h>

#define CARD "/dev/dri/card0"
#define RENDER "/dev/dri/renderD128"

/* An fd of CARD, which is open during the tests. */
extern int card;

/* Fixtures of cmocka's groups: open the card, which must be vgem's; close
 * it. */
int open_vgem(void **state);
int close_vgem(void **state);

/* Open a node for reading and writing, or fail the test. */
int open_node(const char *node);

/* Return the handle that card will give next. The kernel gives the lowest free
 * one, so a leaked handle changes it. */
uint32_t next_handle(void);

/* Fail the test with the reason if a call failed. */
void expect_ok(int r, const struct dmaload_error *err);

/* Check the code of a failure, and that its reason is a line with this word. */
void expect_refusal(int r, int code, const struct dmaload_error *err,
		    const char *word);

/* Put another buffer into the kit, guarded; the kit's own is for the caller to
 * destroy. */
struct dmaload_buffer *swap_in(struct kit *kit, struct dmaload_buffer *buffer);

/* Check the bytes as the driver has them, by the handle of a buffer of its own. */
void check_by_driver(int fd, uint32_t handle, uint64_t size, uint64_t length);

#endif

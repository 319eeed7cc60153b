/* SPDX-License-Identifier: MIT */
/* A connected display, and the CRTC that drives it. */
#ifndef DRM_OUTPUT_H
#define DRM_OUTPUT_H

#include <stdint.h>
#include <xf86drmMode.h>

struct output {
	int card;
	uint32_t connector;
	drmModeModeInfo mode;
	drmModeCrtc *before; /* our CRTC before this program changed it */
};

/*
 * Open the node of a card, and find a display with a mode of this size. The
 * output is zero before. Return 0, or -1 after a message. In any case the caller
 * frees the CRTC, and closes the card unless it is -1.
 */
int output_find(struct output *output, const char *card, unsigned width,
		unsigned height);

#endif

/* SPDX-License-Identifier: MIT */
#include "drm-output.h"

#include <errno.h>
#include <fcntl.h>

#include "fail.h"

/*
 * Return the CRTC that drives the connector, else an idle one: a busy one shows
 * another picture.
 */
static drmModeCrtc *pick_crtc(int card, const drmModeRes *resources,
			      const drmModeConnector *connector)
{
	drmModeEncoder *encoder = drmModeGetEncoder(card, connector->encoder_id);
	drmModeCrtc *crtc = NULL;
	uint32_t possible = 0;
	int i;

	if (encoder)
		crtc = drmModeGetCrtc(card, encoder->crtc_id);
	drmModeFreeEncoder(encoder);

	for (i = 0; !crtc && i < connector->count_encoders; i++) {
		encoder = drmModeGetEncoder(card, connector->encoders[i]);
		if (encoder)
			possible |= encoder->possible_crtcs;
		drmModeFreeEncoder(encoder);
	}
	for (i = 0; !crtc && i < resources->count_crtcs && i < 32; i++) {
		if (possible & 1u << i)
			crtc = drmModeGetCrtc(card, resources->crtcs[i]);
		if (crtc && crtc->mode_valid) {
			drmModeFreeCrtc(crtc);
			crtc = NULL;
		}
	}
	return crtc;
}

static void try_connector(struct output *output, unsigned width,
			  unsigned height, const drmModeRes *resources,
			  const drmModeConnector *connector)
{
	const drmModeModeInfo *mode;
	int i;

	if (connector->connection != DRM_MODE_CONNECTED)
		return;
	for (i = 0; i < connector->count_modes && !output->before; i++) {
		mode = &connector->modes[i];
		if (mode->hdisplay != width || mode->vdisplay != height)
			continue;
		output->connector = connector->connector_id;
		output->mode = *mode;
		output->before = pick_crtc(output->card, resources, connector);
	}
}

int output_find(struct output *output, const char *card, unsigned width,
		unsigned height)
{
	drmModeConnector *connector;
	drmModeRes *resources;
	int i;

	output->card = open(card, O_RDWR | O_CLOEXEC);
	if (output->card < 0)
		return fail(errno, "%s", card);
	/* Some functions of libdrm return -errno and others -1; both set
	 * errno. */
	resources = drmModeGetResources(output->card);
	if (!resources)
		return fail(errno, "%s: no display driver", card);

	for (i = 0; i < resources->count_connectors && !output->before; i++) {
		connector = drmModeGetConnector(output->card,
						resources->connectors[i]);
		if (connector)
			try_connector(output, width, height, resources,
				      connector);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	if (output->before)
		return 0;
	return fail(0, "%s: no connected display with a free CRTC and a mode "
		    "of %ux%u", card, width, height);
}

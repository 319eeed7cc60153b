/* SPDX-License-Identifier: MIT */
/*
 * A libdrm, and the part of libdmaload that drm/drm.c uses, whose failures can be
 * ordered. The fds are real, so that what is left open is seen by the kernel;
 * GEM handles and buffers are counted.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdint.h>

enum step {
	STEP_NONE,
	STEP_VERSION,
	STEP_CREATE,
	STEP_EXPORT,
	STEP_ADOPT,
	STEP_CLOSE,
	STEP_IMPORT,
};

struct fake {
	/* Which call fails, and with what negative errno value. */
	enum step failing;
	int code;
	/* The errno of drmGetVersion(); 0 if it succeeds. */
	int version_code;
	/* By how much the buffer is smaller than what was asked for. */
	uint64_t missing;
	/* How the dumb buffer was asked for. */
	uint32_t width, height, bpp, export_flags;
	/* Handles and buffers that exist now. */
	int handles, buffers;
	/* Calls that were made, as bits of enum step. */
	unsigned calls;
};

extern struct fake fake;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A fake libdrm, and the part of libdmaload that drm/drm.c uses. Tests choose
 * which call fails. Fds are real, so the kernel shows what is left open. GEM
 * handles and buffers are counted.
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
	/* The call that fails, and its negative errno value. */
	enum step failing;
	int code;
	/* The errno of drmGetVersion(); 0 if it succeeds. */
	int version_code;
	/* By how much the buffer is smaller than requested. */
	uint64_t missing;
	/* The arguments with which the dumb buffer was created. */
	uint32_t width, height, bpp, export_flags;
	/* The handles and buffers that exist now. */
	int handles, buffers;
	/* The calls that were made, as bits of enum step. */
	unsigned calls;
};

extern struct fake fake;

#endif

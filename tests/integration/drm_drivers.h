/* SPDX-License-Identifier: MIT */
#ifndef DRM_DRIVERS_H
#define DRM_DRIVERS_H

/* The tests of buffers that a driver allocated by itself. Return how many have
 * failed. */
int drm_drivers(void);

#endif

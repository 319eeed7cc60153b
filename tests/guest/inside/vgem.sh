#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test buffers of vgem, a DRM driver without a device, and import buffers of the heaps into it.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
medium=16777216

mount_disk
run test_drm /mnt system pfnmap $large
run test_drm /mnt pinnable pinnable $medium
run test_drm_errors /mnt system pfnmap $medium
exit $failed

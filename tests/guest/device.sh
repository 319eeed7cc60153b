#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: what devices see of a file that was loaded, by source of the memory.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
size=2101249

mount_disk
run test_device /mnt system pfnmap $size
run test_device /mnt pinnable pinnable $size
run test_device /mnt foreign:system pfnmap $size
run test_device /mnt foreign:pinnable pinnable $size
run test_device /mnt vgem pfnmap $size
run test_device /mnt udmabuf pinnable $size
exit $failed

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: buffers of vgem, a DRM driver without a device, and buffers of the heaps in it.
set -u
large=314572800
medium=16777216
failed=0

run()
{
	echo "# $*"
	"$@" >/tmp/log 2>&1
	status=$?
	cat /tmp/log
	if [ "$status" != 0 ] || grep -q SKIPPED /tmp/log; then
		echo "# FAILED with status $status: $*"
		failed=1
	fi
}

mkdir -p /mnt
mount -t ext4 -o ro "/dev/$(head -n 1 /etc/guest/disks)" /mnt || exit 1
run test_drm /mnt system pfnmap $large
run test_drm /mnt pinnable pinnable $medium
run test_drm_errors /mnt system pfnmap $medium
exit $failed

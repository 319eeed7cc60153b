#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: what devices see of a file that was loaded, by source of the memory.
set -u
size=2101249
failed=0

run()
{
	echo "# $*"
	"$@" >/tmp/log 2>&1 || failed=1
	cat /tmp/log
	! grep -q SKIPPED /tmp/log || failed=1
	echo "# at $(cut -d ' ' -f 1 /proc/uptime) s"
}

mkdir -p /mnt
mount -t ext4 "/dev/$(head -n 1 /etc/guest/disks)" /mnt || exit 1
run test_device /mnt system pfnmap $size
run test_device /mnt pinnable pinnable $size
run test_device /mnt foreign:system pfnmap $size
run test_device /mnt foreign:pinnable pinnable $size
run test_device /mnt vgem pfnmap $size
run test_device /mnt udmabuf pinnable $size
exit $failed

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Store into a file while others read it, on file systems with blocks of one page, and of more.
# disk N is the Nth of OVERWRITTEN in filesystems.py.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh

disk()
{
	echo "/dev/$(sed -n "$1p" /etc/guest/disks)"
}

# overwrite NAME TYPE DISK ROUNDS [ENGINE]
overwrite()
{
	echo "# $1 ${5:-io_uring}"
	mkdir -p /mnt
	if mount -t "$2" "$3" /mnt; then
		test_overwrite /mnt/file "$4" ${5:+"$5"} || failed=1
		rm -f /mnt/file
		umount /mnt || failed=1
	else
		echo "cannot mount $1"
		failed=1
	fi
	echo "# at $(cut -d ' ' -f 1 /proc/uptime) s"
}

overwrite "xfs with blocks of 64 KiB" xfs "$(disk 4)" 150
overwrite "xfs with blocks of 16 KiB" xfs "$(disk 3)" 150
overwrite xfs xfs "$(disk 2)" 60
overwrite ext4 ext4 "$(disk 1)" 60
overwrite btrfs btrfs "$(disk 5)" 60
overwrite f2fs f2fs "$(disk 6)" 60
overwrite "xfs with blocks of 64 KiB" xfs "$(disk 4)" 60 threads

exit $failed

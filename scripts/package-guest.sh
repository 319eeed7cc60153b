#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# In a guest of package-test.sh: run those of debian/tests that use devices in the root on the disk,
# where the packages are installed. They use the heap and udmabuf if these are there, so they have to
# be.
set -eu
root=/tmp/root
[ -c /dev/dma_heap/system ]
[ -c /dev/udmabuf ]
mkdir -p $root
mount -t ext4 "/dev/$(head -n 1 /etc/guest/disks)" $root
mount -o bind /dev $root/dev
mount -t proc proc $root/proc
mount -t sysfs sys $root/sys
mount -t tmpfs run $root/run
mount -t tmpfs -o mode=1777 tmp $root/tmp
status=0
# udevadm would do nothing in a chroot.
env -i SYSTEMD_IGNORE_CHROOT=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	chroot $root sh /work/scripts/package-autopkgtest.sh /work \
	load libraries python tool udev >/tmp/log 2>&1 || status=$?
cat /tmp/log
# Each source was used for real.
for source in system udmabuf; do
	grep -q "^$source: 12345678 bytes are equal" /tmp/log || status=1
	grep -q "^$source: 12345678 bytes are equal in Python" /tmp/log || status=1
	grep -q "^source $source\$" /tmp/log || status=1
done
exit $status

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run dmaload bench on the disk's file, with the arguments of scripts/bench-guest.sh. This is no
# test, and no suite runs it. The results go to the folder that the host shares.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh

mount_disk
mkdir -p /out
mount -t 9p -o trans=virtio,version=9p2000.L out /out || exit 1
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
echo +memory >/sys/fs/cgroup/cgroup.subtree_control || exit 1
echo 1024 >/sys/module/udmabuf/parameters/size_limit_mb || exit 1
# For the buffer, the pool, and fio's maximum in flight: 32 blocks of 4 MiB.
reserve 208
# dmaload bench puts a second file there, and watches its pages.
export TMPDIR=/mnt

set --
while read -r argument; do
	set -- "$@" "$argument"
done </test/arguments
dmaload bench /mnt/random --json=/out/main.json "$@" >/out/main.txt || failed=1
exit $failed

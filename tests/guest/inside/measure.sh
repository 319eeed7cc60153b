#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: dmaload bench with the arguments of scripts/bench-guest.sh, on the disk's file. It
# is no test, and no suite runs it. What it finds goes to the folder that the host shares.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh

mount_disk
mkdir -p /out
mount -t 9p -o trans=virtio,version=9p2000.L out /out || exit 1
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
echo +memory >/sys/fs/cgroup/cgroup.subtree_control || exit 1
echo 1024 >/sys/module/udmabuf/parameters/size_limit_mb || exit 1
# The buffer, the pool, and what fio has in flight at most, 32 blocks of 4 MiB.
reserve 208
# For the other file, whose pages are watched.
export TMPDIR=/mnt

set --
while read -r argument; do
	set -- "$@" "$argument"
done </test/arguments
dmaload bench /mnt/random --json=/out/main.json "$@" >/out/main.txt || failed=1
exit $failed

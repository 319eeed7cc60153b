#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: a disk below the file system that fails in one block of a file, always, at
# times, or without a word, and is full. The device mapper's targets error and flakey are what the
# kernel has for that. /test/sector says where the block lies.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
size=16777216
sectors=$(($(cat "/sys/class/block/${disk#/dev/}/size")))
bad=$(cat /test/sector)

# The table of the whole disk, with one block by the target $1; "" is a good disk.
table()
{
	case $1 in
	'') target="linear $disk $bad" ;;
	error) target=error ;;
	# Seconds of being good, of being bad, and what is bad then.
	reads) target="flakey $disk $bad 1 1 1 error_reads" ;;
	writes) target="flakey $disk $bad 1 1 1 error_writes" ;;
	drops) target="flakey $disk $bad 0 3600 1 drop_writes" ;;
	esac
	echo "0 $bad linear $disk 0"
	echo "$bad 8 $target"
	echo "$((bad + 8)) $((sectors - bad - 8)) linear $disk $((bad + 8))"
}

dm()
{
	dmsetup --noudevsync --noudevrules "$@" || { echo "dmsetup $* failed"; exit 1; }
}

switch_to()
{
	dm suspend disk
	table "$1" | dm load disk
	dm resume disk
}

table "" | dm create disk
mkdir -p /mnt
# Its name under /dev/mapper would come from udev, which is not here.
mount -t ext4 /dev/dm-0 /mnt || exit 1

switch_to error
for engine in io_uring threads; do
	run test_bad_disk /mnt system pfnmap $size $engine
	run test_bad_disk /mnt pinnable pinnable $size $engine
	run test_bad_store /mnt system pfnmap $size $engine
	run test_bad_store /mnt pinnable pinnable $size $engine
done
dmaload load /mnt/pattern-$size --json >/tmp/json 2>/tmp/err && failed=1
cat /tmp/err
grep -q '^dmaload: cannot read /mnt/pattern-16777216 at offset' /tmp/err || failed=1
grep -q '"code":-5' /tmp/json || failed=1

for mode in reads writes drops; do
	switch_to $mode
	for engine in io_uring threads; do
		run test_flaky $mode /mnt system pfnmap $size $engine
		run test_flaky $mode /mnt pinnable pinnable $size $engine
	done
done

# Whatever the disk had, it was the disk: healed, everything loads.
switch_to ""
run dmaload load /mnt/pattern-$size --verify --quiet
run dmaload load /mnt/pattern-$size --source pinnable --verify --quiet
exit $failed

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test a file system on a disk that fails in one block of a file: always, at times, or without an
# error; and a file system that is full. The device mapper's targets error and flakey make the disk
# fail. /test/sector has the block's sector.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
size=16777216
sectors=$(($(cat "/sys/class/block/${disk#/dev/}/size")))
bad=$(cat /test/sector)

# Print the device mapper's table of the disk, with the target $1 for the block. "" is a good disk.
table()
{
	case $1 in
	'') target="linear $disk $bad" ;;
	error) target=error ;;
	# After the offset: seconds in which all works, seconds in which it fails, and what fails.
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
# udev would make a name under /dev/mapper, but the guest has no udev.
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

# The healed disk loads everything, so the disk caused the failures.
switch_to ""
run dmaload load /mnt/pattern-$size --verify --quiet
run dmaload load /mnt/pattern-$size --source pinnable --verify --quiet
exit $failed

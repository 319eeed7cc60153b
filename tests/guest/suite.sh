#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: the integration tests on the disk's files, into dma-bufs of the system heap and
# of the test heap, and what only a machine of one's own can be made to do.
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
	echo "# at $(cut -d ' ' -f 1 /proc/uptime) s"
	if [ "$status" != 0 ] || grep -q SKIPPED /tmp/log; then
		echo "# FAILED with status $status: $*"
		failed=1
	fi
}

# expect NAME REGEX...: each must be found in what the last load printed
expect()
{
	name=$1
	shift
	for regex in "$@"; do
		if ! grep -qE -- "$regex" /tmp/json; then
			echo "not ok - $name: no $regex in"
			cat /tmp/json
			failed=1
			return
		fi
	done
	echo "ok - $name"
}

# A verified load from the disk, its JSON in one line.
load()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	dmaload load "$@" --json --verify 2>&1 | tr -d '\n' >/tmp/json
}

disk=/dev/$(head -n 1 /etc/guest/disks)
mkdir -p /mnt /btrfs
mount -t ext4 "$disk" /mnt || exit 1
echo 'root:x:0:0::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group

# For the huge pages of test_memory, which in some boots were not to be had at once, though memory
# was free; why is not known, nor whether this helps: test_memory also asks again.
echo 3 >/proc/sys/vm/drop_caches
echo 1 >/proc/sys/vm/compact_memory
# What does not depend on the kind of disk is run on one of them.
case $disk in
*nvme*) on_each='paths store ranges jobs' ;;
*) on_each='paths store ranges jobs errors cached stream telling stops lifetimes sharing' ;;
esac
run test_memory /mnt system pfnmap $medium
for place in "system pfnmap" "pinnable pinnable"; do
	# shellcheck disable=SC2086 # a heap and what its mapping is
	set -- $place
	for name in $on_each; do
		run "test_$name" /mnt "$1" "$2" $large
	done
	run test_storm /mnt "$1" "$2" $large 100
done
# Of a smaller file: what is counted for each MiB is the same.
for engine in io_uring threads; do
	run test_counts /mnt system pfnmap 33554433 $engine
	run test_counts /mnt pinnable pinnable 33554433 $engine
done
run test_soak /mnt system pfnmap $large
run test_sync /mnt pinnable pinnable $large

# No option given, and the heap alone decides.
load /mnt/pattern-$large
expect "the default source is the system heap, by bounce" '"source":"system"' \
	'"path":"bounce"' '"direct":".*cannot be pinned' '"verified":true' \
	'"cache_residue_bytes":0' '"pool_registered":true' '"engine":"io_uring"'
load /mnt/pattern-$large --source pinnable
expect "the pinnable heap takes direct by itself" '"path":"direct"' '"declined":\{ *\}' \
	'"verified":true' "\"bytes_direct\":$large"

# A host that forbids io_uring: the same paths, by threads; or the reason, for who insists on it.
echo 2 >/proc/sys/kernel/io_uring_disabled
for place in "system bounce" "pinnable direct"; do
	# shellcheck disable=SC2086 # a heap and the path into it
	set -- $place
	load /mnt/pattern-$medium --source "$1"
	expect "without io_uring, into $1" "\"path\":\"$2\"" '"engine":"threads"' \
		'"engine_declined":"io_uring is refused: EPERM' '"pool_registered":false' \
		'"verified":true' '"cache_residue_bytes":0'
	load /mnt/pattern-$medium --source "$1" --engine io_uring
	expect "by io_uring or not at all, into $1" '"path":"buffered"' '"engine":null' \
		'"bounce":"io_uring is refused: EPERM' '"verified":true' '"cache_residue_bytes":0'
done
echo 0 >/proc/sys/kernel/io_uring_disabled

# Somebody who is not root, has no memlock, and does not own the file.
chmod 0666 /dev/dma_heap/system
as_nobody='ulimit -l 0; PATH=/test:/bin exec dmaload load FILE --json --verify'
su nobody -c "$(echo "$as_nobody" | sed "s,FILE,/mnt/pattern-$medium,")" >/tmp/json 2>&1
expect "unprivileged, without memlock" '"path":"bounce"' '"pool_registered":false' \
	'"pool_unregistered":"ENOMEM.*RLIMIT_MEMLOCK' '"verified":true' \
	'"cache_residue_bytes":null'
cp /mnt/pattern-1048577 /mnt/own
chown nobody /mnt/own
sync
echo 3 >/proc/sys/vm/drop_caches
su nobody -c "$(echo "$as_nobody" | sed 's,FILE,/mnt/own,')" >/tmp/json 2>&1
expect "unprivileged, his own file" '"path":"bounce"' '"verified":true' '"cache_residue_bytes":0'
chmod 0600 /dev/dma_heap/system

# ext4 that journals its data has no direct I/O, and says so.
umount /mnt
mount -t ext4 -o data=journal "$disk" /mnt || exit 1
load /mnt/pattern-$medium
expect "ext4 with data=journal" '"path":"buffered"' '"bounce":"the file system does no direct I/O' \
	'"verified":true' '"cache_residue_bytes":0'
umount /mnt

# btrfs accepts O_DIRECT on a compressed file and reads it through the page cache.
if [ "$(wc -l </etc/guest/disks)" -gt 1 ]; then
	disk=/dev/$(sed -n 2p /etc/guest/disks)
	mount -t btrfs -o compress-force=lzo "$disk" /btrfs || exit 1
	yes 'all work and no play makes the page cache a dull boy' | head -c 33554433 >/btrfs/dull
	sync
	echo 3 >/proc/sys/vm/drop_caches
	load /btrfs/dull
	expect "compressed btrfs is noticed" '"path":"buffered"' \
		'"bounce":"the file system took O_DIRECT and read' '"verified":true' \
		'"cache_residue_bytes":0'
	load /btrfs/dull --source pinnable
	expect "compressed btrfs into the pinnable heap" '"path":"buffered"' \
		'"direct":"the file system took O_DIRECT and read' '"verified":true' \
		'"cache_residue_bytes":0'
	umount /btrfs
fi

exit $failed

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run the integration tests on the disk's large file, into dma-bufs of the system heap and of the
# test heap. Then test settings of the kernel that would disturb other users of a machine.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
medium=16777216

# load FILE OPTION...: load from the disk, and verify; said() judges the output
load()
{
	cold
	dmaload load "$@" --json --verify >/tmp/said 2>&1
	status=$?
}

mount_disk
mkdir -p /btrfs

# Drivers differ in the size of the reads and writes that they take, and in how many at a time. For
# the rest, one kind of disk is enough; quick.sh runs it on the system heap.
rest='errors cached readers stream job_progress events events_shared stops lifetimes'
rest="$rest sharing callers"
case $disk in
*nvme*) rest= ;;
*)
	# test_memory needs huge pages. After some boots the kernel had none at once, although
	# memory was free. The reason is unknown, as is whether this helps: test_memory retries.
	cold
	echo 1 >/proc/sys/vm/compact_memory
	run test_memory /mnt system pfnmap $medium
	;;
esac
for place in "system pfnmap" "pinnable pinnable"; do
	# shellcheck disable=SC2086 # two words: a heap and the kind of its mapping
	set -- $place
	for name in paths store ranges; do
		run "test_$name" /mnt "$1" "$2" $large
	done
done
for name in $rest; do
	run "test_$name" /mnt pinnable pinnable $large
done
run test_storm /mnt pinnable pinnable $large 100
run test_swarm /mnt pinnable pinnable $large 100

# Without options, the heap decides.
load /mnt/pattern-$large
said "the default source is the system heap, by bounce" 0 '"source":"system"' \
	'"path":"bounce"' '"direct":".*cannot be pinned' '"verified":true' \
	'"cache_residue_bytes":0' '"pool_registered":true' '"engine":"io_uring"'
load /mnt/pattern-$large --source pinnable
said "the pinnable heap takes direct by itself" 0 '"path":"direct"' '"declined":\{ *\}' \
	'"verified":true' "\"bytes_direct\":$large"
[ -n "$rest" ] || exit $failed

# A smaller file is enough: the counts for each MiB are the same.
run test_counts /mnt system pfnmap 33554433 io_uring
run test_small_counts /mnt system pfnmap 33554433 io_uring
run test_counts /mnt pinnable pinnable 33554433 threads
run test_soak /mnt system pfnmap $large 2000

# A machine that forbids io_uring takes the same paths, by threads. A load that allows no threads
# reports the reason.
echo 2 >/proc/sys/kernel/io_uring_disabled
for place in "system bounce" "pinnable direct"; do
	# shellcheck disable=SC2086 # two words: a heap and the path into it
	set -- $place
	load /mnt/pattern-$medium --source "$1"
	said "without io_uring, into $1" 0 "\"path\":\"$2\"" '"engine":"threads"' \
		'"engine_declined":"io_uring is refused: EPERM' '"pool_registered":false' \
		'"verified":true' '"cache_residue_bytes":0'
	load /mnt/pattern-$medium --source "$1" --engine io_uring
	said "io_uring alone is allowed, into $1" 0 '"path":"buffered"' '"engine":null' \
		'"bounce":"io_uring is refused: EPERM' '"verified":true' '"cache_residue_bytes":0'
done
echo 0 >/proc/sys/kernel/io_uring_disabled

# A user who is not root, may lock no memory, and does not own the file.
chmod 0666 /dev/dma_heap/system
as_nobody='ulimit -l 0; PATH=/test:/bin exec dmaload load FILE --json --verify'
su nobody -c "$(echo "$as_nobody" | sed "s,FILE,/mnt/pattern-$medium,")" >/tmp/said 2>&1
status=$?
said "unprivileged, without memlock" 0 '"path":"bounce"' '"pool_registered":false' \
	'"pool_unregistered":"ENOMEM.*RLIMIT_MEMLOCK' '"verified":true' \
	'"cache_residue_bytes":null'
cp /mnt/pattern-1048577 /mnt/own
chown nobody /mnt/own
cold
su nobody -c "$(echo "$as_nobody" | sed 's,FILE,/mnt/own,')" >/tmp/said 2>&1
status=$?
said "unprivileged, the file of the user" 0 '"path":"bounce"' '"verified":true' \
	'"cache_residue_bytes":0'
chmod 0600 /dev/dma_heap/system

# ext4 refuses direct I/O if it journals its data.
umount /mnt
mount -t ext4 -o data=journal "$disk" /mnt || exit 1
load /mnt/pattern-$medium
said "ext4 with data=journal" 0 '"path":"buffered"' '"bounce":"the file system has no direct I/O' \
	'"verified":true' '"cache_residue_bytes":0'
umount /mnt

# btrfs accepts O_DIRECT on a compressed file, but reads it through the page cache.
if [ "$(wc -l </etc/guest/disks)" -gt 1 ]; then
	disk=/dev/$(sed -n 2p /etc/guest/disks)
	mount -t btrfs -o compress-force=lzo "$disk" /btrfs || exit 1
	yes 'all work and no play makes the page cache a dull boy' | head -c 33554433 >/btrfs/dull
	load /btrfs/dull
	said "compressed btrfs is noticed" 0 '"path":"buffered"' \
		'"bounce":"the file system accepted O_DIRECT and read' '"verified":true' \
		'"cache_residue_bytes":0'
	load /btrfs/dull --source pinnable
	said "compressed btrfs into the pinnable heap" 0 '"path":"buffered"' \
		'"direct":"the file system accepted O_DIRECT and read' '"verified":true' \
		'"cache_residue_bytes":0'
	umount /btrfs
fi

exit $failed

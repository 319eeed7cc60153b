#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: the integration tests on the disk's large file, into dma-bufs of the system heap
# and of the test heap, and what only a machine of one's own can be made to do.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
medium=16777216

# load FILE OPTION...: verified, from the disk, for said() to judge
load()
{
	cold
	dmaload load "$@" --json --verify >/tmp/said 2>&1
	status=$?
}

mount_disk
mkdir -p /btrfs

# Drivers differ in the reads and writes that they take, and how many at a time. The rest is run on
# one kind of disk; into the system heap, by quick.sh.
rest='errors cached readers stream job_progress events events_shared stops lifetimes sharing callers'
case $disk in
*nvme*) rest= ;;
*)
	# For the huge pages of test_memory, which in some boots were not to be had at once, though
	# memory was free; why is not known, nor whether this helps: test_memory also asks again.
	cold
	echo 1 >/proc/sys/vm/compact_memory
	run test_memory /mnt system pfnmap $medium
	;;
esac
for place in "system pfnmap" "pinnable pinnable"; do
	# shellcheck disable=SC2086 # a heap and what its mapping is
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

# No option given, and the heap alone decides.
load /mnt/pattern-$large
said "the default source is the system heap, by bounce" 0 '"source":"system"' \
	'"path":"bounce"' '"direct":".*cannot be pinned' '"verified":true' \
	'"cache_residue_bytes":0' '"pool_registered":true' '"engine":"io_uring"'
load /mnt/pattern-$large --source pinnable
said "the pinnable heap takes direct by itself" 0 '"path":"direct"' '"declined":\{ *\}' \
	'"verified":true' "\"bytes_direct\":$large"
[ -n "$rest" ] || exit $failed

# A smaller file will do: the counts for each MiB are the same.
run test_counts /mnt system pfnmap 33554433 io_uring
run test_small_counts /mnt system pfnmap 33554433 io_uring
run test_counts /mnt pinnable pinnable 33554433 threads
run test_soak /mnt system pfnmap $large 2000

# A host that forbids io_uring: the same paths, by threads; or the reason, for who insists on it.
echo 2 >/proc/sys/kernel/io_uring_disabled
for place in "system bounce" "pinnable direct"; do
	# shellcheck disable=SC2086 # a heap and the path into it
	set -- $place
	load /mnt/pattern-$medium --source "$1"
	said "without io_uring, into $1" 0 "\"path\":\"$2\"" '"engine":"threads"' \
		'"engine_declined":"io_uring is refused: EPERM' '"pool_registered":false' \
		'"verified":true' '"cache_residue_bytes":0'
	load /mnt/pattern-$medium --source "$1" --engine io_uring
	said "by io_uring or not at all, into $1" 0 '"path":"buffered"' '"engine":null' \
		'"bounce":"io_uring is refused: EPERM' '"verified":true' '"cache_residue_bytes":0'
done
echo 0 >/proc/sys/kernel/io_uring_disabled

# Somebody who is not root, has no memlock, and does not own the file.
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
said "unprivileged, his own file" 0 '"path":"bounce"' '"verified":true' '"cache_residue_bytes":0'
chmod 0600 /dev/dma_heap/system

# ext4 that journals its data has no direct I/O, and says so.
umount /mnt
mount -t ext4 -o data=journal "$disk" /mnt || exit 1
load /mnt/pattern-$medium
said "ext4 with data=journal" 0 '"path":"buffered"' '"bounce":"the file system has no direct I/O' \
	'"verified":true' '"cache_residue_bytes":0'
umount /mnt

# btrfs accepts O_DIRECT on a compressed file and reads it through the page cache.
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

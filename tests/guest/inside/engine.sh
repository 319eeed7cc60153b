#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run the integration tests by threads, into dma-bufs of the system heap and of the test heap: on
# request, where a filter refuses io_uring, and where the kernel refuses it. Then test what else is
# of the memory: how the pool lies in it, and a heap that is mapped write-combined.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
# The kernel's refusal has the effect of a filter's, which is tested with the large file.
small=33554433

mount_disk

for place in "system pfnmap" "pinnable pinnable"; do
	# shellcheck disable=SC2086 # two words: a heap and the kind of its mapping
	set -- $place
	run test_engine /mnt "$1" "$2" $large
	run test_refused /mnt "$1" "$2" $large
	run test_pool /mnt "$1" "$2" $large
	run test_pool /mnt "$1" "$2" $large threads
	run test_paths /mnt "$1" "$2" $large eperm
	run test_jobs /mnt "$1" "$2" $large threads
done
run test_store /mnt system pfnmap $large threads
run test_ranges /mnt pinnable pinnable $large enosys
run test_errors /mnt system pfnmap $large threads

# How the pool lies in memory does not depend on the heap.
run test_contiguous /mnt system pfnmap $small

# A heap whose mappings bypass the CPU's caches, as those of some vendors do.
testheap=/sys/module/dmaload_testheap/parameters
echo 1 >$testheap/write_combined
echo 0 >$testheap/pinnable
for name in paths store ranges; do
	run test_$name /mnt pinnable pfnmap $small
done
echo 1 >$testheap/pinnable
echo 0 >$testheap/write_combined

echo 2 >/proc/sys/kernel/io_uring_disabled
run test_paths /mnt system pfnmap $small refused
run test_paths /mnt pinnable pinnable $small refused
exit $failed

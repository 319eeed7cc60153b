#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run the integration tests by threads, into dma-bufs of the system heap and of the test heap: on
# request, where a filter refuses io_uring, and where the kernel refuses it.
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

echo 2 >/proc/sys/kernel/io_uring_disabled
run test_paths /mnt system pfnmap $small refused
run test_paths /mnt pinnable pinnable $small refused
exit $failed

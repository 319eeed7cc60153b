#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test everything that only dma-bufs show, once. scripts/test.sh always runs this guest. The other
# guests have other memory, disks, kernels and file systems, and the large file.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
largest=314572800
large=33554433
medium=16777216

mount_disk

# Loads into the system heap bounce. The second list goes another way if a heap can be pinned.
for name in paths store ranges errors cached readers stream transform repack jobs job_progress \
	events events_shared stops lifetimes sharing callers; do
	run test_$name /mnt system pfnmap $large
done
run test_storm /mnt system pfnmap $large 100
run test_swarm /mnt system pfnmap $large 100
for name in paths store ranges errors jobs sync; do
	run test_$name /mnt pinnable pinnable $large
done

# The build may leave out the cache.
if command -v test_cache_files >/dev/null; then
	run test_cache_files /mnt system pfnmap $large
	run test_cache_files /mnt pinnable pinnable $large
	run test_cache_storm /mnt system pfnmap $large 30
fi

# By default, the kernel limits a udmabuf to 64 MiB.
echo 512 >/sys/module/udmabuf/parameters/size_limit_mb
run test_udmabuf /mnt udmabuf pinnable $largest

# The tool and the examples.
run cli.sh dmaload hold /mnt system bounce $medium
run cli-store.sh dmaload /mnt pinnable direct $medium
run share.sh share-server share-client /mnt system $medium

# Threads, since the kernel refuses io_uring.
echo 2 >/proc/sys/kernel/io_uring_disabled
run test_jobs /mnt system pfnmap $large refused
run test_ranges /mnt pinnable pinnable $large refused
exit $failed

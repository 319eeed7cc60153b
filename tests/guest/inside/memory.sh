#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test how the bounce pool lies in memory, which does not depend on the heap; and a heap whose
# mappings bypass the CPU's caches, as those of some vendors do.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=33554433

mount_disk

run test_contiguous /mnt system pfnmap $large

testheap=/sys/module/dmaload_testheap/parameters
echo 1 >$testheap/write_combined
echo 0 >$testheap/pinnable
for name in paths store ranges; do
	run test_$name /mnt pinnable pfnmap $large
done
exit $failed

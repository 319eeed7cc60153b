#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test the kernel's own heaps, "system" and the one of contiguous memory, on a kernel that gets them
# as modules. The kernel has cma=512M on its command line.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=33554433
medium=16777216

case $(uname -r) in
6.*) cma=reserved ;;
*) cma=default_cma_region ;;
esac

mount_disk

for heap in system $cma; do
	expect "probe finds the heap $heap" 0 "heap +$heap: usable" dmaload probe
	for name in paths store ranges errors jobs; do
		run test_$name /mnt "$heap" pfnmap $large
	done
done
run cli.sh dmaload hold /mnt system bounce $medium
expect "the default is the system heap, by bounce" 0 \
	'"source":"system".*"path":"bounce".*"cache_residue_bytes":0.*"verified":true' \
	dmaload load /mnt/pattern-$medium --json --verify

truncate -s 600M /tmp/sparse
expect "more than the contiguous memory" 1 \
	"heap \"$cma\" did not allocate 629145600 bytes: .*; [0-9]+ of 512 MiB .* free.*cma=" \
	dmaload load /tmp/sparse --source $cma --quiet
rm /tmp/sparse
exit $failed

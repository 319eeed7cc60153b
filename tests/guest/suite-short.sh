#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside a guest of another kernel than the one that has the whole suite: one that is older than
# heaps (6.1) or the newest. What depends on the kernel, each once.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=33554433
medium=16777216

mount_disk
file=/mnt/pattern-$medium

dmaload probe
case $(uname -r) in
6.1.*)
	[ ! -e /dev/dma_heap ] && [ ! -e /dev/udmabuf ] || exit 1
	expect "no heaps: probe says so" 0 "heap +none: /dev/dma_heap is missing or empty" \
		dmaload probe
	expect "no heaps: a load has no source" 1 '"code":-19' dmaload load $file --json
	expect "no heaps: a load says why" 1 "^dmaload: .*/dev/dma_heap" dmaload load $file --quiet
	expect "no heap system: why" 1 '^dmaload: there is no heap "system": /dev/dma_heap/system does' \
		dmaload load $file --quiet --source system
	;;
*)
	expect "probe finds the heap" 0 "heap +system: usable" dmaload probe
	expect "the default is the system heap, by bounce" 0 \
		'"source":"system".*"path":"bounce".*"cache_residue_bytes":0.*"verified":true' \
		dmaload load $file --json --verify
	run test_paths /mnt system pfnmap $large
	run test_store /mnt system pfnmap $large
	;;
esac

run test_paths /mnt memfd pinnable $large
run test_errors /mnt memfd pinnable $large
run test_store /mnt memfd pinnable $large
run test_ranges /mnt memfd pinnable $large
run test_stream /mnt memfd pinnable $large
run cli.sh dmaload /mnt memfd direct $medium

# A dma-buf of somebody else: the test heap's, where its module could be built.
if [ -e dmaload_testheap.ko ]; then
	insmod dmaload_testheap.ko || exit 1
	run test_paths /mnt pinnable pinnable $large
	run test_sync /mnt pinnable pinnable $large
	run share.sh share-server share-client /mnt pinnable $medium
fi
exit $failed

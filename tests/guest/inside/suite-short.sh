#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test everything that depends on the kernel, once, on kernels beside that of the whole suite: 6.1,
# where Debian has neither heaps nor udmabuf, and the newest. Tests that need memory that can be
# pinned get the kind that the kernel has. 5.10 gets the tests of reading only, since it is there for
# old answers to new questions.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=33554433
medium=16777216
largest=314572800

mount_disk
file=/mnt/pattern-$medium

dmaload probe
case $(uname -r) in
5.10.* | 6.1.*)
	[ ! -e /dev/dma_heap ] && [ ! -e /dev/udmabuf ] || exit 1
	expect "no heaps: probe reports it" 0 "heap +none: /dev/dma_heap is missing or empty" \
		dmaload probe
	expect "no heaps: a load has no source" 1 '"code":-19' dmaload load $file --json
	expect "no heaps: the message of a load" 1 "^dmaload: .*/dev/dma_heap" dmaload load $file --quiet
	expect "no heap system: the message" 1 \
		'^dmaload: there is no heap "system": /dev/dma_heap/system does' \
		dmaload load $file --quiet --source system
	expect "no udmabuf: the message" 1 '^dmaload: .*/dev/udmabuf' \
		dmaload load $file --quiet --source udmabuf
	pinned=memfd
	set -- memfd pinnable
	;;
*)
	expect "probe finds the heap" 0 "heap +system: usable" dmaload probe
	expect "probe finds udmabuf" 0 "udmabuf +usable" dmaload probe
	expect "the default is the system heap, by bounce" 0 \
		'"source":"system".*"path":"bounce".*"cache_residue_bytes":0.*"verified":true' \
		dmaload load $file --json --verify
	run test_store /mnt system pfnmap $large
	for source in udmabuf udmabuf:2M; do
		[ $source = udmabuf ] || reserve 220
		run test_udmabuf /mnt $source pinnable $largest
		run test_paths /mnt $source pinnable $large
	done
	reserve 0
	echo 2 >/proc/sys/kernel/io_uring_disabled
	expect "io_uring is forbidden: threads" 0 \
		'"engine":"threads".*"engine_declined":"io_uring is refused.*"verified":true' \
		dmaload load $file --json --verify
	echo 0 >/proc/sys/kernel/io_uring_disabled
	pinned=udmabuf
	set -- system pfnmap
	;;
esac

run test_paths /mnt "$1" "$2" $large
run test_ranges /mnt $pinned pinnable $large
run test_engine /mnt "$1" "$2" $large
case $(uname -r) in
5.10.*) ;;
*)
	run test_errors /mnt $pinned pinnable $large
	run test_store /mnt $pinned pinnable $large
	run test_stream /mnt memfd pinnable $large
	run cli.sh dmaload hold /mnt $pinned direct $medium

	# Threads, where a filter refuses io_uring.
	run test_refused /mnt "$1" "$2" $large
	run test_paths /mnt "$1" "$2" $large eperm
	;;
esac

# The dma-buf of a foreign exporter: the test heap.
insmod dmaload_testheap.ko || exit 1
run test_paths /mnt pinnable pinnable $large
run test_sync /mnt pinnable pinnable $large
run share.sh share-server share-client /mnt pinnable $medium
exit $failed

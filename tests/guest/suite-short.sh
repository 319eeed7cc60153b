#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside a guest of another kernel than the one that has the whole suite: one that is older than
# heaps (6.1) or the newest. What depends on the kernel, each once.
set -u
large=33554433
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

# expect NAME STATUS REGEX COMMAND...: what a command says, and its exit status
expect()
{
	name=$1 want=$2 regex=$3
	shift 3
	sync
	echo 3 >/proc/sys/vm/drop_caches
	"$@" >/tmp/said 2>&1
	status=$?
	if [ "$status" = "$want" ] && tr -d '\n' </tmp/said | grep -qE -- "$regex"; then
		echo "ok - $name"
	else
		echo "not ok - $name: status $status, and no \"$regex\" in"
		cat /tmp/said
		failed=1
	fi
}

mkdir -p /mnt
mount -t ext4 "/dev/$(head -n 1 /etc/guest/disks)" /mnt || exit 1
echo 'root:x:0:0::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group
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

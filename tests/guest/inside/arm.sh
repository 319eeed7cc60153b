#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test what depends on the processor, on the size of a page, and on caches that udmabufs clean, on
# 64-bit ARM. Debian's kernels have no dma-heaps there, so the test heap makes two: one like the
# heap "system", and one that can be pinned. Programs for 32-bit ARM, and the newest kernel, run a
# part of it.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
largest=314572800
large=33554433
medium=16777216
limit=/sys/module/udmabuf/parameters/size_limit_mb

mount_disk
system=
[ -e /dev/dma_heap/system ] || system=pfnmap=system
# shellcheck disable=SC2086 # a parameter, or none
insmod dmaload_testheap.ko $system || exit 1

# The test of udmabufs is not among the programs for 32-bit ARM.
if ! command -v test_udmabuf >/dev/null; then
	for name in paths store ranges; do
		run test_$name /mnt system pfnmap $large
	done
	run test_ranges /mnt pinnable pinnable $medium
	exit $failed
fi

run test_paths /mnt system pfnmap $large
case $(uname -r) in
6.*)
	for name in store ranges errors spread jobs; do
		run test_$name /mnt system pfnmap $large
	done
	for name in paths ranges; do
		run test_$name /mnt pinnable pinnable $medium
	done
	run cli.sh dmaload hold /mnt system bounce $medium
	case $(uname -r) in
	*-16k)
		# With pages of 4 KiB, they do the same on any processor.
		run cli-store.sh dmaload /mnt pinnable direct $medium
		run cli-stream.sh dmaload /mnt memfd $medium
		# A huge page has 32 MiB, so the pool lies in smaller ones.
		run test_contiguous /mnt memfd pinnable $large
		;;
	esac
	expect "probe: the limit of a udmabuf" 0 'udmabuf +usable, a buffer of 64 MiB at most' \
		dmaload probe
	run test_spread /mnt udmabuf pinnable $large
	echo 8192 >$limit
	run test_errors /mnt udmabuf pinnable $large
	;;
*)
	# A line follows: there is no limit.
	expect "probe: a udmabuf has no limit" 0 'udmabuf +usablechoice' dmaload probe
	;;
esac
run test_store /mnt udmabuf pinnable $large
run test_udmabuf /mnt udmabuf pinnable $largest
exit $failed

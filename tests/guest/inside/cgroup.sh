#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test memory cgroups, whose limits kill. Debian's 6.1 kernel still has version 1: there the script
# tests it, beside a version 2 without the memory controller. The other kernels have version 2. The
# kernel gets dma_heap.mem_accounting=1, so that Linux 7 charges heaps to cgroups.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
medium=16777216
accounting=/sys/module/dma_heap/parameters/mem_accounting

# inside NAME STATUS REGEX ARGUMENT...: run dmaload in a cgroup of 64 MiB, and check its output
inside()
{
	local name=$1 status=$2 regex=$3
	shift 3
	# shellcheck disable=SC2016 # the inner shell expands it
	expect "$name" "$status" "$regex" sh -c 'echo 0 >$0/cgroup.procs && exec dmaload "$@"' \
		$top/small "$@"
}

mount_disk
case $(uname -r) in
6.1.*)
	mount -t tmpfs cgroup /sys/fs/cgroup
	mkdir /sys/fs/cgroup/memory /sys/fs/cgroup/unified
	mount -t cgroup -o memory cgroup /sys/fs/cgroup/memory || exit 1
	mount -t cgroup2 cgroup /sys/fs/cgroup/unified || exit 1
	top=/sys/fs/cgroup/memory
	limit=memory.limit_in_bytes
	;;
*)
	mount -t cgroup2 cgroup /sys/fs/cgroup || exit 1
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	echo 8192 >/sys/module/udmabuf/parameters/size_limit_mb
	top=/sys/fs/cgroup
	limit=memory.max
	;;
esac
mkdir $top/small
echo 67108864 >$top/small/$limit

inside "probe names the cgroup" 0 \
	"memory +[0-9]+ MiB available.*$top/small has room for [0-9]+ MiB: $limit is 64 MiB" probe
inside "a load that does not fit reports why" 1 \
	"needs 300 MiB and the memory cgroup has room for [0-9]+ MiB: $limit is 64 MiB.*$top/small" \
	load /mnt/pattern-$large --source memfd
inside "a load that fits" 0 '"verified": ?true' \
	load /mnt/pattern-$medium --source memfd --json --verify

if [ $limit = memory.limit_in_bytes ]; then
	run test_cgroup /mnt memfd pinnable $large
	exit $failed
fi
run test_cgroup /mnt udmabuf pinnable $large
case $(uname -r) in
6.*)
	inside "a heap's memory is not charged" 0 '"source": ?"system".*"verified": ?true' \
		load /mnt/pattern-$large --source system --json --verify
	;;
*)
	[ "$(cat $accounting)" = Y ] || exit 1
	run test_cgroup /mnt system pfnmap $large
	;;
esac
reserve 160
inside "reserved huge pages are not charged" 0 '"source": ?"udmabuf:2M".*"verified": ?true' \
	load /mnt/pattern-$large --source udmabuf:2M --json --verify
mount -o remount,memory_hugetlb_accounting /sys/fs/cgroup || exit 1
inside "reserved huge pages are charged on request" 1 "needs 300 MiB and the memory cgroup" \
	load /mnt/pattern-$large --source udmabuf:2M
reserve 60
run test_cgroup /mnt udmabuf:2M pinnable $large

exit $failed

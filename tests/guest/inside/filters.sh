#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: where a program runs: under seccomp filters that trap, kill and refuse, with a
# limit of files, and in a PID namespace.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
small=33554433
medium=16777216

mount_disk

run test_filters /mnt system pfnmap $small
run test_filters /mnt pinnable pinnable $small
run test_paths /mnt pinnable pinnable $small trap
run test_stream /mnt system pfnmap $small kill
run cli-filters.sh dmaload filtered /mnt system bounce $medium
run cli-filters.sh dmaload filtered /mnt pinnable direct $medium

# A service of systemd's is told by its cgroup: no set of systemd's has mincore either.
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup || exit 1
mkdir -p /sys/fs/cgroup/system.slice/test.service
in_service()
{
	# shellcheck disable=SC2016,SC2317 # expanded by the inner shell; expect calls it
	sh -c 'echo $$ >/sys/fs/cgroup/system.slice/test.service/cgroup.procs; exec "$@"' sh "$@"
}
for path in "" "--path buffered"; do
	# shellcheck disable=SC2086 # two words, or none
	expect "in a service, by what systemd's sets have $path" 0 \
		'"syscalls": ?"basic", *"syscalls_reduced": ?"a seccomp filter is active, of a systemd service.*"verified": ?true' \
		in_service filtered kill but-basic dmaload load /mnt/pattern-$medium $path --json --verify
done
expect "in a service, what probe says" 0 "calls +basic: .*systemd's sets" \
	in_service filtered kill but-basic dmaload probe /mnt/pattern-$medium
expect "in a service without a filter" 0 '"engine": ?"io_uring".*"syscalls": ?"all"' \
	in_service dmaload load /mnt/pattern-$medium --json
expect "in a service, all on request" 159 'Bad system call|^ *$' \
	in_service filtered kill but-basic dmaload load /mnt/pattern-$medium --syscalls all
umount /sys/fs/cgroup
run test_size_limit /mnt system pfnmap $small
run test_processes /mnt system pfnmap $small
run test_processes /mnt pinnable pinnable $small
exit $failed

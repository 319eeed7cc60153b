#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test what restricts a program: seccomp filters that trap, kill and refuse, a limit of the size of
# files, and a PID namespace.
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

# The library recognises a service of systemd by its cgroup. None of systemd's sets has mincore.
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup || exit 1
mkdir -p /sys/fs/cgroup/system.slice/test.service
in_service()
{
	# shellcheck disable=SC2016,SC2317 # the inner shell expands it; expect calls it
	sh -c 'echo $$ >/sys/fs/cgroup/system.slice/test.service/cgroup.procs; exec "$@"' sh "$@"
}
basic='"syscalls": ?"basic", *"syscalls_reduced": ?"a seccomp filter is active, of a systemd'
basic=$basic' service.*"verified": ?true'
for path in "" "--path buffered"; do
	# shellcheck disable=SC2086 # two words, or none
	expect "in a service, only calls of systemd's sets $path" 0 "$basic" \
		in_service filtered kill but-basic dmaload load /mnt/pattern-$medium $path --json --verify
done
expect "in a service, probe reports it" 0 "calls +basic: .*systemd's sets" \
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

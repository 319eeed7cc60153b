# SPDX-License-Identifier: MIT
# shellcheck shell=dash disable=SC2034
#
# Sourced, as /etc/guest/lib.sh, by the scripts that run inside the guest: how they mount the disk,
# run tests and judge what commands say. They end by "exit $failed".
# Always: what was skipped has failed, and a failure does not keep the rest from being run.
failed=0
disk=/dev/$(head -n 1 /etc/guest/disks)

echo 'root:x:0:0::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group

# mount_disk: the ext4 of the first disk, at /mnt
mount_disk()
{
	mkdir -p /mnt
	mount -t ext4 "$disk" /mnt || exit 1
}

# cold: nothing is in the page cache, nor waits to be written
cold()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# reserve PAGES: huge ones, of 2 MiB, for hugetlb; they may come by and by
reserve()
{
	local pages=/proc/sys/vm/nr_hugepages tries=100
	cold
	echo 1 >/proc/sys/vm/compact_memory
	while echo "$1" >$pages && [ "$(cat $pages)" -lt "$1" ] && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
}

# run COMMAND...: a test, which has to pass
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

# said NAME STATUS REGEX...: the status that "status" has to be, and what has to be found in
# /tmp/said, whose lines count as one
said()
{
	local name=$1 want=$2 missing="status $status" regex
	shift 2
	tr -d '\n' </tmp/said >/tmp/line
	[ "$status" != "$want" ] || missing=
	for regex in "$@"; do
		grep -qE -- "$regex" /tmp/line || missing="$missing no \"$regex\""
	done
	if [ -z "$missing" ]; then
		echo "ok - $name"
	else
		echo "not ok - $name: $missing, in"
		cat /tmp/said
		failed=1
	fi
}

# expect NAME STATUS REGEX COMMAND...: what a command says on cold files
expect()
{
	local name=$1 want=$2 regex=$3
	shift 3
	cold
	"$@" >/tmp/said 2>&1
	status=$?
	said "$name" "$want" "$regex"
}

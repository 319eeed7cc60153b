# SPDX-License-Identifier: MIT
# shellcheck shell=dash disable=SC2034
#
# The scripts in the guest source this file, as /etc/guest/lib.sh, to mount the disk, run tests and
# judge output. They end by "exit $failed".
# Always: a skipped test has failed, and the tests after a failure run.
failed=0
disk=/dev/$(head -n 1 /etc/guest/disks)

echo 'root:x:0:0::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group

# mount_disk: mount the ext4 of the first disk at /mnt
mount_disk()
{
	mkdir -p /mnt
	mount -t ext4 "$disk" /mnt || exit 1
}

# mount_host: make a root at $host for programs of the host, whose /usr is shared as "share". It has
# the guest's /mnt and /test; the libraries in /test get the names that programs load.
host=/tmp/host
mount_host()
{
	local name
	for name in usr proc sys dev mnt test tmp etc; do
		mkdir -p "$host/$name"
	done
	mount_share share "$host/usr"
	for name in bin sbin lib lib64; do
		[ ! -e "$host/usr/$name" ] || ln -s "usr/$name" "$host/$name"
	done
	for name in proc sys dev mnt test; do
		mount -o bind "/$name" "$host/$name"
	done
	for name in /test/lib*.so.*.*.*; do
		ln -s "${name##*/}" "${name%.*}"
	done
}

# mount_share TAG FOLDER: mount what boot.py shares
mount_share()
{
	mkdir -p "$2"
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro "$1" "$2" || exit 1
}

# in_host [NAME=VALUE...] COMMAND...: run a test there, with the libraries in /test
in_host()
{
	run chroot "$host" /usr/bin/env -i PATH=/usr/bin LD_LIBRARY_PATH=/test "$@"
}

# cold: write all dirty pages, and empty the page cache
cold()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# reserve PAGES: reserve huge pages of 2 MiB; the kernel may need several attempts
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

# run COMMAND...: run a test, which has to pass
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

# said NAME STATUS REGEX...: $status has to be STATUS, and /tmp/said, as one line, has to match each
# REGEX
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

# expect NAME STATUS REGEX COMMAND...: run a command on cold files, and check its output
expect()
{
	local name=$1 want=$2 regex=$3
	shift 3
	cold
	"$@" >/tmp/said 2>&1
	status=$?
	said "$name" "$want" "$regex"
}

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Load and store the same file on each file system. The results have to be the rows of
# doc/filesystems.md. disk N is the Nth of LOADED in filesystems.py.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
: >/tmp/rows

# try NAME DIRECTORY: test the file there, and copy it first if it is missing
try()
{
	echo "# $1"
	[ -e "$2/data" ] || cp /test/data "$2/data" || failed=1
	cold
	if test_filesystem "$1" "$2/data" /test/data >/tmp/log 2>&1; then
		grep '^|' /tmp/log | sed "s,$2/data,F," >>/tmp/rows
	else
		failed=1
	fi
	cat /tmp/log
	echo "# at $(cut -d ' ' -f 1 /proc/uptime) s"
}

# mounted NAME OPTIONS...: mount a file system, test it, and unmount it
mounted()
{
	name=$1
	shift
	mkdir -p /mnt
	if mount "$@" /mnt; then
		try "$name" /mnt
		umount /mnt || failed=1
	else
		echo "cannot mount $name"
		failed=1
	fi
}

# fuse NAME cached|direct: test a FUSE file system, with the files of /backing
fuse()
{
	mkdir -p /mnt /backing
	guest-fuse "$2" /backing /mnt || failed=1
	try "$1" /mnt
	umount /mnt || failed=1
}

disk()
{
	echo "/dev/$(sed -n "$1p" /etc/guest/disks)"
}

mounted ext4 -t ext4 "$(disk 1)"
mounted "ext4, data=journal" -t ext4 -o data=journal "$(disk 1)"
mounted xfs -t xfs "$(disk 2)"
mounted btrfs -t btrfs "$(disk 3)"
mount -t btrfs "$(disk 3)" /mnt && rm /mnt/data && umount /mnt
mounted "btrfs, compressed" -t btrfs -o compress-force=lzo "$(disk 3)"
mounted f2fs -t f2fs "$(disk 4)"
# The kernel's count of saved blocks shows that f2fs compresses.
compress=compress_algorithm=lz4,compress_extension='*'
mount -t f2fs -o "$compress" "$(disk 5)" /mnt && cp /test/data /mnt/data && sync
saved=$(cat "/sys/fs/f2fs/$(basename "$(disk 5)")/compr_saved_block")
echo "# $saved blocks saved by f2fs"
[ "$saved" -gt 0 ] && umount /mnt || failed=1
mounted "f2fs, compressed" -t f2fs -o "$compress" "$(disk 5)"
mounted vfat -t vfat "$(disk 6)"
mounted tmpfs -t tmpfs none
mounted squashfs -t squashfs "$(disk 7)"
mounted erofs -t erofs "$(disk 8)"
mounted "erofs, compressed" -t erofs "$(disk 9)"
mkdir -p /lower
mount -t ext4 "$(disk 1)" /lower && mkdir -p /lower/upper /lower/work
mounted "overlayfs on ext4" -t overlay \
	-o lowerdir=/lower,upperdir=/lower/upper,workdir=/lower/work none
umount /lower
fuse fuse cached
fuse "fuse, direct_io" direct
# A deadline ends a load from a slow file: 5 MiB would take 64 s, and the first MiB 13 s.
slow_fuse()
{
	local before after
	guest-fuse slow /backing /mnt || failed=1
	before=$(cut -d . -f 1 /proc/uptime)
	dmaload load /mnt/data --path buffered --source memfd --timeout 2 --quiet >/tmp/log 2>&1
	status=$?
	after=$(cut -d . -f 1 /proc/uptime)
	echo "# slow fuse: status $status after $((after - before)) s: $(cat /tmp/log)"
	if [ $status != 1 ] || [ $((after - before)) -gt 10 ] || ! grep -q deadline /tmp/log; then
		failed=1
	fi
	umount /mnt || failed=1
}
slow_fuse

mounted 9p -t 9p -o trans=virtio,version=9p2000.L,msize=524288 share
mounted "9p, cache=loose" -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose share

# measured verity|plain DISK: the kernel's digest of a file is the one that a load computes
measured()
{
	mount -t ext4 "$(disk "$2")" /mnt && cp /test/data /mnt/measured && sync || failed=1
	test_digest_measured /mnt/measured "$1" || failed=1
	umount /mnt || failed=1
}
# The program dmaload takes the digest that the kernel has, also if no hash of the bytes is equal to it;
# and it refuses another one.
measured_by_tool()
{
	mount -t ext4 "$(disk 10)" /mnt && cp /test/data /mnt/salted && sync || failed=1
	test_digest_measured /mnt/salted salted >/tmp/log || failed=1
	cat /tmp/log
	want=$(sed -n 's/^salted fsverity://p' /tmp/log)
	dmaload load /mnt/salted --source memfd --digest fsverity --quiet >/tmp/digest || failed=1
	[ "$(cat /tmp/digest)" = "sha256:$want /mnt/salted" ] || failed=1
	dmaload load /mnt/salted --source memfd --expect "fsverity:$want" --quiet || failed=1
	other=$(echo "$want" | tr 0-9a-f 1-9a-f0)
	dmaload load /mnt/salted --source memfd --expect "fsverity:$other" >/tmp/log 2>&1 && failed=1
	grep "fsverity:$want, but fsverity:$other is expected" /tmp/log || failed=1
	# A part has no digest of the kernel.
	dmaload load /mnt/salted --source memfd --length 8192 --digest fsverity --quiet >/tmp/part || failed=1
	head -c 8192 /mnt/salted >/tmp/bytes
	dmaload load /tmp/bytes --source memfd --digest fsverity --quiet >/tmp/bytes.digest || failed=1
	[ "$(cut -d ' ' -f 1 /tmp/part)" = "$(cut -d ' ' -f 1 /tmp/bytes.digest)" ] || failed=1
	umount /mnt || failed=1
}

# It is there if the digest library is built.
if command -v test_digest_measured >/dev/null; then
	measured plain 1
	measured verity 10
	measured_by_tool
fi

# The document has backquotes around the reasons.
grep '^|' /test/filesystems.md | sed -e '1,2d' -e 's/`//g' >/tmp/kept
if ! cmp -s /tmp/kept /tmp/rows; then
	echo "doc/filesystems.md has other rows than these:"
	diff /tmp/kept /tmp/rows
	failed=1
fi
exit $failed

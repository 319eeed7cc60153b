#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Loads a file into a dma-buf, verified, with the page cache before and after.
# usage: show-load.sh DMALOAD FILE
# In try.sh's guest it is called without arguments and finds the file on the disk.
set -eu

if [ $# = 2 ]; then
	dmaload=$1
	file=$2
else
	dmaload=dmaload
	# The guest's own terminal is always one; a progress bar is for ours.
	grep -q dmaload.watched /proc/cmdline || exec 2>/tmp/stderr
	trap '[ $? = 0 ] || cat /tmp/stderr 2>/dev/null' EXIT
	mkdir -p /mnt
	mount -t ext4 "/dev/$(head -n 1 /etc/guest/disks)" /mnt
	for file in /mnt/*; do
		[ ! -f "$file" ] || break
	done
fi

page_cache()
{
	echo
	echo "page cache $1:"
	grep -E '^(MemFree|Cached):' /proc/meminfo
	"$dmaload" probe "$file" | grep '^file'
}

"$dmaload" probe "$file"
page_cache before
echo
"$dmaload" load "$file" --verify
page_cache after

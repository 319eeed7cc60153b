#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Show the disk's picture from a buffer of the heap "system". boot.py takes pictures of the display
# before, meanwhile and after; scanout.py compares them.
set -eu
size=640x480
picture=/mnt/picture.raw

die()
{
	echo "scanout.sh: $*"
	exit 1
}

# refused MESSAGE ARGUMENT...: drm-scanout has to fail with this message
refused()
{
	wanted=$1
	shift
	status=0
	drm-scanout "$@" >/tmp/refused 2>&1 || status=$?
	cat /tmp/refused
	[ "$status" = 1 ] || die "status $status instead of 1: drm-scanout $*"
	grep -qF "$wanted" /tmp/refused || die "the message lacks: $wanted"
	[ "$(grep -c '^drm-scanout: ' /tmp/refused)" = 1 ] || die "not one message"
}

# interrupted SIGNAL: end a run without a command, after the report says that the picture is up
interrupted()
{
	rm -f /tmp/report.interrupted
	drm-scanout "$picture" "$size" >/tmp/report.interrupted &
	tries=100
	until [ -s /tmp/report.interrupted ]; do
		tries=$((tries - 1))
		[ "$tries" != 0 ] || die "no picture without a command"
		sleep 0.1
	done
	kill -s "$1" $!
	wait $! || die "SIG$1 ended drm-scanout with status $?"
}

mkdir -p /mnt
mount -t ext4 -o ro /dev/vda /mnt
echo "the console, before and after" >/dev/tty0
sleep 1 # the console draws later
screendump before

# The kernel gives the display back to the console when the last process closes the card. The sleep
# keeps it open, so "after" shows what drm-scanout restores by itself.
# shellcheck disable=SC2016 # the inner shell expands it
drm-scanout "$picture" "$size" --source system -- sh -c '
	sleep 1000 </dev/dri/card0 & echo $! >/tmp/holder
	screendump scanout' >/tmp/report || die "drm-scanout failed"
screendump after
kill "$(cat /tmp/holder)"

drm-scanout /mnt/control.raw "$size" --source system -- screendump control >/dev/null ||
	die "drm-scanout failed with another picture"

# This kernel cannot pin a heap's mapping: the load must report that, and bounce.
cat /tmp/report
grep -q '^path *bounce: 0 bytes direct, 1228800 bounced, 0 buffered' /tmp/report ||
	die "the picture did not take the bounce path"
grep -q '^declined *direct: .' /tmp/report || die "no reason against the direct path"

refused "1228800 bytes, the file has 1228799" /mnt/short.raw "$size"
refused "1920000 bytes, the file has 1228800" "$picture" 800x600
refused "a mode of 480x640" "$picture" 480x640
refused "/mnt/missing.raw" /mnt/missing.raw "$size"
refused "/dev/dri/card7" "$picture" "$size" --card /dev/dri/card7
refused "no display driver" "$picture" "$size" --card /dev/null
refused "is not a dma-buf" "$picture" "$size" --source memfd
refused "nowhere" "$picture" "$size" --source nowhere
refused "exited with status 3" "$picture" "$size" -- sh -c 'exit 3'
refused "nonesuch: No such file" "$picture" "$size" -- nonesuch
exec 5<>/dev/dri/card0
refused "beside another DRM master" "$picture" "$size"
exec 5>&-
interrupted TERM
interrupted INT
screendump end

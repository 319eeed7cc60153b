#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash disable=SC2317 # expect and run call functions
#
# Let drivers use the bytes of loaded dma-bufs. vivid, whose HDMI output can be connected to its
# capture, copies frames from one dma-buf to another. Mesa's lavapipe runs a shader of Vulkan; its
# compiler is too large for the initramfs, so the host shares its /usr.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
medium=16777216
frame=2764800 frames=6

mount_disk

# vivid may wait for a moment that is over if its thread had no processor for some time (6.12, 7.3).
# The kernel reports the negative time-out, and vivid goes on.
cat >/tmp/excused <<-SED
	/schedule_timeout: wrong timeout value/ {
		:more
		/<\/TASK>/! { N; b more; }
		/vivid_thread_vid_/d
	}
SED

# connect WHAT: what the first capture receives
connect()
{
	local item
	item=$(v4l2-ctl -d /dev/video0 --list-ctrls-menus |
		sed -n "/hdmi_000_0_is_connected_to/,\$ s/^[^a-z]*\([0-9]\): $1\$/\1/p")
	v4l2-ctl -d /dev/video0 --set-ctrl="hdmi_000_0_is_connected_to=$item,osd_text_mode=2"
}

# play SOURCE [SIZE [OUTPUT]]: show and record the frames
play()
{
	rm -f /tmp/recorded
	v4l2-frames /tmp/video "${2:-1280x720}" "/dev/${3:-video1}" /dev/video0 /tmp/recorded "$1"
}

head -c $((frames * frame)) /mnt/pattern-$medium >/tmp/video
run connect 'Output HDMI 000-0'
for source in system udmabuf udmabuf:2M; do
	expect "v4l2: frames in $source" 0 "$frames frames of $frame bytes, in buffers from ${source%:2M}" \
		play $source
	run cmp /tmp/video /tmp/recorded
done
run connect 'Test Pattern Generator'
expect "v4l2: the test pattern" 0 "$frames frames of $frame bytes" play system
expect "v4l2: it is not the video" 1 'differ' cmp /tmp/video /tmp/recorded

expect "v4l2: an old file stays" 1 '/tmp/recorded.*exists' \
	v4l2-frames /tmp/video 1280x720 /dev/video1 /dev/video0 /tmp/recorded system
expect "v4l2: a memfd is not a dma-buf" 1 'video1: the driver cannot use a buffer from memfd' play memfd
expect "v4l2: another size" 1 'video1: no frames of 8x8 RGB24 without padding; .* 16x16' play system 8x8
expect "v4l2: no output" 1 'video0: cannot set the format' play system 1280x720 video0

# The build may leave out Vulkan.
command -v vulkan-sum >/dev/null || exit $failed

# sum NAME STATUS REGEX FILE SOURCE: let the shader add up a file. This does not empty the page cache,
# which would make the guest read the compiler again.
sum()
{
	chroot "$host" /usr/bin/env -i PATH=/usr/bin LD_LIBRARY_PATH=/test HOME=/tmp \
		VK_DRIVER_FILES=/tmp/lavapipe/lvp_icd.json /test/vulkan-sum "$4" "$5" >/tmp/said 2>&1
	status=$?
	said "$1" "$2" "$3"
	echo "# at $(cut -d ' ' -f 1 /proc/uptime) s"
}

mount_host
mount_share lavapipe "$host/tmp/lavapipe"
same='the sum is (-?[1-9][0-9]*) on llvmpipe [^,]*, [^,]*, \1 on the CPU$'
for source in system udmabuf; do
	sum "vulkan: weights in $source" 0 "^from $source: $same" /mnt/pattern-$medium $source
done
truncate -s 129M /mnt/sparse
sum "vulkan: more than a shader sees" 1 'a shader sees 134217728 bytes of a buffer at most' \
	/mnt/sparse system
exit $failed

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run the lines of dmaload-probes(7), with bpftrace and Python of the host's /usr.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh

mount_disk
mount_host
in_host /usr/bin/python3 /test/bpftraced.py /test/dmaload-probes.7 /test/libdmaload.so.0.2.0 \
	/test/dmaload /mnt heap:system /mnt/pattern-16777216
exit $failed

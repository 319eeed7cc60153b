#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test the program and the examples, as people and scripts use them. Their output depends on the
# heaps, and not on the kind of disk: one guest is enough.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
medium=16777216

mount_disk
# For mappings that can be pinned, udmabuf.sh runs cli.sh, and the host runs the formats, on memfd.
run cli.sh dmaload hold /mnt system bounce $medium
for place in "system bounce" "pinnable direct"; do
	# shellcheck disable=SC2086 # two words: a heap and the path that it takes
	set -- $place
	run cli-store.sh dmaload /mnt "$1" "$2" $medium
	run share.sh share-server share-client /mnt "$1" $medium
done
# Distributions set this.
echo 1 >/proc/sys/fs/protected_symlinks
run cli-store-rights.sh dmaload meddle who /mnt system 3
run cli-store-in-place.sh dmaload meddle who /mnt system 2101249
run cli-stream.sh dmaload /mnt system $medium
run bench.sh dmaload hold /mnt heap:system bounce $medium
for format in gguf safetensors; do
	run formats.sh load-tensors make-models-$format /mnt system
	run layers.sh load-layers make-models-$format /mnt system
done
run rights.sh /mnt $medium

exit $failed

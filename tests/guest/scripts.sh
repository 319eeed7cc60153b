#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: the program and the examples, as people and scripts use them. What they print and
# do depends on the heaps, and not on the kind of disk: one guest is enough.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
medium=16777216

mount_disk
for place in "system bounce" "pinnable direct"; do
	# shellcheck disable=SC2086 # a heap and the path that it takes
	set -- $place
	run cli.sh dmaload /mnt "$1" "$2" $medium
	run cli-store.sh dmaload /mnt "$1" "$2" $medium
done
run cli-stream.sh dmaload /mnt system $medium
run bench.sh dmaload /mnt heap:system bounce $medium
run share.sh share-server share-client /mnt system $medium
run share.sh share-server share-client /mnt pinnable $medium
for heap in system pinnable; do
	run formats.sh gguf make-models-gguf /mnt $heap
	run formats.sh safetensors make-models-safetensors /mnt $heap
done
run rights.sh /mnt $medium

exit $failed

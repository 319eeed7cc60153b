#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Load one file into each kind of memory, by each engine, and print a table of what importers see.
# Then test in detail what devices see in each source.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=33554433
small=2101249
: >/tmp/rows

mount_disk
reserve 17
for engine in io_uring threads; do
	for place in "system pfnmap" "pinnable pinnable" "udmabuf pinnable" \
		"udmabuf:2M pinnable" "vgem pfnmap" "memfd pinnable"; do
		# shellcheck disable=SC2086 # two words: a source and the kind of its mapping
		set -- $place
		run test_matrix /mnt "$1" "$2" $large $engine
		sed -n 's/^row: //p' /tmp/log >>/tmp/rows
	done
done
reserve 0

for place in "system pfnmap" "pinnable pinnable" "foreign:system pfnmap" \
	"foreign:pinnable pinnable" "vgem pfnmap" "udmabuf pinnable"; do
	# shellcheck disable=SC2086
	set -- $place
	run test_device /mnt "$1" "$2" $small
done

echo "| source | kernel | engine | path | pages compared | of these fetched by devices |"
echo "|---|---|---|---|---|---|"
cat /tmp/rows
[ "$(wc -l </tmp/rows)" = 12 ] || failed=1
exit $failed

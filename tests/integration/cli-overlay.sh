#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload on overlayfs, whose files have their pages in the lower file system. The
# report on the page cache is right, and pages of other processes stay.
# usage: cli-overlay.sh DMALOAD HOLD DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR, which is the lower folder. DIR has room for two more
# files of this size.
set -u

if [ "${1:-}" != inside ]; then
	if ! unshare -m true 2>/dev/null; then
		echo "SKIPPED - overlayfs: no mount namespace of one's own"
		exit 0
	fi
	exec unshare -m -- "$0" inside "$@"
fi
shift
hold=$2 dir=$3 source=$4 size=$5
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/overlay-XXXXXX") || exit 1
merged=$place/merged
trap 'umount "$merged" 2>/dev/null; rm -rf "$work" "$place"' EXIT
mkdir "$place/lower" "$place/upper" "$place/work" "$merged"
ln "$dir/pattern-$size" "$place/lower/file"
if ! mount -t overlay -o "lowerdir=$place/lower,upperdir=$place/upper,workdir=$place/work" none "$merged" \
	2>/dev/null; then
	echo "SKIPPED - overlayfs: it cannot be mounted"
	exit 0
fi
pages=$(whole_pages "$size")

check "what is resident below" 0 \
	"$hold" "$place/lower/file" "$dmaload" load "$merged/file" --source "$source" --json
equals "what is resident below is known" cache_before_bytes "$pages"
equals "what is resident below is copied" bytes_cached "$size"

check "the buffered path" 0 "$hold" "$place/lower/file" "$dmaload" load "$merged/file" \
	--source "$source" --path buffered --cache bypass --json
equals "the buffered path leaves what was there" cache_before_bytes "$pages"
equals "the buffered path leaves nothing else" cache_residue_bytes 0

check "a store" 0 "$dmaload" load "$merged/file" --source "$source" --quiet -- \
	"$dmaload" store "$merged/new" --json
equals "a store leaves nothing" cache_residue_bytes 0
expect "a store: the same bytes" cmp "$dir/pattern-$size" "$merged/new"
expect "a store: the same bytes below" cmp "$dir/pattern-$size" "$place/upper/new"

check "a store by the buffered path" 0 "$dmaload" load "$merged/file" --source "$source" --quiet -- \
	"$dmaload" store "$merged/buffered" --path buffered --json
equals "a store by the buffered path leaves nothing" cache_residue_bytes 0
expect "a store by the buffered path: the same bytes" cmp "$dir/pattern-$size" "$merged/buffered"

finish cli-overlay

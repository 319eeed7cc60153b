#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A load uses the bounce pool as "dmaload probe" predicts, whatever RLIMIT_MEMLOCK is.
# usage: cli-memlock.sh DMALOAD DIR SIZE, where SIZE names the file pattern-SIZE in DIR
set -u

dmaload=$1 file=$2/pattern-$3
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'rm -rf "$work"' EXIT

# limited BYTES COMMAND...: run it as a user bound by RLIMIT_MEMLOCK, without CAP_IPC_LOCK
limited()
{
	limit=$1
	shift
	if [ "$(id -u)" = 0 ]; then
		prlimit --memlock="$limit:$limit" setpriv --bounding-set -ipc_lock "$@"
	else
		prlimit --memlock="$limit:$limit" "$@"
	fi
}

# Not even root can always raise the limit.
most=$(prlimit --memlock --noheadings --output HARD | tr -d ' ')
seen=
for kib in 0 64 1024 2048 4096 6144 6400 7168 8192; do
	limit=$((kib * 1024))
	[ "$most" = unlimited ] || [ "$limit" -le "$most" ] || continue
	check "$kib KiB: probe" 0 limited "$limit" "$dmaload" probe --json
	equals "$kib KiB: the limit" memlock_bytes "$limit"
	foretold=$(json pool_registered)
	check "$kib KiB: load" 0 limited "$limit" "$dmaload" load "$file" --source memfd \
		--path bounce --cache bypass --json
	equals "$kib KiB: as probe said" pool_registered "$foretold"
	seen="$seen $foretold"
done
expect "a low limit is too low: $seen" [ "${seen#* false}" != "$seen" ]
# The machine's hard limit may be too low for any.
[ "$limit" -lt $((kib * 1024)) ] ||
	expect "a high one is high enough: $seen" [ "${seen#* true}" != "$seen" ]

finish cli-memlock

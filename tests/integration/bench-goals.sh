#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tests the scripts that evaluate dmaload bench with fio beside it: the goals, the table and the
# chart.
# usage: bench-goals.sh DMALOAD DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR; of SOURCE the mapping can be pinned.
set -u

dir=$2 source=$3 size=$4
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'rm -rf "$work"' EXIT
scripts=$(dirname -- "$0")/../../scripts
alone "$dir/pattern-$size"
file=$alone

"$dmaload" bench "$file" --source "$source" --list | grep -v '^left out' >"$work/all"
grep -vE '^(small|queued|urgent)/' "$work/all" >"$work/names"
grep -E '^(small|queued|urgent)/' "$work/all" >"$work/pairs"
echo fio >>"$work/names"

check "what the goals are about" 0 "$dmaload" bench "$file" --source "$source" --rounds 2 --fio-job 1M,4 --paired \
	--json="$work/main.json"
check "the goals" 0 "$scripts/bench-goals.py" "$work" "$source" "$source"
for row in "bounce: buffer ready / fio +>= 0.98 +[0-9.]+ \(" "zero copy: CPU s/GB / fio +<=" \
	"bounce: CPU s/GB / \(fio \+ memcpy\) +<= 1.10 +[0-9]" "bounce: pinned +<= 8 MiB +6.0 MiB +met" \
	"zero copy: left in cache / evicted +0 / 0 +0 / " "bounce's memory: 10,000 ranges / one +>= 0.95 +[0-9]" \
	"zero copy: threads / io_uring +>= 0.95 " "small/4K/$source: latency / pread and memcpy +<= 1.30 +[0-9]" \
	"small/4K-cold/$source: latency .*<= 1.60 +[0-9]" "small/64K/$source: latency .*<= 1.10 +[0-9]" \
	"small/1M/$source: latency .*<= 1.00 +[0-9]" "small/1M/$source: CPU .*<= 1.30 +[0-9]" \
	"queued/4M-direct/$source: speed / io_uring +>= 0.97 +[0-9]" "queued/4M-direct/$source: p99 .*<= 1.10 +[0-9]" \
	"queued/4M-bounce/$source: speed / io_uring +>= 0.92 +[0-9]" "queued/64K/$source: speed / fio +>= 0.95 +[0-9]" \
	"urgent/1M/$source: p99 / \(p99 alone .*<= 1.00 +[0-9]" "bounce: linear time, .* not measurable here"; do
	says "the goals: $row" out "^$row"
done
check "all cases" 0 "$scripts/bench-cases.py" "$work"
expect "the table has a row for fio and for each case, and a head" \
	[ "$(grep -cE '^\|( [^|]*\|){8}$' "$work/cases.md")" = $(($(wc -l <"$work/names") + 2)) ]
expect "another table has a row for each pair, and a head" \
	[ "$(grep -cE '^\|( [^|]*\|){11}$' "$work/cases.md")" = $(($(wc -l <"$work/pairs") + 2)) ]
check "a guest's disk of no kind" 1 "$scripts/bench.sh" --guest --disk floppy
says "the usage" err "^bench-guest.sh: usage: .*--disk virtio\\|nvme"
expect "the chart has a line for fio and for each case of the disk" \
	[ "$(grep -cE '^"[^"]+"(	[0-9.]+){3}$' "$work/chart.tsv")" = "$(grep -vcE '^(warm|memcpy)/' \
		"$work/names")" ]

finish goals

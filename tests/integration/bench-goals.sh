#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Test the scripts that evaluate dmaload bench beside fio: the goals, the table and the chart.
# usage: bench-goals.sh DMALOAD DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR. The mapping of SOURCE can be pinned.
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
grep -vE '^(small|queued|urgent|transform)/' "$work/all" >"$work/names"
grep -E '^(small|queued|urgent|transform)/' "$work/all" >"$work/pairs"
echo fio >>"$work/names"

check "what the goals need" 0 "$dmaload" bench "$file" --source "$source" --rounds 2 --fio-job 1M,4 --paired \
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
	"transform/empty/$source: speed / bounce +>= 0.98 +[0-9]" "transform/repack/$source: speed .*>= 1.80 +[0-9]" \
	"urgent/1M/$source: p99 / \(p99 alone .*<= 1.00 +[0-9]" "bounce: linear time, .* not measurable here"; do
	says "the goals: $row" out "^$row"
done
check "all cases" 0 "$scripts/bench-cases.py" "$work"
expect "the table has a row for fio and for each case, and a head" \
	[ "$(grep -cE '^\|( [^|]*\|){8}$' "$work/cases.md")" = $(($(wc -l <"$work/names") + 2)) ]
expect "another table has a row for each pair, and a head" \
	[ "$(grep -cE '^\|( [^|]*\|){11}$' "$work/cases.md")" = $(($(wc -l <"$work/pairs") + 2)) ]
check "an unknown kind of disk" 1 "$scripts/bench.sh" --guest --disk floppy
says "the usage" err "^bench-guest.sh: usage: .*--disk virtio\\|nvme"

# The chart names the ways in words; some cases stand for each.
ways=0
for case in fio "uring4M/$source" "uring/$source" "direct/$source/io_uring" "direct/$source/threads" \
	"bounce/$source/io_uring" "bounce/$source/threads" "ranges/auto/$source" "whole/direct/$source" \
	"whole/bounce/$source" "read/$source" "read16M/$source" "mmap/$source" "pread/$source" \
	"whole/read/$source"; do
	ways=$((ways + $(grep -cFx "$case" "$work/names")))
done
check "the chart" 0 "$scripts/bench-chart.py" "$work" "$source" "$source" "a cold file & <$source>"
expect "the chart is drawn without a warning" [ ! -s "$work/err" ]
expect "the chart has a row for each way" [ "$(grep -cE \
	'^"[^"]+"	[123](	[0-9]+\.[0-9]{3}){3}(	([0-9]+\.[0-9]{3}|\?)){2}$' "$work/chart.tsv")" = "$ways" ]
says "the chart has fio as a limit, whose page cache is not measured" chart.tsv \
	'^"fio at its best"	1(	[0-9.]+){3}	\?	[0-9.]+$'
says "the chart has bounce as ours, which left nothing" chart.tsv \
	'^"dmaload, bounce, by threads"	2(	[0-9.]+){3}	0\.000	[0-9.]+$'
says "the chart has read(2) as what people do today" chart.tsv '^"read\(2\)"	3(	[0-9.]+){5}$'
check "the chart is valid XML" 0 python3 -c 'import sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1])' "$work/bench.svg"
for text in "fio at its best" "dmaload, bounce, by threads" 'read\(2\), 16 MiB ahead' "the limit" \
	"what people do today" "MiB left in the page cache" "CPU seconds per GB" "not measured" \
	"a cold file &amp; &lt;$source"; do
	says "the chart says: $text" bench.svg ">[[:space:]]*$text"
done
for colour in "154, *154, *154" "42, *122, *184" "224, *138, *60"; do
	says "the chart has the colour $colour" bench.svg "rgb\\( *$colour\\)"
done
echo '{"cases": []}' >"$work/main.json"
check "a chart of nothing" 1 "$scripts/bench-chart.py" "$work" "$source" "$source" title
says "why" err "has no case that the chart shows"

finish goals

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dmaload bench on a small file: its output and what it leaves, but never a speed.
# usage: bench.sh DMALOAD HOLD DIR SOURCE PATH SIZE [fio]
# SIZE names the file pattern-SIZE in DIR. PATH is the default path of a load of it. With "fio", fio
# must be there.
set -u

hold=$2 dir=$3 source=$4 path=$5 size=$6 fio=${7-}
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'rm -rf "$work"' EXIT

bench()
{
	name=$1 want=$2
	shift 2
	check "$name" "$want" "$dmaload" bench "$@"
}

# figure CASE KEY: print its value in the summary of that case
figure()
{
	tr -d ' \n' <"$work/json" | sed -n "s,.*\"case\":\"$1\"\,\"rounds\":,\"rounds\":,; T
		s,}\,{\"case\":.*,,; s,.*\"$2\":\([^\,}]*\).*,\1,p"
}

# is CASE KEY VALUE
is()
{
	value=$(figure "$1" "$2")
	if [ "$value" = "$3" ]; then
		pass "$1: $2"
	else
		fail "$1: $2 is $value, not $3"
	fi
}

# pair CASE BYTES RIVAL KEY...: the summary of the case has that rival, and numbers for these keys
pair()
{
	name=$1 bytes=$2 rival=$3
	shift 3
	tr -d ' \n' <"$work/json" | sed -n "s,.*\"case\":\"$name\"\,\"rounds\":,\"rounds\":,; T
		s,}\,{\"case\":.*,,; s,}]\,\"absent\".*,,; p" >"$work/pair"
	says "$name: what it is" pair "^\"rounds\":1,\"failed\":0,\"load_bytes\":$bytes,\"in_flight\":[0-9]+,\"rival\":$rival"
	for key in "$@"; do
		says "$name: $key" pair "\"$key\":\{\"median\":[0-9.e+-]+,\"min\":[0-9.e+-]+,"
	done
}

alone "$dir/pattern-$size"
file=$alone
before=$(cksum <"$file")

bench "no file" 2
bench "two files" 2 "$file" "$file"
bench "unknown option" 2 "$file" --fast
for rounds in 0 -1 x 1001 ""; do
	bench "\"$rounds\" rounds" 2 "$file" --rounds "$rounds"
	says "the reason" err "--rounds must be a number from 1 to 1000, not \"$rounds\""
done
for job in 1M 8 "1M," ",8" "1M,0" "0,8" "1X,8" "1M,8x"; do
	bench "a job of \"$job\"" 2 "$file" --fio-job "$job"
done
bench "a job, and no fio" 2 "$file" --fio-job 1M,8 --no-fio
bench "unknown engine" 2 "$file" --engine diesel
bench "no length" 2 "$file" --length 0
bench "missing file" 1 "$dir/missing"
says "it is named" err "dmaload: .*/missing: No such file"
bench "folder" 1 "$dir"
bench "nothing to measure" 1 "$file" --case 'no/such/*'
says "the reason" err "none of the requested cases can be measured here"
bench "no such heap" 1 "$file" --source heap:none --no-fio
says "the reason" err "none of the requested cases"
bench "no such heap is reported" 0 "$file" --source heap:none --list
says "with its reason" out "left out +\*/heap:none: .*/dev/dma_heap/none"

bench "the list" 0 "$file" --list
# If io_uring is refused, threads replace it.
engine=io_uring
if ! grep -qx "bounce/$source/io_uring" "$work/out"; then
	says "why not io_uring" out "^left out +bounce/$source/io_uring: io_uring is refused"
	engine=threads
fi
for name in "auto/$source" "bounce/$source/threads" "buffered/$source" \
	"whole/auto/$source" "warm/auto/$source" "ranges/auto/$source" "first/auto/$source" \
	"read/$source" "read16M/$source" "mmap/$source" "pread/$source" "whole/read/$source" \
	"warm/read/$source" "memcpy/$source" "auto/memory"; do
	says "the list: $name" out "^$name\$"
done
# RLIMIT_MEMLOCK may be too low for it.
says "the list: io_uring into memory of its own" out "^(left out +)?uring8M/$source(\$|: )"
if [ "$path" = direct ]; then
	says "the list: io_uring alone" out "^uring/$source\$"
	says "the list: the same as fio does" out "^uring4M/$source\$"
	says "the list: direct" out "^direct/$source/$engine\$"
else
	says "not in the list: direct" out "^left out +direct/$source/$engine: .*cannot be pinned"
fi
for name in small/4K small/4K-cold small/64K small/1M queued/64K urgent/1M transform/empty transform/repack; do
	says "the list: $name" out "^$name/$source\$"
done
if [ $engine = io_uring ]; then
	says "the list: queued, bounced" out "^queued/4M-bounce/$source\$"
else
	says "why nothing is beside io_uring" out "^left out +queued/4M-bounce/$source: .*io_uring"
fi
if [ "$path" != direct ]; then
	says "not in the list: queued, direct" out "^left out +queued/4M-direct/$source: .*cannot be pinned"
elif [ $engine = io_uring ]; then
	says "the list: queued, direct" out "^queued/4M-direct/$source\$"
	says "the list: queued, small and direct" out "^queued/64K-direct/$source\$"
fi
bench "the list of one engine" 0 "$file" --source "$source" --engine threads --list
says "it is there" out "^bounce/$source/threads\$"
expect "the other is not" [ "$(grep -c io_uring "$work/out")" = 0 ]
bench "the list of a pattern" 0 "$file" --source "$source" --list --case 'warm/*' --case 'mmap/*'
expect "it is what is like it" [ "$(wc -l <"$work/out")" = 3 ]

# If / is no mount, as in some chroots, the kernel does not report the disk's file system. It is not
# known of a file without a name, either.
disk=
grep -qE '^([^ ]+ ){4}/ ' /proc/self/mountinfo && disk=file_system
bench "one file with a name" 0 "$dir/pattern-$size" --source "$source" --rounds 1 --no-fio --case 'memcpy/*'
says "the table: disk" out "^disk +$disk"

# Run every case once. What must be resident is held, in a file that any process can lock.
bench "all cases" 0 "$file" --source "$source" --list
set --
while read -r name; do
	case $name in *\ * | warm/* | small/* | queued/* | urgent/* | transform/*) ;; *) set -- "$@" --case "$name" ;; esac
done <"$work/out"
bench "all" 0 "$file" --source "$source" --rounds 1 --no-fio --json="$work/json" "$@"
for line in "dmaload +version [0-9.]+, engines io_uring .*, threads" "kernel +Linux" "cpu .*cpus [0-9]+" \
	"memory .*memlock" "disk +[a-z]" "file .*measured_bytes $size, cached_bytes [0-9]+" \
	"fio +none: disabled" "auto/$source .* $path" "bounce/$source/threads .*  bounce, threads" \
	"buffered/$source .*  buffered" "memcpy/$source +[0-9]" "1 rounds"; do
	says "the table: $line" out "^$line"
done
expect "nothing failed" [ "$(grep -c failed: "$work/out")" = 0 ]
for name in auto bounce buffered; do
	case $name in bounce) name=$name/$source/$engine ;; *) name=$name/$source ;; esac
	is "$name" residue_bytes 0
	is "$name" rounds 1
	is "$name" failed 0
done
is "bounce/$source/threads" pinned_bytes $((size < 6291456 ? size : 6291456))
is "pread/$source" residue_bytes 0
is "pread/$source" pinned_bytes 1048576
is "read/$source" of_fio null
for key in of_fio user_seconds_per_gb kernel_seconds_per_gb first_seconds evicted_bytes memory_bytes \
	marked runs switches faults cache_after_bytes bytes_cached reclaimed_bytes version kernel \
	max_segments o_direct absent; do
	says "JSON: $key" json "\"$key\":"
done
# The kernel may evict pages at any time: it is enough if once it has not.
for name in read read16M mmap whole/read; do
	tries=0
	while [ "$(figure "$name/$source" residue_bytes)" -le $((size * 9 / 10)) ] && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		"$dmaload" bench "$file" --source "$source" --rounds 1 --no-fio --json="$work/json" \
			--case "$name/$source" >"$work/out" 2>"$work/err"
	done
	expect "$name: it is left in the page cache" [ $tries -lt 50 ]
done

# Beside a rival, with small sizes: fewer blocks mean fewer loads.
bench "pairs of 4 KiB" 0 "$file" --source "$source" --rounds 1 --no-fio --length 256K --json="$work/json" \
	--case 'small/4K*'
says "the table: small loads" out "^small/4K/$source( +[0-9.]+){8}  $path(, [a-z_]+)?  beside pread"
says "without other cases, no table of these" out "^fio +none: disabled"
expect "nor its head" [ "$(grep -c 'CPU s/GB' "$work/out")" = 0 ]
all="latency_seconds p99_seconds cpu_seconds_per_load rival_latency_seconds rival_p99_seconds
	rival_cpu_seconds_per_load latency_of_rival p99_of_rival cpu_of_rival"
for name in small/4K small/4K-cold; do
	# shellcheck disable=SC2086 # a list
	pair "$name/$source" 4096 '"pread"' $all
done
says "JSON: how many loads" json '"loads": ?256,'
bench "other pairs" 0 "$file" --source "$source" --rounds 1 --no-fio --length 4M --json="$work/json" \
	--case 'small/64K/*' --case 'small/1M/*' --case 'queued/*' --case 'urgent/*'
expect "nothing failed" [ "$(grep -c failed: "$work/out")" = 0 ]
# shellcheck disable=SC2086 # a list
pair "small/1M/$source" 1048576 '"pread"' $all
# shellcheck disable=SC2086 # a list
[ $engine = threads ] || pair "queued/4M-bounce/$source" 4194304 '"io_uring' $all bytes_per_second \
	rival_bytes_per_second speed_of_rival
pair "queued/64K/$source" 65536 null latency_seconds p99_seconds cpu_seconds_per_load bytes_per_second
pair "urgent/1M/$source" 1048576 '"alone"' latency_seconds p99_seconds rival_p99_seconds p99_of_rival \
	ahead_bytes disk_bytes_per_second
says "the table: urgent loads" out "^urgent/1M/$source .*  beside alone  [0-9.]+ MiB ahead, [0-9.]+ GB/s"
bench "loads with a transform" 0 "$file" --source "$source" --rounds 1 --no-fio --json="$work/json" \
	--case 'transform/*'
expect "nothing failed" [ "$(grep -c failed: "$work/out")" = 0 ]
# shellcheck disable=SC2086 # a list
pair "transform/empty/$source" 16773120 '"bounce"' $all speed_of_rival
# shellcheck disable=SC2086 # a list
pair "transform/repack/$source" 16773120 '"load,thenrepack"' $all speed_of_rival
says "the table: they bounce" out "^transform/repack/$source .*  bounce(, [a-z_]+)?  beside load, then repack"
bench "a file that is shorter than the tensor" 0 "$file" --source "$source" --length 8M --list --case 'transform/*'
says "the reason" out "^left out +transform/repack/$source: the file has less than 16773120 bytes"
bench "pairs of a file that is too short" 0 "$file" --source "$source" --length 4000 --list --case 'small/*'
says "the reason" out "^left out +small/4K/$source: the file has less than 4096 bytes"

small=1048577
alone "$dir/pattern-$small"
check "what is resident" 0 "$hold" $alone "$dmaload" bench $alone --source "$source" --rounds 1 --no-fio \
	--case 'warm/*' --json="$work/json"
says "the table: it is copied" out "^warm/auto/$source .*  cached"
expect "nothing failed" [ "$(grep -c failed: "$work/out")" = 0 ]
is "warm/read/$source" residue_bytes 0
is "warm/auto/$source" residue_bytes 0
alone "$dir/pattern-$size"

bench "one case, as JSON" 0 "$file" --source "$source" --rounds 2 --no-fio --case "bounce/$source/threads" \
	--length 1M --json
equals "JSON: what was measured" measured_bytes 1048576
equals "JSON: its path, in both rounds" path "$(printf '"bounce"\n"bounce"')"
equals "JSON: its bytes" bytes_bounced "$(printf '1048576\n1048576')"
equals "JSON: its engine" engine "$(printf '"threads"\n"threads"')"

# Without fio, its reason is in the table.
# shellcheck disable=SC2016 # expanded by the inner shell
check "no fio" 0 env PATH="$work" "$dmaload" bench "$file" --source "$source" --rounds 1 --case 'auto/*'
says "the reason" out "^fio +none: .*cannot run fio: No such file"
if [ -n "$fio" ]; then
	bench "beside fio" 0 "$file" --source "$source" --rounds 1 --case 'auto/*' --json="$work/json"
	says "its best job" out "^fio +fio-.*--rw=read --direct=1 .*--bs=[0-9]+K --iodepth=[0-9]+, the best"
	says "its line" out "^fio  .* 1\\.000"
	says "what was tried" json '"trials":\['
	bench "beside a job of fio, and again" 0 "$file" --source "$source" --rounds 1 --case 'auto/*' \
		--case 'pread/*' --fio-job 1M,4 --paired --json
	equals "JSON: its block size" block_bytes 1048576
	expect "JSON: fio ran three times" [ "$(grep -c '"kernel_seconds":' "$work/out")" = 5 ]
	bench "small blocks in any order, beside fio" 0 "$file" --source "$source" --rounds 1 \
		--case 'queued/64K/*' --json="$work/json"
	pair "queued/64K/$source" 65536 '"fio,[0-9]+inflight"' speed_of_rival
	says "what was tried of that" json '"fio_random":'
fi

check "a table that cannot be written" 1 sh -c "'$dmaload' bench '$file' --list >/dev/full"
bench "a JSON file that cannot be written" 1 "$file" --source "$source" --rounds 1 --no-fio \
	--case 'auto/*' --json=/dev/full
says "the reason" err "/dev/full: No space"

# A signal ends the bench and its processes at once, and nothing is left. The processes are known by
# the name of a file, since other runs of this test have processes, too.
"$dmaload" bench "$file" --source "$source" --no-fio --rounds 997 --json="$work/unwritten" \
	>"$work/out" 2>"$work/err" &
bench=$!
# Wait until it handles SIGTERM (15): before, the signal would just end the shell's child.
until [ $((0x$(sed -n 's/^SigCgt:.*\(.\{4\}\)$/\1/p' "/proc/$bench/status") & 0x4000)) != 0 ]; do
	sleep 0.1
done
kill -TERM $bench
wait $bench
status=$?
expect "a signal ends it" [ $status = 1 ]
says "it is reported" err "dmaload: canceled by SIGTERM"
expect "no process is left" [ -z "$(grep -la "[-]-json=$work/unwritten" /proc/[0-9]*/cmdline 2>/dev/null)" ]
expect "no cgroup is left" [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "dmaload-bench-$bench" 2>/dev/null)" ]
expect "no JSON file is left" [ ! -e "$work/unwritten" ]
expect "the file is as it was" [ "$(cksum <"$file")" = "$before" ]

finish bench

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Measures how fast files are loaded here, and prints each goal beside the result.
# usage: bench.sh [--out DIR] [--data DIR] [--rounds N] [--all] [FILE]
#        bench.sh --guest [...], which is bench-guest.sh: heaps and udmabuf, in a guest
#
# Without FILE, it makes 16 GiB of random data in --data (default: build/bench/data), or 4 or 1 where
# there is no room for more, and keeps them. --all measures every case, not only those of the goals.
# It takes about a quarter of an hour; the machine should have nothing else to do. As root, it
# reserves huge pages meanwhile, and lets shared memory have transparent ones.
#
# In --out (default: build/bench/out): main.txt, main.json, size-*.json, goals.md, cases.md, bench.svg.
set -euo pipefail
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"

GIB=$((1024 * 1024 * 1024))
MAIN=$((2 * GIB))
HUGE=/proc/sys/vm/nr_hugepages
SHMEM=/sys/kernel/mm/transparent_hugepage/shmem_enabled
usage='usage: bench.sh [--out DIR] [--data DIR] [--rounds N] [--all] [FILE]
       bench.sh --guest [--out DIR] [--rounds N] [--disk virtio|nvme] [--all]'

[[ ${1-} != --guest ]] || exec "$top/scripts/bench-guest.sh" "${@:2}"

build=$top/build/bench out=$build/out data=$build/data
rounds=5 all='' file=''
while [[ $# -gt 0 ]]; do
	case $1 in
	--out | --data | --rounds)
		[[ $# -ge 2 ]] || die "$usage"
		declare "${1#--}=$2"
		shift
		;;
	--all) all=yes ;;
	-*) die "$usage" ;;
	*)
		[[ -z $file ]] || die "$usage"
		file=$1
		;;
	esac
	shift
done

available_memory()
{
	awk '/^MemAvailable:/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo
}

# A file of 16 GiB, or of what there is room for, on the disk and in memory.
make_file()
{
	local size free
	mkdir -p -- "$data"
	free=$(df --output=avail -B1 -- "$data" | tail -n 1)
	for size in 16 4 1; do
		file=$data/random-${size}GiB
		[[ $(stat -c %s -- "$file" 2>/dev/null) != $((size * GIB)) ]] || return 0
		if [[ $free -gt $((size * GIB * 3 / 2)) &&
			$(available_memory) -gt $((size * GIB * 5 / 4)) ]]; then
			say "making $file"
			head -c $((size * GIB)) /dev/urandom >"$file.part"
			sync -- "$file.part"
			mv -- "$file.part" "$file"
			return 0
		fi
	done
	die "there is no room for 1 GiB in $data"
}

huge_before=''
restore()
{
	[[ -z $huge_before ]] || echo "$huge_before" >$HUGE
	huge_before=''
}

# Shared memory in transparent huge pages, if it asks for them, as the library does.
shmem_before='' grants=''
grant()
{
	[[ -w $SHMEM ]] || return 0
	shmem_before=$(grep -o '\[[a-z_]*\]' $SHMEM | tr -d '[]')
	case $shmem_before in
	never) echo advise >$SHMEM ;;
	deny) shmem_before='' && return ;;
	*) shmem_before='' ;;
	esac
	grants=yes
}

finish()
{
	restore
	[[ -z $shmem_before ]] || echo "$shmem_before" >$SHMEM
}
trap finish EXIT
trap 'exit 1' INT TERM

# For a buffer of so many bytes, if it may be in such pages, for the pool and for fio; as many as there are.
zero_copy=''
reserve() # BYTES
{
	local bytes=$1 pages
	[[ -z $zero_copy || $zero_copy == *:2M ]] || bytes=0
	pages=$((bytes / 2097152 + 80))
	[[ -w $HUGE && $(available_memory) -gt $((bytes * 5 / 4)) ]] || return 0
	huge_before=${huge_before:-$(<$HUGE)}
	[[ $pages -le $huge_before ]] || echo $pages >$HUGE
}

bench() # ARGUMENT...
{
	"$build/tools/dmaload" bench "$file" "$@"
}

# The first of these sources that can be measured here.
first_source() # SOURCE...
{
	local source list
	list=$(bench --length "$length" --list)
	for source in "$@"; do
		if grep -qx "auto/$source" <<<"$list"; then
			echo "$source"
			return
		fi
	done
	echo memory
}

# Lists the cases of the goals, for either source.
main_cases()
{
	local source
	for source in "$bounced" "$zero_copy"; do
		printf -- '--case\n%s\n' "bounce/$source/*" "direct/$source/*" "whole/bounce/$source" \
			"whole/direct/$source" "auto/$source" "whole/auto/$source" "warm/*/$source" \
			"ranges/auto/$source" "first/auto/$source" "cgroup/auto/$source" \
			"read/$source" "read16M/$source" "mmap/$source" "pread/$source" \
			"whole/read/$source" "memcpy/$source" "uring/$source" "uring4M/$source" \
			"uring8M/$source" "small/*/$source" "queued/64K/$source" "urgent/*/$source" \
			"transform/*/$source" "digest/*/$source"
	done
	printf -- '--case\n%s\n' "queued/4M-bounce/$bounced" "queued/4M-direct/$zero_copy" \
		"queued/64K-direct/$zero_copy"
}

# A beginning of the file: whether time is linear, and memory constant.
measure_size() # BYTES
{
	local status=0
	say "the first $1 bytes"
	reserve "$1"
	{
		bench --length "$1" --rounds 3 --paired "${beside[@]}" --json="$out/size-$1.json" \
			--case "direct/$zero_copy/*" &&
			bench --length "$1" --rounds 3 --paired "${beside[@]}" \
				--json="$out/size-$1-bounce.json" --case "bounce/$bounced/*"
	} >"$out/size-$1.txt" || status=$?
	restore
	return "$status"
}

install_packages "${BUILD_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
say "building"
configure "$build" "$top" -Dtests=disabled -Dlibdrm=disabled -Dtool=enabled -Djson=enabled --buildtype release
ninja -C "$build" --quiet
mkdir -p -- "$out"
rm -f -- "$out"/{main,size-*}.json "$out"/{main,size-*}.txt "$out"/{{goals,cases}.md,chart.tsv,bench.svg}
[[ -n $file ]] || make_file
size=$(stat -Lc %s -- "$file")
length=$((size < MAIN ? size : MAIN))

grant
reserve "$length"
bounced=$(first_source heap:system memfd)
zero_copy=$(first_source udmabuf:2M ${grants:+memfd} memfd:2M udmabuf)
if [[ $zero_copy != *:2M ]]; then
	restore
	reserve "$length"
fi
cases=()
[[ -n $all ]] || mapfile -t cases < <(main_cases)
say "$file: $length bytes, $rounds rounds"
bench --length "$length" --rounds "$rounds" --paired --json="$out/main.json" "${cases[@]}" |
	tee "$out/main.txt"
restore

job=$(python3 -c 'import json, sys
fio = json.load(open(sys.argv[1]))["fio"]
print("" if fio["absent"] else "{block_bytes},{depth}".format(**fio))' "$out/main.json")
beside=(--fio-job "$job")
[[ -n $job ]] || beside=(--no-fio)
if [[ $((size / 16)) -ge $((GIB / 4)) ]]; then
	for part in $((size / 16)) $((size / 4)) "$size"; do
		measure_size "$part" || {
			echo "LEFT OUT: the first $part bytes could not be measured"
			rm -f -- "$out/size-$part"*.json
		}
	done
fi

memory=$bounced
[[ $zero_copy == "$bounced" ]] || memory="$bounced (bounce) or $zero_copy (direct)"
say "the goals, and what was reached"
"$top/scripts/bench-goals.py" "$out" "$bounced" "$zero_copy"
"$top/scripts/bench-cases.py" "$out"
"$top/scripts/bench-chart.py" "$out" "$bounced" "$zero_copy" \
	"$(numfmt --to=iec-i --suffix=B "$length") of a cold file into $memory: $(uname -r), $(nproc) CPUs"
printf '\nthe table above, every round and the chart: %s\n' "$out"

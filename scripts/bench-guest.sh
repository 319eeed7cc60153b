#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.sh --guest runs this. It measures heaps and udmabuf, for machines that have neither, on
# Debian's 6.12 kernel and an emulated processor, and prints the table of all cases.
# usage: bench-guest.sh [--out DIR] [--rounds N] [--disk virtio|nvme] [--all]
#
# It takes about ten minutes, or twenty for every case (--all); the machine should have nothing else
# to do. The guest has 2 GiB of memory, and 256 MiB of random data on its disk.
#
# In --out (default: build/bench/guest): main.txt, main.json, cases.md, goals.md, bench.svg.
set -euo pipefail
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"

SIZE=$((256 * 1024 * 1024))
# The sources for the goals of either way.
BOUNCED=heap:system
ZERO_COPY=udmabuf:2M
usage='usage: bench-guest.sh [--out DIR] [--rounds N] [--disk virtio|nvme] [--all]'

build=$top/build/bench out=$build/guest
rounds=3 disk=virtio all=''
while [[ $# -gt 0 ]]; do
	case $1 in
	--out | --rounds | --disk)
		[[ $# -ge 2 ]] || die "$usage"
		declare "${1#--}=$2"
		shift
		;;
	--all) all=yes ;;
	*) die "$usage" ;;
	esac
	shift
done
[[ $disk == virtio || $disk == nvme ]] || die "$usage"
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "$usage"

kernel=$top/build/guest-kernel work=$build/guest-work data=$build/guest-data

# The rivals are read into the kinds of memory that the goals are about, as they do the same into any.
cases()
{
	local source
	for source in $BOUNCED $ZERO_COPY; do
		printf '%s\n' "auto/$source" "ranges/auto/$source" "cgroup/auto/$source" \
			"warm/*/$source" "read/$source" "bounce/$source/*" "whole/bounce/$source" \
			"small/*/$source" "queued/64K/$source" "urgent/*/$source" \
			"transform/*/$source" "digest/*/$source"
	done
	printf '%s\n' "queued/4M-bounce/$BOUNCED" "queued/4M-direct/$ZERO_COPY" \
		"queued/64K-direct/$ZERO_COPY"
	printf '%s\n' "buffered/$BOUNCED" "read16M/$BOUNCED" "mmap/$BOUNCED" "pread/$BOUNCED" \
		"whole/read/$BOUNCED" "uring/$ZERO_COPY" "uring4M/$ZERO_COPY" "uring8M/$ZERO_COPY" \
		'bounce/udmabuf/*' whole/bounce/udmabuf bounce/memfd/io_uring
	for source in $ZERO_COPY heap:pinnable udmabuf memfd; do
		printf '%s\n' "direct/$source/*" "whole/direct/$source"
	done
	# A load fills a udmabuf while it is populated, these when it is.
	printf '%s\n' whole/read/udmabuf whole/read/memfd
	for source in $BOUNCED $ZERO_COPY udmabuf memfd; do
		printf '%s\n' "memcpy/$source"
	done
}

# For tests/guest/inside/measure.sh, one on each line.
arguments()
{
	local each
	printf '%s\n' --rounds "$rounds" --paired
	# The guest's own terminal is always one.
	[[ -t 2 ]] || echo --quiet
	[[ -n $all ]] || cases | while read -r each; do
		printf '%s\n' --case "$each"
	done
}

install_packages "${BUILD_PACKAGES[@]}" "${BENCH_PACKAGES[@]}" "${GUEST_PACKAGES[@]}" \
	"${MODULE_PACKAGES[@]}"
"$top/tests/guest/host/install-qemu.sh"
"$top/tests/guest/host/fetch.sh" "$kernel"
say "building"
configure "$build" "$top" -Dtests=disabled -Dlibdrm=disabled -Dtool=enabled -Djson=enabled --buildtype release
ninja -C "$build" --quiet
mkdir -p -- "$out" "$work" "$data"
out=$(realpath -- "$out")
rm -f -- "$out"/main.{txt,json} "$out"/{cases,goals}.md "$out"/{chart.tsv,bench.svg}
cc -O2 -static -o "$build/guest-exit" "$top/tests/guest/inside/exit.c"
if [[ $(stat -c %s -- "$data/random" 2>/dev/null) != "$SIZE" ]]; then
	head -c "$SIZE" /dev/urandom >"$data/random"
fi
arguments >"$work/arguments"

qemu=$(qemu-system-x86_64 --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
say "measuring in a guest: $disk, kernel $(<"$kernel/release"), QEMU $qemu, accelerator tcg"
"$top/tests/guest/host/suite.py" --kernel "$kernel" --exit-helper "$build/guest-exit" --build \
	--disk "$disk" --script measure.sh --data "$data" --work "$work" --memory 2G \
	--timeout $((600 + 900 * rounds)) \
	--share "out:$out" "$work/arguments" "$build/tools/dmaload" "$(command -v fio)"

say "what was measured"
cat -- "$out/main.txt"
say "the goals, which are those of a processor that is not emulated"
"$top/scripts/bench-goals.py" "$out" "$BOUNCED" "$ZERO_COPY"
"$top/scripts/bench-cases.py" "$out"
machine="$(<"$kernel/release"), QEMU $qemu without KVM, $disk"
"$top/scripts/bench-chart.py" "$out" "$BOUNCED" "$ZERO_COPY" \
	"256 MiB of a cold file into $BOUNCED (bounce) or $ZERO_COPY (direct): $machine"
printf '\nthe table above, every round and the chart: %s\n' "$out"

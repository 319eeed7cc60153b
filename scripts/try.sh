#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Loads a real file into a real dma-buf and shows how it went.
# usage: try.sh [FILE]
#
# On this machine where it has a dma-heap that may be used; else in a guest with Debian's 6.12
# kernel, with FILE on its disk. Without FILE the largest file at hand is taken, or one is made.
set -euo pipefail
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"

MIB=$((1024 * 1024))
SMALLEST=$((256 * MIB))
LARGEST=$((4096 * MIB))

[[ $# -le 1 ]] || die "usage: try.sh [FILE]"

build=$top/build/try
work=$build/work

available_memory()
{
	awk '/^MemAvailable:/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo
}

# The largest real file of a size that can be shown in short time. A sparse one is none: its holes
# would not be read from the disk.
find_file()
{
	local limit=$1
	timeout 20 find / -xdev \( -path "$top/build" -o -path /proc -o -path /sys \) -prune -o \
		-type f -readable -size +255M -printf '%s %b %p\n' 2>/dev/null |
		awk -v low=$SMALLEST -v high="$limit" '
			$1 >= low && $1 <= high && $2 * 512 >= $1 && $1 > best {
				best = $1
				sub(/^[0-9]+ [0-9]+ /, "")
				path = $0
			}
			END { if (path) print path }' || true
}

make_file()
{
	mkdir -p -- "$work"
	head -c $SMALLEST /dev/urandom >"$work/made-256MiB"
	printf '%s\n' "$work/made-256MiB"
}

choose_file() # LIMIT
{
	local file
	file=$(find_file "$1")
	[[ -n $file ]] || file=$(make_file)
	printf '%s\n' "$file"
}

load_here() # FILE
{
	say "loading on this machine: $1"
	"$top/scripts/show-load.sh" "$build/tools/dmaload" "$1"
}

# The guest's disk: ext4 with the file on it.
make_disk() # FILE SIZE
{
	rm -rf -- "$work/disk" "$work/disk.img"
	mkdir -p -- "$work/disk"
	# A link where that is possible: the file may be large.
	ln -- "$1" "$work/disk/" 2>/dev/null || cp -- "$1" "$work/disk/"
	truncate -s $(($2 + $2 / 16 + 64 * MIB)) "$work/disk.img"
	PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -m 0 -d "$work/disk" "$work/disk.img"
	rm -rf -- "$work/disk"
}

load_in_guest() # FILE SIZE
{
	local kernel=$top/build/guest-kernel status=0 watched=()
	[[ ! -t 1 ]] || watched=(--append dmaload.watched)
	install_packages "${GUEST_PACKAGES[@]}"
	"$top/tests/guest/host/install-qemu.sh"
	"$top/tests/guest/host/fetch.sh" "$kernel"
	cc -O2 -static -o "$build/guest-exit" "$top/tests/guest/inside/exit.c"
	make_disk "$1" "$2"

	say "this machine has no usable dma-heap: loading in a guest with kernel $(<"$kernel/release")"
	printf 'file: %s\n' "$1"
	"$top/tests/guest/host/boot.py" --kernel "$kernel" --out "$work/guest" \
		--exit-helper "$build/guest-exit" --script "$top/scripts/show-load.sh" \
		--add "$build/tools/dmaload" --module ext4 --disk "virtio:$work/disk.img" \
		--memory $(($2 / MIB + 768))M --timeout 900 "${watched[@]}" || status=$?
	rm -f -- "$work/disk.img"
	return "$status"
}

install_packages "${BUILD_PACKAGES[@]}"
say "building"
configure "$build" "$top" -Dtests=disabled -Dtool=enabled --buildtype release
ninja -C "$build" --quiet

limit=$(($(available_memory) / 2))
[[ $limit -lt $LARGEST ]] || limit=$LARGEST
file=${1:-$(choose_file $limit)}
[[ -f $file && -r $file ]] || die "$file is not a file that can be read"
file=$(realpath -- "$file")
size=$(stat -c %s -- "$file")
[[ $size -gt 0 ]] || die "$file is empty: there is nothing to load"
[[ $size -lt $(available_memory) ]] || die "$file does not fit this machine's memory"

if heap_is_usable; then
	load_here "$file"
else
	load_in_guest "$file" "$size"
fi

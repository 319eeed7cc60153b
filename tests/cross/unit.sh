#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Build libdmaload for another architecture, and run the unit tests by qemu-user. Only installing
# missing packages needs root, or sudo.
# usage: unit.sh ARCH
# ARCH is one of those that fetch.sh knows.
#
# qemu-user has no io_uring, and says of every file that it allows no direct I/O. So the integration
# tests are not built. The tests of the suites "portable" and "sweep" are left out: they are long, and
# do the same on every processor.
# - armhf: here a size_t and, up to Debian 12, a time_t have 32 bits. The tool runs with files and
#   memory of more than 4 GiB. A second build is for ARMv6, which has no 64-bit atomics; there the
#   compiler refuses every implicit conversion that may lose bits.
# - s390x is big-endian. The examples load files of formats that are little-endian, and the tool
#   loads streams.
set -euo pipefail
top=$(realpath -- "$(dirname -- "$0")/../..")
# shellcheck source-path=SCRIPTDIR source=../../scripts/setup.sh
. "$top/scripts/setup.sh"
# shellcheck source-path=SCRIPTDIR source=counts.sh
. "$top/tests/cross/counts.sh"
cd -- "$top"

[[ $# == 1 ]] || die "usage: unit.sh ARCH"
arch=$1
root=$top/build/cross-$arch
dir=$top/build/unit-$arch
armv6=$top/build/armv6
all=(--werror --cross-file "$root/$arch.ini" -Dlibdrm=enabled -Ddigest=enabled -Dmodels=enabled -Dtool=enabled -Djson=enabled)
suites=(unit)
programs=()
case $arch in
armhf) suites+=(formats) ;;
s390x)
	suites+=(formats)
	programs=(examples/load-tensors tests/integration/formats/make-models-{gguf,safetensors,onnx})
	;;
esac

# Print what to build: the programs of the tests that are run, and all that is installed.
targets()
{
	meson introspect "$dir" --tests | jq -r --arg dir "$dir/" --arg suites "${suites[*]}" '.[]
		| [.suite[] | ltrimstr("libdmaload:")] as $of
		| select((any($of[]; IN("portable", "sweep")) | not) and any($suites | split(" ")[]; IN($of[])))
		| .cmd[0] | ltrimstr($dir)'
	meson introspect "$dir" --targets | jq -r --arg dir "$dir/" '.[]
		| select(.installed and (.type | test("library|executable")))
		| .filename[] | ltrimstr($dir)'
}

run_tests()
{
	local suite chosen=()
	for suite in "${suites[@]}"; do
		chosen+=(--suite "$suite")
	done
	count_tests "$dir" testlog --timeout-multiplier 4 "${chosen[@]}" --no-suite portable --no-suite sweep
}

# Make scripts that run the programs, for tests that are scripts themselves.
wrap() # FOLDER PROGRAM...
{
	local folder=$1 program
	shift
	mkdir -p -- "$folder"
	for program in "$@"; do
		printf '#!/bin/sh\nexec %q %q "$@"\n' "$root/run" "$dir/$program" >"$folder/${program##*/}"
		chmod +x "$folder/${program##*/}"
	done
}

# The files that the examples load are little-endian.
load_formats()
{
	local format size
	wrap "$dir/wrapped" tools/dmaload "${programs[@]}"
	for format in gguf safetensors onnx; do
		count quietly "$dir/$format.log" tests/integration/formats.sh "$dir/wrapped/load-tensors" \
			"$dir/wrapped/make-models-$format" "$dir" memfd
	done
	head -c 16777216 /dev/urandom >"$dir/pattern-16777216"
	for size in 1 4095 4096 4097 1048577; do
		head -c "$size" "$dir/pattern-16777216" >"$dir/pattern-$size"
	done
	count quietly "$dir/stream.log" tests/integration/cli-stream.sh "$dir/wrapped/dmaload" "$dir" \
		memfd 16777216
}

load_wide()
{
	(cd -- "$dir" && "$top/tests/cross/wide.py" "$root/run" tools/dmaload)
}

build_armv6()
{
	configure "$armv6" "${all[@]}" -Dtests=disabled --prefix="$armv6/installed" --libdir=lib \
		-Dc_args='-march=armv6+fp -marm -Wconversion -Wno-sign-conversion' &&
		ninja -C "$armv6" --quiet && meson install -C "$armv6" --no-rebuild --quiet
}

run_armv6()
{
	head -c 65536 /dev/urandom >"$armv6/file" &&
		"$root/run" -E "LD_LIBRARY_PATH=$armv6/installed/lib" "$armv6/installed/bin/dmaload" \
			load "$armv6/file" --source memfd --verify --quiet
}

# pkg-config names the library of the 64-bit atomics for a static program.
link_armv6()
{
	local target=arm-linux-gnueabihf flags
	flags=$(PKG_CONFIG_LIBDIR=$armv6/installed/lib/pkgconfig:$root/root/usr/lib/$target/pkgconfig \
		pkg-config --cflags --libs --static dmaload-cache) || return 1
	# shellcheck disable=SC2086 # words
	"$target-gcc" --sysroot="$root/root" -march=armv6+fp -marm -static -o "$armv6/reads-by-cache" \
		tests/api/cache.c $flags && "$root/run" "$armv6/reads-by-cache" "$armv6/file" memfd
}

install_packages "${BUILD_PACKAGES[@]}" "${CROSS_PACKAGES[@]}"
tests/cross/fetch.sh "$root" "$arch"

say "$arch: building"
configure "$dir" "${all[@]}" -Dtests=enabled
mapfile -t wanted < <(targets)
[[ ${#wanted[@]} -gt 50 ]] || die "no list of the tests"
ninja -C "$dir" --quiet "${wanted[@]}" "${programs[@]}"

say "$arch: the tests"
run_tests

case $arch in
armhf)
	say "$arch: the tool, on files and memory of more than 4 GiB"
	count load_wide
	say "ARMv6: all but the tests"
	count build_armv6
	count run_armv6
	count link_armv6
	;;
s390x)
	say "$arch: little-endian files"
	load_formats
	;;
esac

count_result "$arch" 50

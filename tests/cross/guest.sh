#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Build libdmaload for ARM, and run its integration tests in guests of 64-bit ARM. Only installing
# missing packages needs root, or sudo.
# usage: guest.sh arm64|armhf [--heaps DIR] KERNEL...
# A KERNEL is a folder that tests/guest/host/fetch.sh filled, DIR one that fetch-heaps.sh filled. With
# DIR, one more guest has the first kernel with these heaps, for programs for arm64. The tests and
# their times are in build/guests-ARCH/meson-logs.
set -euo pipefail
top=$(realpath -- "$(dirname -- "$0")/../..")
# shellcheck source-path=SCRIPTDIR source=../../scripts/setup.sh
. "$top/scripts/setup.sh"

usage='usage: guest.sh arm64|armhf [--heaps DIR] KERNEL...'
heaps=
case ${1:-} in
arm64 | armhf) arch=$1 && shift ;;
*) die "$usage" ;;
esac
if [[ ${1:-} == --heaps && $# -ge 2 ]]; then
	heaps=$(realpath -- "$2")
	shift 2
fi
[[ $# -ge 1 ]] || die "$usage"
mapfile -t kernels < <(realpath -- "$@")
root=$top/build/cross-$arch
dir=$top/build/guests-$arch
cd -- "$top"

install_packages "${BUILD_PACKAGES[@]}" "${GUEST_PACKAGES[@]}" "${MODULE_PACKAGES[@]}" "${CROSS_PACKAGES[@]}"
tests/guest/host/install-qemu.sh arm
tests/cross/fetch.sh "$root" "$arch"

say "$arch: building the tests for guests"
configure "$dir" --werror --cross-file "$root/$arch.ini" -Dlibdrm=disabled -Dtool=enabled \
	-Dtests=enabled -Dguest="${kernels[0]}" -Dguest_more="$(IFS=, && echo "${kernels[*]:1}")" \
	-Dguest_heaps="$heaps"
ninja -C "$dir" --quiet guests

say "$arch: guests"
meson test -C "$dir" --no-rebuild --print-errorlogs --suite guest --num-processes 1

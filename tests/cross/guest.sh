#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Build libdmaload for ARM, and run its integration tests in guests of 64-bit ARM. Only installing
# missing packages needs root, or sudo.
# usage: guest.sh arm64|armhf KERNEL...
# A KERNEL is a folder that tests/guest/host/fetch.sh filled. The tests and their times are in
# build/guests-ARCH/meson-logs.
set -euo pipefail
top=$(realpath -- "$(dirname -- "$0")/../..")
# shellcheck source-path=SCRIPTDIR source=../../scripts/setup.sh
. "$top/scripts/setup.sh"

usage='usage: guest.sh arm64|armhf KERNEL...'
[[ $# -ge 2 ]] || die "$usage"
case $1 in
arm64 | armhf) arch=$1 ;;
*) die "$usage" ;;
esac
mapfile -t kernels < <(realpath -- "${@:2}")
root=$top/build/cross-$arch
dir=$top/build/guests-$arch
cd -- "$top"

install_packages "${BUILD_PACKAGES[@]}" "${GUEST_PACKAGES[@]}" "${MODULE_PACKAGES[@]}" "${CROSS_PACKAGES[@]}"
tests/guest/host/install-qemu.sh arm
tests/cross/fetch.sh "$root" "$arch"

say "$arch: building the tests for guests"
configure "$dir" --werror --cross-file "$root/$arch.ini" -Dlibdrm=disabled -Dtool=enabled \
	-Dtests=enabled -Dguest="${kernels[0]}" -Dguest_more="$(IFS=, && echo "${kernels[*]:1}")"
ninja -C "$dir" --quiet guests

say "$arch: guests"
meson test -C "$dir" --no-rebuild --print-errorlogs --suite guest --num-processes 1

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Build libdmaload for 32-bit ARM, where a size_t and, up to Debian 12, a time_t have 32 bits. Run the
# unit tests by qemu-user. Only installing missing packages needs root, or sudo.
# usage: armhf.sh
#
# A second build, which is not run, is for ARMv6: it has no 64-bit atomics. There the compiler refuses
# every implicit conversion that may lose bits.
set -euo pipefail
top=$(realpath -- "$(dirname -- "$0")/../..")
# shellcheck source-path=SCRIPTDIR source=../../scripts/setup.sh
. "$top/scripts/setup.sh"
cd -- "$top"

install_packages "${BUILD_PACKAGES[@]}" "${CROSS_PACKAGES[@]}"
tests/cross/fetch.sh build/armhf-root armhf
log=build/armhf/meson-logs/testlog.txt

say "armhf: the unit tests"
all=(--werror --cross-file build/armhf-root/armhf.ini -Dlibdrm=enabled -Dtool=enabled)
configure build/armhf "${all[@]}" -Dtests=enabled
ninja -C build/armhf --quiet
rm -f -- "$log"
meson test -C build/armhf --no-rebuild --print-errorlogs --suite unit --timeout-multiplier 4 || true
[[ -f $log ]] || die "no log of the tests"
passed=$(sed -n 's/^Ok: *//p' "$log")
failed=$(awk -F: '/^(Fail|Unexpected Pass|Timeout|Skipped):/ { n += $2 } END { print n + 0 }' "$log")

say "armhf: the tool, on files and memory of more than 4 GiB"
ninja -C build/armhf --quiet
if (cd build/armhf && "$top/tests/cross/wide.py" ../armhf-root/run tools/dmaload); then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi

say "ARMv6: all but the tests"
configure build/armv6 "${all[@]}" -Dtests=disabled \
	-Dc_args='-march=armv6+fp -marm -Wconversion -Wno-sign-conversion'
if ninja -C build/armv6 --quiet; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi

say "result"
echo "armhf: $passed passed, $failed failed"
[[ $failed == 0 && $passed -gt 1 ]]

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Build libdmaload with musl, and run the unit tests and some integration tests on this machine.
# Then build the static program for boards, as doc/linking.md describes, for this machine and for
# arm64, and use it. Only installing missing packages needs root, or sudo.
# usage: musl.sh
set -euo pipefail
top=$(realpath -- "$(dirname -- "$0")/../..")
# shellcheck source-path=SCRIPTDIR source=../../scripts/setup.sh
. "$top/scripts/setup.sh"
cd -- "$top"

own=$(dpkg --print-architecture)
# Where the C library matters: threads and their ends, processes, fds, filters, text.
integration=(
	uring errors-memfd store-memfd ranges-memfd stream-memfd size_limit-memfd cgroup-memfd
	filters-memfd jobs-memfd stops-memfd lifetimes-memfd processes-memfd cache-files-memfd
	cli-plain-memfd
)
passed=0 failed=0

# Run tests, and count what meson's log says of them.
run_tests() # LOG ARGUMENT...
{
	local log=build/musl/meson-logs/$1.txt
	rm -f -- "$log"
	meson test -C build/musl --no-rebuild --print-errorlogs --logbase "$1" "${@:2}" || true
	[[ -f $log ]] || die "no log of the tests"
	passed=$((passed + $(sed -n 's/^Ok: *//p' "$log")))
	failed=$((failed + $(awk -F: '/^(Fail|Unexpected Pass|Timeout|Skipped):/ { n += $2 }
		END { print n + 0 }' "$log")))
}

# Count a command, which prints what is wrong if it fails.
count()
{
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $*"
		failed=$((failed + 1))
	fi
}

build_static() # ARCH
{
	local dir=build/static-$1
	configure "$dir" --werror --cross-file "build/musl-$1/musl.ini" --buildtype release \
		-Ddefault_library=static -Dc_link_args=-static -Dtool=enabled -Dio_uring=enabled \
		-Djson=disabled -Dlibdrm=disabled -Dcache=disabled -Dtests=disabled
	ninja -C "$dir" --quiet tools/dmaload
}

# It needs no loader and no library.
is_static() # PROGRAM
{
	! readelf --program-headers --dynamic "$1" | grep -E 'INTERP|NEEDED'
}

use_static() # ARCH
{
	local dir=$top/build/static-$1 path=direct
	count is_static "$dir/tools/dmaload"
	# qemu-user says of every file that it allows no direct I/O.
	[[ $1 == "$own" ]] || path='[a-z]+'
	count quietly "$dir/plain.log" tests/integration/cli-plain.sh \
		"$top/build/musl-$1/run $dir/tools/dmaload" build/musl/tests/integration/data memfd \
		"$path" 16777216
	ls -l -- "$dir/tools/dmaload"
}

quietly() # LOG COMMAND...
{
	local log=$1
	shift
	if "$@" >"$log" 2>&1; then
		tail -n 1 "$log"
	else
		grep -A 5 '^not ok' "$log" || tail -n 5 "$log"
		return 1
	fi
}

install_packages "${BUILD_PACKAGES[@]}" "${MUSL_PACKAGES[@]}"
architectures=("$own")
[[ $own == arm64 ]] || architectures+=(arm64)
for arch in "${architectures[@]}"; do
	tests/cross/musl-root.sh "build/musl-$arch" "$arch"
done

say "musl: building"
configure build/musl --werror --cross-file "build/musl-$own/musl.ini" -Dtool=enabled \
	-Dio_uring=enabled -Djson=disabled -Dlibdrm=disabled -Dtests=enabled
ninja -C build/musl --quiet

say "musl: the tests"
# What the suite portable does is the same with every C library.
run_tests musl-unit --suite unit --no-suite portable
run_tests musl-integration "${integration[@]}"

for arch in "${architectures[@]}"; do
	say "musl: a static program for $arch"
	build_static "$arch"
	use_static "$arch"
done

say "result"
echo "musl: $passed passed, $failed failed"
[[ $failed == 0 && $passed -gt 100 ]]

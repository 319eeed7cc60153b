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
# shellcheck source-path=SCRIPTDIR source=counts.sh
. "$top/tests/cross/counts.sh"
cd -- "$top"

own=$(dpkg --print-architecture)
# Where the C library matters: threads and their ends, processes, fds, filters, text.
integration=(
	uring errors-memfd store-memfd ranges-memfd stream-memfd size_limit-memfd cgroup-memfd
	filters-memfd jobs-memfd stops-memfd lifetimes-memfd processes-memfd cache-files-memfd
	cli-plain-memfd
)

build_static() # ARCH
{
	local dir=build/static-$1
	configure "$dir" --werror --cross-file "build/musl-$1/musl.ini" --buildtype release \
		-Ddefault_library=static -Dc_link_args=-static -Dtool=enabled -Dio_uring=enabled \
		-Djson=disabled -Dlibdrm=disabled -Dcache=disabled -Ddigest=disabled -Dtests=disabled
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
# The suite portable does the same with every C library.
count_tests build/musl musl-unit --suite unit --no-suite portable
count_tests build/musl musl-integration "${integration[@]}"

for arch in "${architectures[@]}"; do
	say "musl: a static program for $arch"
	build_static "$arch"
	use_static "$arch"
done

count_result musl 100

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds a program against the installed DRM library by pkg-config, shared and static, and sees that
# who has no DRM gets no libdrm. Drivers are met in the guest: here is none, and the program says so.
# usage: drm.sh BUILD_DIR PROGRAM.c [FILE]
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2
: "${CC:=cc}"
strict="-Wall -Wextra -Wpedantic -Werror"

# builds KIND PKG_CONFIG_OPTION...
builds()
{
	kind=$1
	shift
	# shellcheck disable=SC2046,SC2086 # all are words
	check "$kind: it is built" $CC $strict -o "$work/$kind" "$source" \
		$(pkg-config --cflags --libs "$@" dmaload-drm)
	# shellcheck disable=SC2016 # for the inner shell
	check "$kind: it runs, and is refused" sh -c '"$1" /dev/null; [ $? = 1 ]' - "$work/$kind"
	says "$kind: why" '^/dev/null: fd [0-9]+ is no DRM device'
}

install_from "$build"

check "pkg-config --libs" pkg-config --libs dmaload-drm
says "pkg-config --libs: both libraries" '-ldmaload-drm.* -ldmaload( |$)'
says_not "pkg-config --libs: nothing of libdrm" '-ldrm'

echo '#include <dmaload-drm.h>' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cpp"
# shellcheck disable=SC2046,SC2086
check "the header compiles alone" $CC -std=c11 $strict -fsyntax-only "$work/alone.c" \
	$(pkg-config --cflags dmaload-drm)
for cxx in g++ clang++; do
	command -v $cxx >/dev/null || continue
	# shellcheck disable=SC2046,SC2086
	check "the header compiles alone, $cxx" $cxx -std=c++17 $strict -fsyntax-only \
		"$work/alone.cpp" $(pkg-config --cflags dmaload-drm)
done

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
builds shared
check "what the DRM library needs" readelf -d "$libdir/libdmaload-drm.so"
says "the DRM library: libdrm" 'NEEDED.*libdrm\.so'
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no libdrm" 'NEEDED.*libdrm\.so'
unset LD_LIBRARY_PATH

# Only our own libraries from their archives: the rest is as the system has it.
rm -f "$libdir"/libdmaload*.so*
builds static --static

finish drm

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds a program against the installed cache library by pkg-config, shared and static.
# usage: cache.sh BUILD_DIR PROGRAM.c FILE
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2 file=$3
: "${CC:=cc}"
strict="-Wall -Wextra -Wpedantic -Werror"

# builds KIND PKG_CONFIG_OPTION...
builds()
{
	kind=$1
	shift
	# shellcheck disable=SC2046,SC2086 # all are words
	check "$kind: it is built" $CC $strict -o "$work/$kind" "$source" \
		$(pkg-config --cflags --libs "$@" dmaload-cache)
	check "$kind: it runs" "$work/$kind" "$file" memfd
	says "$kind: what it read" '^[0-9]+ hits of 32 gets, [0-9]+ bytes$'
}

install_from "$build"

check "pkg-config --libs" pkg-config --libs dmaload-cache
says "pkg-config --libs: both libraries" '-ldmaload-cache.* -ldmaload( |$)'

echo '#include <dmaload-cache.h>' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cpp"
# shellcheck disable=SC2046,SC2086
check "the header compiles alone" $CC -std=c11 $strict -fsyntax-only "$work/alone.c" \
	$(pkg-config --cflags dmaload-cache)
for cxx in g++ clang++; do
	command -v $cxx >/dev/null || continue
	# shellcheck disable=SC2046,SC2086
	check "the header compiles alone, $cxx" $cxx -std=c++17 $strict -fsyntax-only \
		"$work/alone.cpp" $(pkg-config --cflags dmaload-cache)
done

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
builds shared
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no cache" 'NEEDED.*libdmaload-cache\.so'
unset LD_LIBRARY_PATH

# A name without a prefix might meet one of the program, or of the other library.
# shellcheck disable=SC2016 # for the inner shell
check "the archive's names have a prefix" sh -c '
	nm --defined-only --extern-only "$1" | awk "NF == 3 { print \$3 }" >"$2" && [ -s "$2" ] &&
		! grep -vE "^(dmaload_cache|sc)_" "$2"' - "$libdir/libdmaload-cache.a" "$work/names"

# Only our own libraries from their archives: the rest is as the system has it.
rm -f "$libdir"/libdmaload*.so*
builds static --static

finish cache

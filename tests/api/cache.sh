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

# runs KIND PKG_CONFIG_OPTION...
runs()
{
	kind=$1
	shift
	build_with "$kind" dmaload-cache "$source" "$@"
	check "$kind: it runs" "$work/$kind" "$file" memfd
	says "$kind: what it read" '^[0-9]+ hits of 32 gets, [0-9]+ bytes$'
}

install_from "$build"
check_extension dmaload-cache

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
runs shared
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no cache" 'NEEDED.*libdmaload-cache\.so'
unset LD_LIBRARY_PATH

# A name without a prefix might meet one of the program, or of the other library.
# shellcheck disable=SC2016 # for the inner shell
check "the archive's names have a prefix" sh -c '
	nm --defined-only --extern-only "$1" | awk "NF == 3 { print \$3 }" >"$2" && [ -s "$2" ] &&
		! grep -vE "^(dmaload_cache|sc)_" "$2"' - "$libdir/libdmaload-cache.a" "$work/names"

leave_archives
runs static --static

finish cache

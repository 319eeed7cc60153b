#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build a program with the installed cache library by pkg-config, shared and static.
# usage: cache.sh BUILD_DIR PROGRAM.c FILE OBJECT...
# OBJECT: the objects of the archives.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2 file=$3
shift 3

install_from "$build"
check_extension dmaload-cache

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
build_with shared dmaload-cache "$source"
reads_by_cache shared "$work/shared" "$file"
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no cache" 'NEEDED.*libdmaload-cache\.so'
unset LD_LIBRARY_PATH

leave_archives
build_with static dmaload-cache "$source" --static
reads_by_cache static "$work/static" "$file"
define_names "$@"
build_with_names all-names dmaload-cache "$source"
reads_by_cache all-names "$work/all-names" "$file"

finish cache

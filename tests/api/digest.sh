#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build a program with the installed digest library by pkg-config, shared and static, and see that
# the library itself needs no libcrypto.
# usage: digest.sh BUILD_DIR PROGRAM.c FILE OBJECT...
# OBJECT: the objects of the archives.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2 file=$3
shift 3

install_from "$build"
check_extension dmaload-digest
check "pkg-config --libs" pkg-config --libs dmaload-digest
says_not "pkg-config --libs: nothing of libcrypto" '-lcrypto'

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
build_with shared dmaload-digest "$source"
digests shared "$work/shared" "$file"
check "what the digest library needs" readelf -d "$libdir/libdmaload-digest.so"
says "the digest library: libcrypto" 'NEEDED.*libcrypto\.so'
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no libcrypto" 'NEEDED.*libcrypto\.so'
unset LD_LIBRARY_PATH

leave_archives
build_with static dmaload-digest "$source" --static
digests static "$work/static" "$file"
define_names "$@"
build_with_names all-names dmaload-digest "$source"
digests all-names "$work/all-names" "$file"

finish digest

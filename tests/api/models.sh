#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build a program with the installed library of models by pkg-config, shared and static, and see that
# the library itself needs no json-c, and that of models no libdmaload.
# usage: models.sh BUILD_DIR PROGRAM.c FILE OBJECT...
# OBJECT: the objects of the archives.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2
shift 3

install_from "$build"
check_extension dmaload-models
check "pkg-config --libs" pkg-config --libs dmaload-models
says_not "pkg-config --libs: nothing of json-c" '-ljson'

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
build_with shared dmaload-models "$source"
reads_a_model shared "$work/shared"
check "what the library of models needs" readelf -d "$libdir/libdmaload-models.so"
says_not "the library of models: not libdmaload" 'NEEDED.*libdmaload\.so'
says "the library of models: json-c" 'NEEDED.*libjson-c\.so'
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no json-c" 'NEEDED.*libjson-c\.so'
unset LD_LIBRARY_PATH

leave_archives
build_with static dmaload-models "$source" --static
reads_a_model static "$work/static"
define_names "$@"
build_with_names all-names dmaload-models "$source"
reads_a_model all-names "$work/all-names"

finish models

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds a program against the installed DRM library by pkg-config, shared and static, and sees that
# a program without DRM gets no libdrm.
# usage: drm.sh BUILD_DIR PROGRAM.c FILE OBJECT...
# FILE is not used. OBJECT: the objects of the archives.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2
shift 3

install_from "$build"
check_extension dmaload-drm
check "pkg-config --libs" pkg-config --libs dmaload-drm
says_not "pkg-config --libs: nothing of libdrm" '-ldrm'

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
build_with shared dmaload-drm "$source"
meets_no_driver shared "$work/shared"
check "what the DRM library needs" readelf -d "$libdir/libdmaload-drm.so"
says "the DRM library: libdrm" 'NEEDED.*libdrm\.so'
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no libdrm" 'NEEDED.*libdrm\.so'
unset LD_LIBRARY_PATH

leave_archives
build_with static dmaload-drm "$source" --static
meets_no_driver static "$work/static"
define_names "$@"
build_with_names all-names dmaload-drm "$source"
meets_no_driver all-names "$work/all-names"

finish drm

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds a program against the installed DRM library by pkg-config, shared and static, and sees that
# a program without DRM gets no libdrm. Drivers are met in the guest: here is none, and the program
# says so.
# usage: drm.sh BUILD_DIR PROGRAM.c FILE OBJECT...
# FILE is not used. OBJECT: what the archives are made of.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2
shift 3

# runs KIND
runs()
{
	kind=$1
	# shellcheck disable=SC2016 # for the inner shell
	check "$kind: it runs, and is refused" sh -c '"$1" /dev/null; [ $? = 1 ]' - "$work/$kind"
	says "$kind: why" '^/dev/null: fd [0-9]+ is not a DRM device'
}

install_from "$build"
check_extension dmaload-drm
check "pkg-config --libs" pkg-config --libs dmaload-drm
says_not "pkg-config --libs: nothing of libdrm" '-ldrm'

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
build_with shared dmaload-drm "$source"
runs shared
check "what the DRM library needs" readelf -d "$libdir/libdmaload-drm.so"
says "the DRM library: libdrm" 'NEEDED.*libdrm\.so'
check "what the library needs" readelf -d "$libdir/libdmaload.so"
says_not "the library: no libdrm" 'NEEDED.*libdrm\.so'
unset LD_LIBRARY_PATH

leave_archives
build_with static dmaload-drm "$source" --static
runs static
define_names "$@"
build_with_names all-names dmaload-drm "$source"
runs all-names

finish drm

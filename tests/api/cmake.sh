#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build the smallest example in a CMake project with the installed library.
# usage: cmake.sh BUILD_DIR PROJECT EXAMPLE.c FILE
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 project=$2 example=$3 file=$4

need cmake
install_from "$build"
check "it configures" cmake -G Ninja -S "$project" -B "$work/build" -DEXAMPLE="$example"
check "it builds" cmake --build "$work/build"
# CMake finds the library by its full path, and stores the path in the program. LD_LIBRARY_PATH
# would hide a failure of that.
loads "cmake" "$work/build/app" "$file"

finish cmake

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build a C++17 program with the installed library by each C++ compiler on this machine: they print
# different warnings about a header.
# usage: cxx.sh BUILD_DIR PROGRAM.cpp FILE
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2 file=$3

install_from "$build"
LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH

compilers=0
for cxx in g++ clang++; do
	command -v $cxx >/dev/null || continue
	compilers=$((compilers + 1))
	# shellcheck disable=SC2046,SC2086 # both are words
	check "$cxx: it builds" $cxx -std=c++17 $strict \
		-o "$work/$cxx" "$source" $(pkg-config --cflags --libs dmaload)
	loads "$cxx" "$work/$cxx" "$file"
done
[ $compilers != 0 ] || need g++

finish cxx

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build C++17 programs with the installed library by each C++ compiler on this machine: they print
# different warnings about a header. HANDLES.cpp uses dmaload.hpp, and TENSORS.cpp dmaload-models.hpp,
# with exceptions and without.
# usage: cxx.sh BUILD_DIR PROGRAM.cpp HANDLES.cpp TENSORS.cpp FILE
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 source=$2 handles=$3 tensors=$4 file=$5

install_from "$build"
LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH

# The program of the README.
# shellcheck disable=SC2016 # backquotes
sed -n '/^```cpp$/,/^```$/p' "$(dirname -- "$0")/../../README.md" | grep -v '^```' >"$work/readme.cpp"
copy=$work/copied
cp "$file" "$copy"

compilers=0
for cxx in g++ clang++; do
	command -v $cxx >/dev/null || continue
	compilers=$((compilers + 1))
	# shellcheck disable=SC2046,SC2086 # both are words
	check "$cxx: it builds" $cxx -std=c++17 $strict \
		-o "$work/$cxx" "$source" $(pkg-config --cflags --libs dmaload)
	loads "$cxx" "$work/$cxx" "$file"
	for options in "-std=c++17" "-std=c++20 -fno-exceptions -fno-rtti"; do
		# shellcheck disable=SC2046,SC2086 # all are words
		check "$cxx $options: it builds" $cxx $options $strict \
			-o "$work/handles" "$handles" $(pkg-config --cflags --libs dmaload)
		loads "$cxx $options" "$work/handles" "$copy"
		pkg-config --exists dmaload-models || continue
		# shellcheck disable=SC2046,SC2086 # all are words
		check "$cxx $options: models: it builds" $cxx $options $strict \
			-o "$work/tensors" "$tensors" $(pkg-config --cflags --libs dmaload dmaload-models)
		make_model
		check "$cxx $options: models: it runs" "$work/tensors" "$work/model.safetensors" memfd
		says "$cxx $options: models: to its end" '^all of dmaload-models.hpp$'
	done
	pkg-config --exists dmaload-models || continue
	# shellcheck disable=SC2046,SC2086 # all are words
	check "$cxx: the program of the README builds" $cxx -std=c++17 $strict \
		-o "$work/readme" "$work/readme.cpp" $(pkg-config --cflags --libs dmaload dmaload-models)
	make_model
	check "$cxx: it runs" "$work/readme" "$work/model.safetensors" memfd
	says "$cxx: it loads" '^loaded, fd [0-9]+$'
	says "$cxx: it has the tensor" '^weight F32 at byte 0$'
done
[ $compilers != 0 ] || need g++

finish cxx

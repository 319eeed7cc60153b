#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Link the installed archive with programs that define names of the library's internal functions.
# The archives must keep these names to themselves.
# usage: static.sh BUILD_DIR CLASH.c OWN-NAMES.c FILE OBJECT...
# OBJECT: the objects of the archives.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 clash=$2 own_names=$3 file=$4
shift 4

# loads_right NAME
loads_right()
{
	check "$1: it loads what is in the file" "$work/$1" "$file"
	size=$(stat -L -c %s "$file")
	says "$1: all of it" "^$size of $size bytes are equal\$"
	says "$1: it refuses a folder" '^refused: '
	check "$1: the library is in it" readelf -d "$work/$1"
	says_not "$1: the library is in it" 'NEEDED.*libdmaload'
}

install_from "$build"
define_names "$@"
# shellcheck disable=SC2086 # all are words
check "own-names compiles" $CC $strict -fno-builtin -c -o "$work/own-names.o" "$own_names"

# Link beside the shared library, as doc/linking.md describes.
# shellcheck disable=SC2046,SC2086
check "by-path: it is built" $CC $strict -o "$work/by-path" "$clash" "$work/all-names.o" \
	$(pkg-config --cflags dmaload) \
	"$(pkg-config --variable=libdir dmaload)/libdmaload.a" $(pkg-config --libs liburing) -pthread
loads_right by-path
leave_archives

for archive in "$libdir"/libdmaload*.a; do
	name=$(basename "$archive" .a)
	check "$name: it has one object" test "$(ar t "$archive" | wc -l)" = 1
	check "$name: its names" nm --defined-only --extern-only "$archive"
	says "$name: there is an interface" ' dmaload_[a-z_]+$'
	grep -vE ' dmaload_[a-z0-9_]+$' "$work/out" >"$work/others"
	mv "$work/others" "$work/out"
	says_not "$name: no other name is global" ' [A-Za-z] '
done

for names in own-names all-names; do
	build_with_names $names dmaload "$clash"
	loads_right $names
done

# shellcheck disable=SC2046,SC2086
check "wholly-static: it is built" $CC $strict -static -o "$work/wholly-static" "$clash" \
	"$work/all-names.o" $(pkg-config --cflags --libs --static dmaload)
loads_right wholly-static
check "wholly-static: it needs nothing" readelf -d "$work/wholly-static"
says_not "wholly-static: it needs nothing" NEEDED

finish static
